import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { approveRun } from '../../core/app/approve-run.ts'
import type { Deps } from '../../core/app/deps.ts'
import { dispatchJob } from '../../core/app/dispatch-job.ts'
import { launchRun } from '../../core/app/launch-run.ts'
import { keepPlan, planRun } from '../../core/app/plan-run.ts'
import { createReach, type Reach } from '../../core/context.ts'
import { PermanentError, TransientError } from '../../core/domain/errors.ts'
import { challengeStream } from '../../core/domain/event.ts'
import type { Submitter } from '../../core/domain/submitter.ts'
import type { Instance } from '../../core/instance.ts'
import type { Effect } from '../../core/ports.ts'
import { joinDeps } from '../../core/worker.ts'
import { noopSubmitter, planRequest, writeIdentities } from '../bench/run-of-many.ts'
import { sampleIdentities } from '../domain/sample-sites.ts'
import { openFresh } from './instance.ts'

let instance: Instance
let close: () => Promise<void>
let reach: Reach
let seed = 0

beforeAll(async () => {
  const opened = await openFresh()
  instance = opened.instance
  close = opened.close
  reach = createReach(instance.config)
})

afterAll(async () => {
  await reach.close()
  await close()
})

type Rig = { deps: Deps; effect(): Promise<Effect>; types(): Promise<string[]> }

/** A launched run of one site, whose one job waits to be sent. */
async function rig(submit: Submitter['submit'], { endpoint = 'https://127.0.0.1/ce', rehearsal = false } = {}): Promise<Rig> {
  writeIdentities(instance.config.home)
  const submitter = { ...noopSubmitter(0, () => {}), submit }
  const mailer = { host: '127.0.0.1', send: async () => 'never called', close: () => {} }
  const plugins = { submitters: new Map([[submitter.name, submitter]]), probers: new Map() }
  const listenerUrls = ['http://127.0.0.1:8471']
  const deps = joinDeps(instance, { mailer, plugins, reach, templates: [], listenerUrls, log: () => {} })
  const wish = planRequest(++seed, 1, [endpoint])
  const request = { ...wish, run: { ...wish.run, rehearsal } }
  const plan = planRun(request)
  await keepPlan(instance, request, { plan, by: 'planner' })
  await approveRun(instance, plan.id, 'officer')
  await launchRun(deps, { run: plan.id, by: 'officer', agentsStartMs: Date.now(), agentsEndMs: Date.now() + 3_600_000 })
  const stream = challengeStream(plan.id, 'SITE-0')
  const id = `dispatch-job.${plan.id}.SITE-0`
  const payload = { site: 'SITE-0', submitter: 'noop' }
  await instance.store.commit({ run: plan.id, effects: [{ id, run: plan.id, stream, kind: 'dispatch-job', due: 0, payload }] })
  return {
    deps,
    effect: async () => (await instance.store.effect(id))!,
    types: async () => (await instance.store.readStream(stream)).map((event) => event.type),
  }
}

const taken: Submitter['submit'] = async (job) => ({ ok: true, value: { nativeId: job.label } })

describe('given a job that is due', () => {
  it('when its credential is of no use, then it waits and says why, and goes out once that is mended', async () => {
    const { deps, effect, types } = await rig(taken)
    const file = join(instance.config.home, 'proxy.pem')
    const entry = { subject: sampleIdentities.attacker, kind: 'attacker', holder: 'the exercise', proxyFile: file }
    writeFileSync(join(instance.config.home, 'identities.yaml'), stringify([entry]))
    await dispatchJob(deps, await effect())
    await dispatchJob(deps, await effect())
    expect(await types()).toEqual(['ChallengePlanned', 'JobPaused'])
    expect((await effect()).state).toBe('deferred')
    expect((await effect()).due).toBeGreaterThan(Date.now() + 60_000)
    writeIdentities(instance.config.home)
    await dispatchJob(deps, await effect())
    expect(await types()).toEqual(['ChallengePlanned', 'JobPaused', 'JobSubmitting', 'JobSubmitted'])
  })

  const throwing = (error: Error) => async () => {
    throw error
  }
  it.each([
    ['nothing was done for certain', new TransientError('no route'), 'deferred', ['JobSubmitting']],
    ['the other side said no for good', new PermanentError('banned'), 'refused', ['JobSubmitting', 'JobRefused']],
    ['it is not known what happened', new Error('lost'), 'unsure', ['JobSubmitting', 'JobUnsure']],
  ])('when the plug-in throws and %s, then that is what the log says', async (_, error, state, facts) => {
    const { deps, effect, types } = await rig(throwing(error))
    await dispatchJob(deps, await effect())
    expect((await effect()).state).toBe(state)
    expect(await types()).toEqual(['ChallengePlanned', ...facts])
    if (state === 'deferred') expect((await effect()).due).toBeGreaterThan(Date.now() + 1_000)
  })

  it.each([
    ['a rehearsal', true, 0, 'JobRefused'],
    ['a run that was approved', false, 1, 'JobSubmitted'],
  ])('when its endpoint is not on this machine and it is %s, then so often is the job system asked', async (_, rehearsal, times, last) => {
    let asked = 0
    const count: Submitter['submit'] = async (job) => {
      asked++
      return { ok: true, value: { nativeId: job.label } }
    }
    const { deps, effect, types } = await rig(count, { endpoint: 'https://ce.far.example/jobs', rehearsal })
    await dispatchJob(deps, await effect())
    expect(asked).toBe(times)
    expect((await types()).at(-1)).toBe(last)
  })
})
