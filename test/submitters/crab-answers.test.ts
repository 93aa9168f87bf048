import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outputIn, statusOf, submissionOf, tasksNamed } from '../../submitters/crab/answers.ts'
import { configOf, pyString, SCRIPT } from '../../submitters/crab/config.ts'
import { submitter } from '../../submitters/crab/index.ts'
import { CrabOptions } from '../../submitters/crab/schema.ts'
import { isTask, projectOf, requestNameOf } from '../../submitters/crab/task.ts'
import { anyText, hostileText, outcomeOf, ran } from './fakes/ran.ts'

const TASK = '261122_103000:mallory_crab_job-1'
const DELIVERED = 'Success: Your task has been delivered to the prod CRAB3 server.'
const LINES = [
  DELIVERED,
  `Task name: ${TASK}`,
  `Task name: ${TASK}1`,
  `Task name:\t\t\t${TASK}`,
  'Status on the CRAB server:\tSUBMITTED',
  TASK,
  'List of tasks from x',
  '{"1": {"State": "finished"}}',
]
const submission = (text: string, more = {}) => outcomeOf(() => submissionOf(ran(text, more), 'job-1'))
const status = (...lines: string[]) => statusOf(ran(`Task name:\t\t\t${TASK}\n${lines.map((line) => `${line}\n`).join('')}`), TASK)
const SENDING = 'Sending the request to the server\n'

describe('given what crab submit printed', () => {
  it('when it is any text, then no task is made up, and nothing else is thrown', () => {
    fc.assert(
      fc.property(hostileText(LINES), fc.constantFrom(0, 1, null), (text, code) => {
        const outcome = submission(text, { code })
        if (outcome !== 'unsure' && outcome.ok) expect([outcome.value.nativeId, text.includes(`${TASK}\n`)]).toEqual([TASK, true])
      }),
    )
  })

  it('when it was cut anywhere, then half a name is none', () => {
    const text = `${SENDING}${DELIVERED}\nTask name: ${TASK}\n`
    expect(submission(text)).toEqual({ ok: true, value: { nativeId: TASK } })
    expect(submission(text.replace('Success', '\u001b[92mSuccess\u001b[0m'))).toMatchObject({ ok: true })
    for (let end = SENDING.length; end < text.length; end++) expect(submission(text.slice(0, end), { isCut: true })).toBe('unsure')
  })

  it.each([
    ['a bad configuration', 'Invalid CRAB configuration: Parameter x is missing.\n', 192, false],
    [
      'a refusal of the identity',
      `${SENDING}The server answered with an error.\nReason is: You are not allowed to access this resource.\n`,
      200,
      false,
    ],
    ['an unregistered user', 'Error\n', 3012 % 256, false],
    ['an expired proxy', 'Problem creating proxy\n', 3010 % 256, true],
    ['no CMSSW', '\nError: $CMSSW_VERSION is not defined. Make sure you do cmsenv first. Exiting...\n', 0, true],
    ['nobody there', `${SENDING}(7, 'Failed to connect to cmsweb.example port 8443: Connection refused')\n`, 7, true],
    ['a crash before anything was sent', 'ERROR: KeyError\n', 1, true],
  ])('when it is %s, then nothing was started', (_, text, code, transient) => {
    expect(submission(text, { code })).toMatchObject({ ok: false, transient })
  })

  it.each([
    ['a request without an end', `${SENDING}(28, 'Operation timed out')\nIt seems the CMSWEB frontend is not responding.\n`, 28],
    ['an error of the server', `${SENDING}The server answered with an error.\nServer answered with: Execution error\n`, 200],
    ['a crash after it was sent', `${SENDING}ERROR: KeyError\n`, 1],
    ['the name of another task', `${DELIVERED}\nTask name: ${TASK}2\n`, 0],
    ['nothing at all', '', 0],
  ])('when it is %s, then nobody knows', (_, text, code) => {
    expect(submission(text, { code })).toBe('unsure')
  })
})

describe('given what crab status printed', () => {
  const server = (word: string) => `Status on the CRAB server:\t${word}`
  it.each([
    [[server('NEW on command SUBMIT')], 'queued', 'NEW'],
    [[server('SUBMITTED')], 'queued', 'SUBMITTED'],
    [[server('SUBMITTED'), 'Jobs status:                    running       \t\t100.0% (1/1)'], 'running', 'SUBMITTED, running'],
    [[server('SUBMITTED'), '{"1": {"State": "transferring"}}'], 'running', 'SUBMITTED, transferring'],
    [
      [server('SUBMITTED'), 'Status on the scheduler:\tCOMPLETED', '{"1": {"State": "finished"}}'],
      'ended',
      'SUBMITTED, COMPLETED, finished',
    ],
    [[server('SUBMITTED'), '{"1": {"State": "failed", "Error": [3, "x", {}]}}'], 'failed', 'SUBMITTED, failed, exit code 3'],
    [[server('KILLED'), '{"1": {"State": "running"}}'], 'cancelled', 'KILLED, running'],
    [[server('KILLED'), '{"1": {"State": "finished"}}'], 'ended', 'KILLED, finished'],
    [[server('SUBMITFAILED')], 'failed', 'SUBMITFAILED'],
    [[server('SUBMITTED'), '{"1": {"State": "hasOwnProperty"}}'], 'unknown', 'SUBMITTED, hasOwnProperty'],
    [[server('SUBMITTED'), '{"1": {"State": 7, "Error": "x"'], 'queued', 'SUBMITTED'],
  ])('when it is %j, then the state is %s', (lines, state, native) => {
    expect(status(...lines)).toEqual({ ok: true, value: { state, native } })
  })

  it('when it is of another task, or no answer, then it is no state', () => {
    expect(statusOf(ran(`Task name:\t${TASK}2\n${server('KILLED')}\n`), TASK)).toMatchObject({ ok: false, transient: true })
    expect(statusOf(ran('(28, "timed out")\n', { code: 28 }), TASK)).toMatchObject({ ok: false, transient: true })
    expect(statusOf(ran(`Reason is: Impossible to find task ${TASK} in the database.\n`, { code: 200 }), TASK)).toMatchObject({
      ok: true,
      value: { state: 'missing' },
    })
  })

  it('when it is any text, then it is read without harm', () => {
    fc.assert(
      fc.property(hostileText(LINES), (text) => {
        expect(statusOf(ran(text), TASK)).toHaveProperty('ok')
        expect(tasksNamed(ran(text), 'job-1') ?? []).toEqual(
          text.includes(`${TASK}\n`) && text.includes('List of tasks from ') ? expect.any(Array) : [],
        )
        expect(outputIn(text) ?? '').toEqual(expect.any(String))
      }),
    )
  })
})

describe('given the lists and logs of the client', () => {
  it('when tasks are listed, then a name counts as a whole only', () => {
    const list = `\nList of tasks from 2026-10-23 until 2026-11-22\n${TASK}\n\t\tSUBMITTED\n${TASK}2\n261122_103000:mallory_crab_my_crab_job-1\n`
    expect(tasksNamed(ran(list), 'job-1')).toEqual([TASK, '261122_103000:mallory_crab_my_crab_job-1'])
    expect(tasksNamed(ran('No tasks found from x until y\n'), 'job-1')).toEqual([])
    expect(tasksNamed(ran('The server answered with an error.\n'), 'job-1')).toBeUndefined()
  })

  it('when a log is read, then what the job wrote comes out of it, also when it was cut', () => {
    const log =
      '== start\n== CMSSW: job-output-begins\n== CMSSW: one\n== CMSSW:\n== CMSSW: two\n== CMSSW: \n== CMSSW: job-output-ends\n== end\n'
    expect(outputIn(log)).toBe('one\n\ntwo\n')
    expect(outputIn(log.replaceAll('== CMSSW: ', ''))).toBe('one\n== CMSSW:\ntwo\n')
    expect(outputIn(log.slice(0, log.indexOf('two')))).toBe('one\n\n')
    expect(outputIn('== start\n')).toBeUndefined()
  })
})

describe('given a request', () => {
  const job = {
    label: 'job-1',
    script: '',
    site: 'SITE-ONE',
    endpoint: 'https://x',
    vo: 'cms',
    voName: 'T2_XX_Y',
    identity: '/CN=x',
    lifeSeconds: 90,
  }

  it('when a configuration is made, then Python reads in it what was meant', () => {
    const config = configOf(job, CrabOptions.parse({ server: 'cmsweb.example' }), "/tmp/it's \\ here")
    const code = `import ast, sys, json\nprint(json.dumps([ast.literal_eval(n.value) for n in ast.walk(ast.parse(sys.argv[1])) if isinstance(n, ast.Assign) and not isinstance(n.value, ast.Call)]))`
    const values = JSON.parse(execFileSync('python3', ['-c', code, config], { encoding: 'utf8' })) as unknown[]
    expect(values).toEqual(expect.arrayContaining(['job-1', "/tmp/it's \\ here", "/tmp/it's \\ here/job.sh", ['T2_XX_Y'], 2, false]))
  })

  it.each([
    ['exit 3', 3],
    ['exit 0', 0],
    ['exit 1', 99],
    ['kill -9 $$', 99],
  ])('when the agent does `%s`, then CRAB is told %i and begins no second one', (agent, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'ssc-crab-'))
    writeFileSync(join(folder, 'agent.sh'), `echo one\n${agent}\n`)
    const { status, stdout } = spawnSync('sh', ['-c', SCRIPT], { cwd: folder, encoding: 'utf8' })
    const report = readFileSync(join(folder, 'FrameworkJobReport.xml'), 'utf8')
    rmSync(folder, { recursive: true })
    expect([status, outputIn(stdout)?.startsWith('one\n')]).toEqual([code, true])
    expect(/ExitStatus="(\d+)"/.exec(report)?.[1]).toBe(code === 0 ? undefined : String(code))
  })

  it('when any text is quoted, then it stays between its quotes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        if (!/^[ -~]*$/.test(text)) return void expect(() => pyString(text)).toThrow()
        expect(pyString(text)).toMatch(/^'(?:[^'\\]|\\['\\])*'$/)
      }),
    )
  })

  it('when a label is any, then its request name is one that CRAB takes, and another label has another', () => {
    const names = ['job-1', 'job.1', 'a'.repeat(200), `${'a'.repeat(199)}b`].map(requestNameOf)
    expect(new Set(names).size).toBe(4)
    for (const name of names)
      expect([isTask(`261122_103000:m_crab_${name}`), projectOf(`261122_103000:m_crab_${name}`)]).toEqual([true, `crab_${name}`])
  })

  it('when the plan asks, then jobs go through the server that was named', () => {
    expect(submitter.through?.(CrabOptions.parse({ server: 'cmsweb.example:8443' }))).toBe('https://cmsweb.example:8443/crabserver')
    expect(CrabOptions.safeParse({}).success).toBe(false)
  })
})
