import { expect } from 'vitest'
import { PermanentError, TransientError } from '../../core/domain/errors.ts'
import type { Access } from '../../core/domain/event.ts'
import type { JobState, Outcome } from '../../core/domain/submitter.ts'
import { type Bad, type BadCase, type Check, LONG, type SubmitterRig, submitted } from './rig.ts'

/** What a call came to, thrown or answered, in the worker's terms. */
export async function fate<T>(call: Promise<Outcome<T>>): Promise<'done' | 'no' | 'again' | 'unsure'> {
  try {
    const outcome = await call
    if (outcome.ok) return 'done'
    return outcome.transient ? 'again' : 'no'
  } catch (error) {
    if (error instanceof TransientError) return 'again'
    return error instanceof PermanentError ? 'no' : 'unsure'
  }
}

/** Whether an identity is let in, as the worker would log it: a probe that throws says nothing. */
async function accessOf(rig: SubmitterRig, { job, ctx }: Bad): Promise<Access | 'not asked'> {
  try {
    const result = await rig.submitter.probe?.({ ...rig.job('job-1', LONG), ...job }, { ...rig.ctx, ...ctx })
    return result?.access ?? 'not asked'
  } catch {
    return 'unknown'
  }
}

export function badCases(check: Check): void {
  /** A case that a rig does not make must be named among those that the system cannot have. */
  const bad = (name: BadCase, title: string, test: (rig: SubmitterRig, bad: Bad) => Promise<void>) =>
    check(title, async (rig) => {
      const make = rig.cases[name]
      if (make === undefined) throw new Error(`the rig does not make the case '${name}'`)
      await test(rig, await make())
    })
  const submitBad = (rig: SubmitterRig, { job, ctx }: Bad) =>
    fate(rig.submitter.submit({ ...rig.job('job-1', LONG), ...job }, { ...rig.ctx, ...ctx }))

  bad('denied', 'when the identity is denied, then submit is refused for good and probe says refused', async (rig, how) => {
    expect(await submitBad(rig, how)).toBe('no')
    expect(await rig.begun('job-1')).toBe(0)
    expect(['refused', 'not asked']).toContain(await accessOf(rig, how))
  })

  bad('expired', 'when the credential has run out, then nothing is begun and that is no ban', async (rig, how) => {
    expect(['no', 'again']).toContain(await submitBad(rig, how))
    expect(await rig.begun('job-1')).toBe(0)
    expect(['unknown', 'not asked']).toContain(await accessOf(rig, how))
  })

  bad('dead', 'when nobody listens, then it may be tried again, and that is no ban and no state', async (rig, how) => {
    const id = await submitted(rig, 'job-1', LONG)
    expect(await submitBad(rig, { ...how, job: { label: 'job-2', ...how.job } })).toBe('again')
    expect(['unreachable', 'not asked']).toContain(await accessOf(rig, how))
    if (how.ctx !== undefined) expect(await statesOf(rig, id, how)).toEqual([])
  })

  bad('hanging', 'when the service hangs, then the call ends at its deadline with neither a state nor a ban', async (rig, how) => {
    const deadline = () => ({ ...how, ctx: { ...how.ctx, signal: AbortSignal.timeout(1_500) } })
    const begun = performance.now()
    expect(['again', 'unsure']).toContain(await submitBad(rig, deadline()))
    expect(['unreachable', 'unknown', 'not asked']).toContain(await accessOf(rig, deadline()))
    expect(await statesOf(rig, rig.unknownId, deadline())).not.toContain('ended')
    expect(performance.now() - begun).toBeLessThan(20_000)
  })

  bad('bad', 'when the description is bad, then it is refused for good in the words of the system', async (rig, { job, ctx, words }) => {
    const request = { ...rig.job('job-1', LONG), ...job }
    const outcome = await rig.submitter.submit(request, { ...rig.ctx, ...ctx })
    expect(outcome).toMatchObject({ ok: false, transient: false })
    expect(outcome.ok ? '' : outcome.reason).toMatch(words ?? /./)
  })

  check('when an endpoint, a queue or a VO name is hostile, then it is refused for good and not probed', async (rig) => {
    expect(rig.hostile.length).toBeGreaterThan(0)
    for (const job of rig.hostile) {
      expect([job, await submitBad(rig, { job })]).toEqual([job, 'no'])
      expect(['unknown', 'not asked']).toContain(await accessOf(rig, { job }))
    }
    expect(await rig.begun('job-1')).toBe(0)
  })
}

/** The states that are told of an id; a query that fails tells none. */
export async function statesOf(rig: SubmitterRig, id: string, { ctx }: Bad): Promise<JobState[]> {
  try {
    const answers = await rig.submitter.status([id], { ...rig.ctx, ...ctx })
    return [...answers.values()].flatMap((answer) => (answer.ok ? [answer.value.state] : []))
  } catch {
    return []
  }
}
