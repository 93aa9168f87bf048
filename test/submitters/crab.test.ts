import { describe, expect, it, vi } from 'vitest'
import type { SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/crab/index.ts'
import { contextFor } from '../conformance/context.ts'
import type { BadCase, Cannot, SubmitterRig } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { startFake } from './fakes/system.ts'

const OPTIONS = { server: 'cmsweb.example:8443' }

const CANNOT: Cannot[] = [
  {
    reason: 'CRAB has no idempotency key: between the look for a label and the submission another call may submit the same label.',
    tests: ['when the same label is submitted again, also at once, then one job is begun'],
  },
  {
    reason: 'CRAB hands out the log of finished jobs only: of a running one nothing can be read.',
    tests: ['when a job does not listen to the polite signal, then it is ended all the same'],
  },
  {
    reason: 'CRAB tells a job that the site removed as failed, and not as cancelled.',
    tests: ['when the site cancels a job, then it is cancelled and the native word is told'],
  },
  {
    reason: 'CRAB keeps every task in its database and has no command that removes one: there is no `clean`.',
    tests: ['when an ended job is cleaned, then it is missing; a running one is kept'],
  },
]

function job(label: string, script: string) {
  const target = { site: 'SITE-ONE', endpoint: 'https://cmsweb.example:8443/crabserver', vo: 'cms', voName: 'T2_XX_Somewhere' }
  return { ...target, label, script, identity: '/DC=example/CN=Mallory', lifeSeconds: 600 }
}

async function makeRig(): Promise<SubmitterRig> {
  const closers: (() => Promise<void>)[] = []
  const place = (mode: BadCase | 'ok', signal = new AbortController().signal) => {
    const fake = startFake('crab', mode)
    const { ctx, close } = contextFor(submitter, { options: OPTIONS, environment: fake.environment, path: fake.path, signal })
    closers.push(close, fake.close)
    return { fake, ctx: ctx as SubmitterContext }
  }
  const { fake, ctx } = place('ok')
  const inPlace = (mode: BadCase) => async () => ({ ctx: place(mode).ctx })
  return {
    submitter,
    ctx,
    job,
    begun: async (label) => fake.begun(label),
    restart: async () => {
      vi.resetModules()
      return (await import('../../submitters/crab/index.ts')).submitter
    },
    unknownId: '261122_235959:mallory_crab_never-given',
    ban: async () => fake.behave('denied'),
    cases: {
      denied: inPlace('denied'),
      expired: inPlace('expired'),
      dead: inPlace('dead'),
      hanging: async () => ({ ctx: place('hanging', AbortSignal.timeout(1_500)).ctx }),
      bad: async () => ({ ...(await inPlace('bad')()), words: /Syntax error in CRAB configuration/ }),
    },
    hostile: [
      { voName: "T2_XX_Somewhere'; import os" },
      { voName: 'T2_XX_Somewhere\nconfig.General.instance = 1' },
      { voName: 'T9_XX_Somewhere' },
      { voName: '' },
      { endpoint: 'https://elsewhere.example/crabserver' },
    ],
    close: async () => {
      for (const close of closers.splice(0)) await close()
    },
  }
}

submitterConformance('crab', makeRig, CANNOT)

describe('given a place without the client', () => {
  it('when it is checked, then that is said, with what to do', async () => {
    const { ctx, close } = contextFor(submitter, { options: OPTIONS })
    const problems = await submitter.check(ctx as never)
    await close()
    expect(problems).toEqual([expect.stringMatching(/crab.*install/)])
  })
})
