import { describe, expect, it, vi } from 'vitest'
import type { SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/glite-wms/index.ts'
import { contextFor } from '../conformance/context.ts'
import type { BadCase, Cannot, SubmitterRig } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { startFake } from './fakes/system.ts'

const OPTIONS = { server: 'https://wms.example:7443/glite_wms_wmproxy_server', lb: ['lb.wms.example:9000'], queue: 'cream-pbs-exercise' }

const CANNOT: Cannot[] = [
  {
    reason: 'A WMS has no idempotency key: between the look for a label and the submission another call may submit the same label.',
    tests: ['when the same label is submitted again, also at once, then one job is begun'],
  },
  {
    reason: 'A WMS hands out the output of finished jobs only: of a running one nothing can be read.',
    tests: ['when a job does not listen to the polite signal, then it is ended all the same'],
  },
]

function job(label: string, script: string) {
  const endpoint = 'ce.site-one.example:8443/cream-pbs-exercise'
  return { label, script, site: 'SITE-ONE', endpoint, vo: 'exercise', identity: '/DC=example/CN=Mallory', lifeSeconds: 600 }
}

async function makeRig(): Promise<SubmitterRig> {
  const closers: (() => Promise<void>)[] = []
  const place = (mode: BadCase | 'ok', signal = new AbortController().signal) => {
    const fake = startFake('glite-wms', mode)
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
      return (await import('../../submitters/glite-wms/index.ts')).submitter
    },
    unknownId: 'https://lb.wms.example:9000/never-given-id-0000000',
    siteCancel: async (id) => fake.siteCancel(id),
    ban: async () => fake.behave('denied'),
    cases: {
      denied: inPlace('denied'),
      expired: inPlace('expired'),
      dead: inPlace('dead'),
      hanging: async () => ({ ctx: place('hanging', AbortSignal.timeout(1_500)).ctx }),
      bad: async () => ({ ...(await inPlace('bad')()), words: /Syntax error/ }),
    },
    hostile: [
      { endpoint: 'ce.example;touch x:8443/cream-pbs-ops' },
      { endpoint: '--endpoint' },
      { endpoint: 'ce.example:8443/cream-pbs-$(touch x)' },
      { endpoint: 'ce.example:99999/cream-pbs-ops' },
      { endpoint: 'ce.example:8443/cream-pbs-ops\n--all' },
      { vo: '"; Executable = "/bin/false' },
    ],
    close: async () => {
      for (const close of closers.splice(0)) await close()
    },
  }
}

submitterConformance('glite-wms', makeRig, CANNOT)

describe('given a place where a WMS has no commands', () => {
  it('when it is checked, then each of them is named, with what to do', async () => {
    const { ctx, close } = contextFor(submitter, { options: OPTIONS })
    const problems = await submitter.check(ctx as never)
    await close()
    expect(problems).toHaveLength(4)
    expect(problems[0]).toMatch(/glite-wms-job-submit.*install/)
  })
})
