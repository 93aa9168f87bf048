import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { UnsureError } from '../../core/domain/errors.ts'
import { becomes, LONG, submitted } from '../conformance/rig.ts'
import type { PandaSettings } from '../services/panda/server.ts'
import { ATTACKER, makePandaRig, type PandaRig } from './panda-rig.ts'

const rigs: PandaRig[] = []
const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  for (const rig of rigs.splice(0)) await rig.close()
})

async function rigWith(settings: PandaSettings = {}): Promise<PandaRig> {
  const rig = await makePandaRig(settings)
  rigs.push(rig)
  return rig
}

const NO_TASKS = JSON.stringify({ success: true, message: '', data: {} })
const insteadOf = (method: string, status: number, body: string) => (asked: string) => (asked === method ? { status, body } : undefined)
const askedFor = (rig: PandaRig, method: string) => rig.panda.asked.filter((one) => one.method === method)
const HIDDEN = { pace: { takeUpMs: 3_600_000 } }

describe('given a task that JEDI has not taken up yet', () => {
  it('when it is asked for, then it is queued, though PanDA says that there is none', async () => {
    const rig = await rigWith(HIDDEN)
    const id = await submitted(rig, 'job-1', LONG)
    expect((await rig.submitter.status([id], rig.ctx)).get(id)).toEqual({ ok: true, value: { state: 'queued', native: 'registered' } })
    const many = await rig.submitter.status([id, '999999'], rig.ctx)
    expect(many.get(id)).toMatchObject({ value: { state: 'queued' } })
    expect(many.get('999999')).toMatchObject({ value: { state: 'missing' } })
  })

  it('when it is cancelled, then that may be tried again', async () => {
    const rig = await rigWith(HIDDEN)
    const id = await submitted(rig, 'job-1', LONG)
    const outcome = (await rig.submitter.cancel?.([id], rig.ctx))?.get(id)
    expect(outcome).toMatchObject({ ok: false, transient: true, reason: expect.stringContaining('registered only') })
  })

  it('when its label is looked for, then our note leads to it, and a note of another task does not', async () => {
    const rig = await rigWith(HIDDEN)
    const id = await submitted(rig, 'job-1', LONG)
    expect(await rig.submitter.find?.('job-1', rig.ctx)).toBe(id)
    for (const note of [id, '999999', 'nonsense', '']) {
      writeFileSync(join(rig.ctx.folder, 'tasks', 'job-2'), note)
      expect([note, await rig.submitter.find?.('job-2', rig.ctx)]).toEqual([note, undefined])
    }
  })

  it('when the note is lost and the label is submitted again, then the server names the task, and there is no second one', async () => {
    const rig = await rigWith(HIDDEN)
    const id = await submitted(rig, 'job-1', LONG)
    const elsewhere = rig.ctxWith({})
    expect(await rig.submitter.find?.('job-1', elsewhere)).toBeUndefined()
    expect(await rig.submitter.submit(rig.job('job-1', LONG), elsewhere)).toEqual({ ok: true, value: { nativeId: id } })
  })

  it('when a day has passed, then the note goes with the next submission', async () => {
    const rig = await rigWith(HIDDEN)
    await submitted(rig, 'job-1', LONG)
    const notes = join(rig.ctx.folder, 'tasks')
    const old = Date.now() / 1_000 - 90_000
    utimesSync(join(notes, 'job-1'), old, old)
    await submitted(rig, 'job-2', LONG)
    expect(readdirSync(notes)).toEqual(['job-2'])
  })
})

describe('given a label that PanDA knows from before', () => {
  it('when the list hides that its task has ended, then it runs again and that is told, not taken for a new job', async () => {
    const rig = await rigWith({ instead: insteadOf('task/get_tasks_modified_since', 200, NO_TASKS) })
    const id = await submitted(rig, 'job-1', 'exit 0\n')
    await becomes(rig, id, 'ended')
    const again = rig.submitter.submit(rig.job('job-1', 'exit 0\n'), rig.ctxWith({}))
    await expect(again).rejects.toThrow(UnsureError)
    await expect(again).rejects.toThrow(new RegExp(`once more: reactivation accepted. jediTaskID=${id} `))
    await becomes(rig, id, 'ended')
  })

  it('when its task is in work and the list hides it, then the server names it', async () => {
    const rig = await rigWith({ instead: insteadOf('task/get_tasks_modified_since', 200, NO_TASKS) })
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    expect(await rig.submitter.submit(rig.job('job-1', LONG), rig.ctxWith({}))).toEqual({ ok: true, value: { nativeId: id } })
    expect(rig.panda.begun('job-1')).toBe(1)
  })
})

describe('given a server that does not take a task', () => {
  it('when the ban is in its database only, then the refusal that it tells as success is a refusal, and the entry still lets in', async () => {
    const rig = await rigWith()
    rig.panda.ban(ATTACKER, 'database')
    const outcome = await rig.submitter.submit(rig.job('job-1', LONG), rig.ctx)
    expect(outcome).toEqual({ ok: false, transient: false, reason: `The following DN is banned: DN=${ATTACKER}` })
    expect(await rig.submitter.probe?.(rig.job('job-1', LONG), rig.ctx)).toMatchObject({ access: 'accepted' })
  })

  it('when the user has too many tasks, then it may be tried again', async () => {
    const rig = await rigWith({ maxActiveTasks: 0 })
    const outcome = await rig.submitter.submit(rig.job('job-1', LONG), rig.ctx)
    expect(outcome).toMatchObject({ ok: false, transient: true, reason: expect.stringContaining('Too many active tasks') })
  })

  it('when the queue is unknown, then the task is broken, and that is a failure with its reason', async () => {
    const rig = await rigWith()
    const outcome = await rig.submitter.submit({ ...rig.job('job-1', LONG), voName: 'NO_SUCH_QUEUE' }, rig.ctx)
    const id = outcome.ok ? outcome.value.nativeId : ''
    await becomes(rig, id, 'failed')
    const native = 'broken: unknown PandaQueue NO_SUCH_QUEUE'
    expect((await rig.submitter.status([id], rig.ctx)).get(id)).toEqual({ ok: true, value: { state: 'failed', native } })
  })

  it.each([
    [503, 'Service Unavailable', 'TransientError'],
    [500, 'ORA-00001', 'UnsureError'],
    [502, '<html>', 'UnsureError'],
    [404, 'not found', 'PermanentError'],
    [403, 'ERROR : method submit is forbidden', 'PermanentError'],
    [403, 'ERROR : Token authentication failed. Invalid token. Signature has expired', 'TransientError'],
    [200, "{'success': True, 'message': '', 'data': 7}", 'UnsureError'],
    [200, '<html>maintenance</html>', 'UnsureError'],
    [200, '', 'UnsureError'],
  ])('when it answers a submission with %i %j, then it is said whether it may have happened', async (status, body, name) => {
    const rig = await rigWith({ instead: insteadOf('task/submit', status, body) })
    await expect(rig.submitter.submit(rig.job('job-1', LONG), rig.ctx)).rejects.toMatchObject({ name })
  })

  it('when it does not even tell of the tasks there are, then nothing is sent and it may be tried again', async () => {
    const rig = await rigWith({ instead: insteadOf('task/get_tasks_modified_since', 500, 'crashed') })
    await expect(rig.submitter.submit(rig.job('job-1', LONG), rig.ctx)).rejects.toMatchObject({ name: 'TransientError' })
    await expect(rig.submitter.find?.('job-1', rig.ctx)).rejects.toMatchObject({ name: 'TransientError' })
    expect(askedFor(rig, 'task/submit')).toEqual([])
  })
})

describe('given many tasks', () => {
  it('when they are followed, then one list tells of all, and jobs come in chunks', async () => {
    const rig = await rigWith()
    const ctx = rig.ctxWith({ options: { jobsPerCall: 2 } })
    const ids = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((label) => submitted({ ...rig, ctx }, label, LONG)))
    for (const id of ids) await becomes(rig, id, 'running')
    rig.panda.asked.length = 0
    const answers = await rig.submitter.status(ids, ctx)
    expect(ids.map((id) => answers.get(id))).toEqual(ids.map(() => ({ ok: true, value: expect.objectContaining({ state: 'running' }) })))
    expect(askedFor(rig, 'task/get_status')).toEqual([])
    expect(askedFor(rig, 'task/get_tasks_modified_since')).toHaveLength(1)
    expect(askedFor(rig, 'job/get_description_incl_archive')).toHaveLength(3)
  })

  it.each([
    ['task/get_tasks_modified_since', 200, JSON.stringify({ success: false, message: 'database error', data: null })],
    ['task/get_tasks_modified_since', 200, JSON.stringify({ success: true, message: '', data: null })],
    ['task/get_job_ids', 500, 'crashed'],
    ['task/get_job_ids', 200, JSON.stringify({ success: true, message: '', data: ['7'] })],
    ['job/get_description_incl_archive', 200, JSON.stringify({ success: true, message: '', data: [null, null] })],
    ['job/get_description_incl_archive', 503, 'overloaded'],
  ])('when %s answers %i %j, then no state is told of them', async (method, status, body) => {
    const hook: { instead?: PandaSettings['instead'] } = {}
    const rig = await rigWith({ instead: (asked) => hook.instead?.(asked) })
    const ids = await Promise.all(['a', 'b'].map((label) => submitted(rig, label, LONG)))
    for (const id of ids) await becomes(rig, id, 'running')
    hook.instead = insteadOf(method, status, body)
    const answers = await rig.submitter.status(ids, rig.ctx)
    for (const id of ids) expect(answers.get(id)).toMatchObject({ ok: false, transient: true })
  })
})

describe('given a job that does not obey', () => {
  const refusal = (data: number, message: string) => JSON.stringify({ success: false, message, data })

  it.each([
    [200, refusal(1, 'failed to register command'), { ok: false, transient: true }],
    [200, refusal(3, 'permission denied'), { ok: false, transient: false, reason: 'permission denied' }],
    [200, refusal(4, 'Command rejected: the kill command is not accepted if the task is in toabort status'), { ok: true }],
    [200, refusal(4, 'Command rejected: the kill command is not accepted if the task is in odd status'), { ok: false, transient: false }],
    [200, refusal(2, 'jediTaskID=1 not found'), { ok: false, transient: false }],
    [500, 'crashed', { ok: false, transient: true }],
    [503, 'overloaded', { ok: false, transient: true }],
  ])('when the server answers a kill with %i %s, then that is what becomes of it', async (status, body, wanted) => {
    const rig = await rigWith({ instead: insteadOf('task/kill', status, body) })
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    expect((await rig.submitter.cancel?.([id], rig.ctx))?.get(id)).toMatchObject(wanted)
  })

  it('when it ignores the polite signal, then it is ended all the same', async () => {
    const rig = await rigWith()
    const folder = mkdtempSync(join(tmpdir(), 'ssc-panda-test-'))
    folders.push(folder)
    const id = await submitted(rig, 'job-1', `trap '' TERM INT HUP\necho $$ > ${folder}/pid\nwhile :; do sleep 1; done\n`)
    const isThere = () => existsSync(join(folder, 'pid')) && /^\d+\n$/.test(readFileSync(join(folder, 'pid'), 'utf8'))
    await vi.waitFor(() => expect(isThere()).toBe(true), { timeout: 10_000 })
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    await rig.submitter.cancel?.([id], rig.ctx)
    await becomes(rig, id, 'cancelled')
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  })
})

describe('given the requests of all calls', () => {
  it('when the server looks at them, then types are just as it wants them, the VO stands beside the token, and the token nowhere else', async () => {
    const rig = await rigWith()
    const id = await submitted(rig, 'job-1', LONG)
    await becomes(rig, id, 'running')
    await rig.submitter.status([id, '999999'], rig.ctx)
    await rig.submitter.cancel?.([id], rig.ctx)
    for (const { verb, path, headers } of rig.panda.asked) {
      expect(headers).toMatchObject({ accept: 'application/json', origin: 'wlcg', authorization: 'Bearer good-token' })
      expect(headers['content-type']).toBe(verb === 'POST' ? 'application/json' : undefined)
      expect(path).not.toMatch(/token|true|false/i)
    }
  })

  it('when no VO is known for the token, then nothing is sent and the advice is told', async () => {
    const rig = await rigWith()
    const ctx = rig.ctxWith({ options: { vo: undefined } })
    await expect(rig.submitter.submit(rig.job('job-1', LONG), ctx)).rejects.toThrow('set submitters.panda.options.vo')
    expect(await rig.submitter.probe?.(rig.job('job-1', LONG), ctx)).toMatchObject({ access: 'unknown' })
    expect(await rig.submitter.check(ctx)).toEqual([expect.stringContaining('set submitters.panda.options.vo')])
  })
})
