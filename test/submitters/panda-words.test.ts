import { describe, expect, it } from 'vitest'
import { UnsureError } from '../../core/domain/errors.ts'
import { accessOf } from '../../submitters/panda/api.ts'
import { describeJob } from '../../submitters/panda/jobs.ts'
import { JOB_STATES, jobState, stateByJobs, TASK_STATES, taskState } from '../../submitters/panda/states.ts'
import { verdictOf } from '../../submitters/panda/submit.ts'

describe("given PanDA's words", () => {
  it.each(['Done', 'constructor', '__proto__', '', 'completed', 'RUNNING'])('when a word is %j, then it is unknown', (word) => {
    expect([taskState(word), jobState(word)]).toEqual(['unknown', 'unknown'])
  })

  it('when a task is over, then no word of it says that it may go on, and the other way round', () => {
    for (const word of ['done', 'exhausted', 'broken', 'aborted']) expect(['ended', 'failed', 'cancelled']).toContain(TASK_STATES[word])
    for (const word of ['registered', 'pending', 'tobroken', 'toretry']) expect(TASK_STATES[word]).toBe('queued')
    for (const word of ['running', 'aborting', 'finished', 'failed']) expect(TASK_STATES[word]).toBe('by jobs')
    expect(Object.keys(JOB_STATES)).toContain('transferring')
  })

  it.each([
    ['running', [], 'queued'],
    ['running', ['activated'], 'queued'],
    ['running', ['failed', 'starting'], 'running'],
    ['running', ['running'], 'running'],
    ['running', ['finished'], 'running'],
    ['aborting', ['defined'], 'queued'],
    ['aborting', ['running'], 'running'],
    ['finished', ['failed', 'finished'], 'ended'],
    ['finished', ['failed'], 'failed'],
    ['failed', [], 'failed'],
    ['failed', ['failed', 'cancelled'], 'failed'],
    ['failed', ['cancelled'], 'cancelled'],
    ['failed', ['closed'], 'failed'],
    ['failed', ['odd'], 'failed'],
  ])('when a task is %s with jobs %j, then it is %s', (task, jobs, state) => {
    expect(stateByJobs(task, jobs)).toBe(state)
  })
})

describe("given the server's answer to a submission", () => {
  const answer = (success: boolean, message: string, data: unknown) => () => verdictOf({ success, message, data }, 'a-name')

  it.each([
    ['a new task', answer(true, 'succeeded. new jediTaskID=7', 7), { ok: true, value: { nativeId: '7' } }],
    ['queued already', answer(false, 'jediTaskID=8 is queued', 1), { ok: true, value: { nativeId: '8' } }],
    ['in work already', answer(false, 'jediTaskID=9 is running', 2), { ok: true, value: { nativeId: '9' } }],
    ['too many', answer(false, 'Too many active tasks for x 5>4', 10), { ok: false, transient: true }],
    ['not registered', answer(false, 'failed to register task', 4), { ok: false, transient: true }],
    ['no parent', answer(false, 'parent not found', 11), { ok: false, transient: false }],
    ['a wrong type', answer(false, "Type error: 'task_parameters' must be of type Dict", null), { ok: false, transient: false }],
    ['no identity', answer(false, 'SSL secure connection is required', null), { ok: false, transient: true }],
    ['a ban told as success', answer(true, 'The following DN is banned: DN=x', null), { ok: false, transient: false, reason: /banned/ }],
    ['no row of the user', answer(true, 'Failed to update DN in PandaDB', null), { ok: false, transient: true }],
    ['no reason', answer(false, '', null), { ok: false, transient: false, reason: 'PanDA gives no reason' }],
  ])('when it says %s, then that is what becomes of it', (_what, verdict, wanted) => {
    const { reason, ...rest } = wanted as { reason?: string | RegExp }
    expect(verdict()).toMatchObject(rest)
    if (reason !== undefined) expect(verdict()).toMatchObject({ reason: expect.stringMatching(reason) })
  })

  it.each([
    ['an old task runs again', answer(true, 'reactivation accepted. jediTaskID=7 (currently in done state)', 7), /once more/],
    ['a success without an id', answer(true, '', null), /no id/],
    ['a success with an odd id', answer(true, 'x', '7; rm'), /no id/],
    ['a double without an id', answer(false, 'duplicated', 2), /which/],
  ])('when it says %s, then nobody knows what runs there', (_what, verdict, words) => {
    expect(verdict).toThrow(UnsureError)
    expect(verdict).toThrow(words)
  })
})

describe('given a refusal at the entry', () => {
  it.each([
    ['ERROR : Mallory Attacker is banned', 'refused'],
    ['ERROR : Token authentication failed. Not a member of the wlcg/production group', 'refused'],
    ['ERROR : Token authentication failed. Invalid token. Signature has expired', 'unknown'],
    ['ERROR : Token authentication failed. Unknown vo : x is banned', 'unknown'],
    ['ERROR : Token authentication failed. Unknown vo : x', 'unknown'],
    ['ERROR : Token authentication failed. Token decode failure. no HTTP_ORIGIN', 'unknown'],
    ['ERROR : method x is forbidden', 'unknown'],
    ['<html>Forbidden</html>', 'unknown'],
  ])('when it says %j, then access is %s', (body, access) => {
    expect(accessOf(body)).toBe(access)
  })
})

describe('given a job that failed', () => {
  it('when it is described, then its codes and what they mean are told on one line', () => {
    const bare = {
      PandaID: 7,
      jediTaskID: 1,
      jobStatus: 'failed',
      computingSite: 'Q',
      transExitCode: 3,
      exeErrorCode: 0,
      ddmErrorCode: 'NULL',
    }
    expect(describeJob({ ...bare, pilotErrorCode: 1305, pilotErrorDiag: 'Failed\n\u001b[31mto run' })).toBe(
      'job 7 failed at Q, transExitCode 3, pilotErrorCode 1305: Failed [31mto run',
    )
  })
})
