import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { PandaOptions } from '../../../submitters/panda/schema.ts'
import { taskParameters } from '../../../submitters/panda/task.ts'
import { clientOf, type PandaClient, pandaPython, prunParameters, WHY_NOT } from './client.ts'
import { execIn } from './jobs.ts'
import { type Panda, startPanda } from './server.ts'

const TOKENS = new Map([['good-token', { name: 'Mallory Attacker', groups: ['wlcg'] }]])
let panda: Panda

beforeAll(async () => {
  panda = await startPanda({ tokens: TOKENS })
})
afterAll(() => panda.close())

function parametersFor(label: string, script: string): Record<string, unknown> {
  const target = { site: 'SITE-ONE', voName: 'A_QUEUE', vo: 'wlcg', endpoint: panda.url, identity: '/CN=Mallory Attacker' }
  return taskParameters({ ...target, label, script, lifeSeconds: 60 }, PandaOptions.parse({ server: panda.url }))
}

describe('given the PanDA stand-in', () => {
  const identity = { authorization: 'Bearer good-token', origin: 'wlcg' }
  const asks = async (path: string, headers: Record<string, string>, body?: string) => {
    const method = body === undefined ? 'GET' : 'POST'
    const answer = await fetch(`${panda.url}${path}`, { method, headers: { ...identity, ...headers }, ...(body !== undefined && { body }) })
    return { status: answer.status, type: answer.headers.get('content-type'), text: await answer.text() }
  }
  const exact = { accept: 'application/json' }

  it.each([
    [{ accept: 'application/json' }, '{"success":true,"message":"","data":null}'],
    [{ accept: 'application/json, text/plain, */*' }, "{'success': True, 'message': '', 'data': None}"],
    [{ accept: 'application/json; charset=utf-8' }, "{'success': True, 'message': '', 'data': None}"],
    [{}, "{'success': True, 'message': '', 'data': None}"],
  ])('when it is asked with the headers %j, then the answer is %s, and plain text by its header', async (headers, text) => {
    expect(await asks('/api/v1/system/is_alive', headers)).toEqual({ status: 200, type: 'text/plain', text })
  })

  it.each([
    ['/api/v1/task/get_status?task_id=1', 200, /"success":false,"message":"Task not found"/],
    ['/api/v1/task/get_status?task_id=x', 200, /Type error: 'task_id' must be of type int/],
    ['/api/v1/task/get_status', 200, /Argument error/],
    ['/api/v1/task/get_status?task_id=1&more=2', 200, /Argument error/],
    ['/api/v1/task/kill?task_id=1', 200, /expecting POST, received GET/],
    ['/api/v1/task/explode', 403, /^ERROR : method explode is forbidden$/],
    ['/elsewhere', 404, /^not found$/],
  ])('when %s is asked, then it answers %i in its own words', async (path, status, words) => {
    expect(await asks(path, exact)).toMatchObject({ status, text: expect.stringMatching(words) })
  })

  it.each([
    [{ origin: '' }, /Token authentication failed. .*Unknown vo/],
    [{ origin: 'other' }, /Token authentication failed. Unknown vo : other/],
    [{ origin: 'wlcg:production' }, /Not a member of the wlcg\/production group/],
    [{ authorization: 'Bearer strange' }, /Invalid token/],
  ])('when it is asked as %j, then the entry refuses', async (headers, words) => {
    expect(await asks('/api/v1/system/is_alive', { ...exact, ...headers })).toMatchObject({
      status: 403,
      text: expect.stringMatching(words),
    })
  })

  it('when JSON comes under another type, then it is read as a form; broken JSON crashes it', async () => {
    const body = JSON.stringify({ task_id: 1 })
    const type = 'application/json; charset=utf-8'
    expect((await asks('/api/v1/task/kill', { ...exact, 'content-type': type }, body)).text).toContain('Argument error')
    const broken = await asks('/api/v1/task/kill', { ...exact, 'content-type': 'application/json' }, '{')
    expect(broken).toMatchObject({ status: 500, text: expect.stringMatching(/^ERROR : received invalid JSON/) })
  })
})

const python = pandaPython()
const title = 'given the real panda-client'

describe.skipIf(python === undefined)(python === undefined ? `${title} (${WHY_NOT})` : title, () => {
  let home = ''
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), 'ssc-panda-client-'))
  })
  afterAll(() => rmSync(home, { recursive: true }))
  const ways = ['curl', 'native'] as const
  const open = (way: 'curl' | 'native', token = 'good-token') => clientOf(python ?? '', { url: panda.url, token, home, way })

  const submit = async (client: PandaClient, parameters: Record<string, unknown>) => {
    const [status, [code, message]] = (await client('insertTaskParams', parameters)) as [number, [number, string]]
    return { status, code, message, id: Number(/jediTaskID=(\d+)/.exec(message)?.[1]) }
  }

  it.each(ways)('when it says hello by %s, then all is well; with a strange token it is not', async (way) => {
    expect(await open(way)('hello')).toEqual([0, ''])
    expect(await open(way, 'strange')('hello')).toEqual([255, expect.any(String)])
  })

  it.each(ways)('when it submits by %s what we would submit, then the task runs and ends, and the client sees all of it', async (way) => {
    const client = open(way)
    const parameters = parametersFor(`client-${way}`, 'exit 0\n')
    const first = await submit(client, parameters)
    expect(first).toMatchObject({ status: 0, code: 0, message: `succeeded. new jediTaskID=${first.id}` })
    await vi.waitFor(async () => expect(await client('getTaskStatus', first.id)).toEqual([0, 'done']), { timeout: 20_000 })
    const [, jobs] = (await client('getPandaIDsWithTaskID', first.id)) as [number, number[]]
    expect(jobs).toHaveLength(1)
    expect(await client('getFullJobStatus', jobs)).toMatchObject([0, [{ PandaID: jobs[0], jobStatus: 'finished', transExitCode: 0 }]])
    const details = await client('getJediTaskDetails', { jediTaskID: first.id }, true, true)
    expect(details).toMatchObject([0, { status: 'done', PandaID: jobs, taskName: `client-${way}` }])
    expect(await client('getTaskParamsMap', first.id)).toMatchObject([0, { ...parameters, userName: 'Mallory Attacker' }])
    expect(await client('get_task_details_json', first.id)).toMatchObject([0, [true, { jediTaskID: first.id, status: 'done' }]])
    expect(panda.begun(`client-${way}`)).toBe(1)
  })

  it.each(ways)('when it submits a name twice and kills the task by %s, then the codes are those that it knows', async (way) => {
    const client = open(way)
    const parameters = parametersFor(`kill-${way}`, 'sleep 300 & wait\n')
    const { id } = await submit(client, parameters)
    await vi.waitFor(async () => expect(await client('getTaskStatus', id)).toEqual([0, 'running']), { timeout: 20_000 })
    expect(await submit(client, parameters)).toMatchObject({ code: 2, id })
    expect(await client('killTask', id)).toEqual([0, [true, 0]])
    await vi.waitFor(async () => expect(await client('getTaskStatus', id)).toEqual([0, 'aborted']), { timeout: 20_000 })
    expect(await client('killTask', id)).toEqual([0, [false, expect.stringContaining('is in aborted status')]])
    expect(await submit(client, parameters)).toMatchObject({ code: 0, id, message: expect.stringContaining('reactivation accepted') })
  })

  it.each(ways)('when it asks by %s for a task that there is not, then it is told so', async (way) => {
    expect(await open(way)('getTaskStatus', 1)).toEqual([255, null])
    expect(await open(way)('killTask', 1)).toEqual([0, [false, 'not the task owner or no production role']])
  })

  it("when prun itself makes a task, then ours says the same in the same form, and the stand-in runs prun's", async () => {
    const exec = `echo "a b"; printf '%s\\n' "$HOME"\nexit 3`
    const args = ['--exec', exec, '--outDS', 'user.mallory.prun', '--vo', 'wlcg', '--site', 'A_QUEUE', '--noBuild', '--useHomeDir']
    const theirs = await prunParameters(python ?? '', { url: panda.url, home, args })
    const ours = parametersFor('user.mallory.prun', 'exit 0\n')
    for (const name of [
      'uniqueTaskName',
      'vo',
      'site',
      'prodSourceLabel',
      'noInput',
      'nEvents',
      'nEventsPerJob',
      'log',
      'sourceURL',
      'transHome',
    ])
      expect([name, ours[name]]).toEqual([name, theirs[name]])
    expect((ours.jobParameters as unknown[]).slice(0, 2)).toEqual((theirs.jobParameters as unknown[]).slice(0, 2))
    expect(execIn(theirs.jobParameters)).toBe(exec)
    const client = open('native')
    const { id } = await submit(client, theirs)
    await vi.waitFor(async () => expect(await client('getTaskStatus', id)).toEqual([0, 'failed']), { timeout: 20_000 })
    const [, jobs] = (await client('getPandaIDsWithTaskID', id)) as [number, number[]]
    expect(await client('getFullJobStatus', jobs)).toMatchObject([0, [{ jobStatus: 'failed', transExitCode: 3 }]])
  })
})
