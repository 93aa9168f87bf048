import { describe, expect, it, vi } from 'vitest'
import type { SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter } from '../../submitters/cream/index.ts'
import { contextFor } from '../conformance/context.ts'
import type { BadCase, Cannot, SubmitterRig } from '../conformance/rig.ts'
import { submitterConformance } from '../conformance/submitter.ts'
import { startFake } from './fakes/system.ts'

const CANNOT: Cannot[] = [
  {
    reason: 'CREAM has no idempotency key: between the look for a label and the submission another call may submit the same label.',
    tests: ['when the same label is submitted again, also at once, then one job is begun'],
  },
  {
    reason: 'CREAM hands out the output of finished jobs only: of a running one nothing can be read.',
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
    const fake = startFake('cream', mode)
    const { ctx, close } = contextFor(submitter, {
      options: { queue: 'pbs-exercise' },
      environment: fake.environment,
      path: fake.path,
      signal,
    })
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
      return (await import('../../submitters/cream/index.ts')).submitter
    },
    unknownId: 'https://ce.site-one.example:8443/CREAM999999999',
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

submitterConformance('cream', makeRig, CANNOT)

describe('given a computing element', () => {
  it.each([
    ['hanging', 'unreachable', /ended/],
    ['draining', 'unknown', /disabled/],
    ['dead', 'unreachable', /Connection refused/],
    ['expired', 'unknown', /EXPIRED/],
  ] as const)('when it is %s, then a probe tells no ban, but the words that prove it', async (mode, access, words) => {
    const fake = startFake('cream', mode)
    const { ctx, close } = contextFor(submitter, { ...fake, signal: AbortSignal.timeout(3_000) })
    expect(await submitter.probe?.(job('job-1', ''), ctx as never)).toEqual({ access, words: expect.stringMatching(words) })
    await close()
    await fake.close()
  })
})

describe('given a place where CREAM has no commands', () => {
  it('when it is checked, then each of them is named, with what to do', async () => {
    const { ctx, close } = contextFor(submitter)
    const problems = await submitter.check(ctx as never)
    await close()
    expect(problems).toHaveLength(6)
    expect(problems[0]).toMatch(/glite-ce-job-submit.*install/)
  })
})
