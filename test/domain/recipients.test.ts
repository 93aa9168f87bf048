import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { recipientsOf } from '../../core/domain/recipients.ts'
import { launchedRun } from './launched-run.ts'
import { aSite } from './sites.ts'

const vo = { role: 'vo', name: 'cms', address: 'csirt@vo.example' }
const both = { securityContact: 'csirt@two.example' }
const sites = [aSite('DE-ONE', { contact: 'head@de-one.example' }), aSite('FR-TWO', both), aSite('FR-TWOB', both), aSite('IT-SIX')]
const { plan } = launchedRun({ sites, run: { parties: [vo] } })
const from = 'csirt@de-one.example'

describe('given a mail of a site to many', () => {
  test('when known addresses stand among its recipients, then whose they are is told, whatever the capitals', () => {
    const to = ['ssc+tag@csirt.example', 'CSIRT@IT-SIX.example', 'csirt@vo.example', 'jo@else.example']
    expect(recipientsOf(plan, { from, to }, 'DE-ONE')).toEqual({ sites: ['IT-SIX'], parties: ['vo-cms'] })
  })

  test('when one mailbox serves two sites, then both are told', () => {
    expect(recipientsOf(plan, { from, to: ['csirt@two.example'] }, 'DE-ONE').sites).toEqual(['FR-TWO', 'FR-TWOB'])
  })

  test('when it goes to the writer itself, to its management or to its own mailbox of another site, then nobody is told', () => {
    expect(recipientsOf(plan, { from, to: [from, 'head@de-one.example'] }, 'DE-ONE')).toEqual({ sites: [], parties: [] })
    expect(recipientsOf(plan, { from: both.securityContact, to: [both.securityContact] }, 'FR-TWO').sites).toEqual([])
  })

  test('when any addresses stand there, then only those of the plan are known, each once', () => {
    const known = plan.sites.flatMap((site) => [site.securityContact, ...(site.manager === undefined ? [] : [site.manager])])
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...known), fc.emailAddress(), fc.string()), { maxLength: 40 }), (to) => {
        const told = recipientsOf(plan, { from, to }, 'DE-ONE').sites
        const right = plan.sites.filter((site) => site.name !== 'DE-ONE' && to.includes(site.securityContact)).map(({ name }) => name)
        expect(told).toEqual(right)
      }),
    )
  })
})
