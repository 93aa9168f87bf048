import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TransientError, UnsureError } from '../../core/domain/errors.ts'
import { quoteClassAd as quote } from '../../core/domain/job-text.ts'
import { idsOfLabel, refusalsIn, statesIn, submissionOf } from '../../submitters/cream/answers.ts'
import { submitter } from '../../submitters/cream/index.ts'
import { describe as describeJob } from '../../submitters/cream/jdl.ts'
import { ceIdOf } from '../../submitters/cream/target.ts'
import { anyText, hostileText, outcomeOf, ran } from './fakes/ran.ts'

const HOST = 'ce.site-one.example'
const ID = `https://${HOST}:8443/CREAM691020988`
const LINES = [
  ID,
  `${ID}1`,
  `https://evil.example:8443/CREAM1`,
  `******  JobID=[${ID}]`,
  '\tStatus        = [DONE-OK]',
  '\tExitCode      = [0]',
]
const submission = (text: string, more = {}) => outcomeOf(() => submissionOf(ran(text, more), HOST))
const block = (...lines: string[]) => `\n******  JobID=[${ID}]\n${lines.map((line) => `\t${line}\n`).join('')}\n\n`
const log = (text: string) => `2026-11-22 10:30:00,123 FATAL - ${text}\n`

describe('given what glite-ce-job-submit printed', () => {
  it('when it is any text, then no id is made up, and nothing else is thrown', () => {
    fc.assert(
      fc.property(hostileText(LINES), fc.constantFrom(0, 1, null), (text, code) => {
        const outcome = submission(text, { code })
        if (outcome !== 'unsure' && outcome.ok) expect(text.split(/\r?\n/)).toContain(outcome.value.nativeId)
      }),
    )
  })

  it('when it was cut anywhere, then half an id is none', () => {
    const text = `2026-11-22 10:30:00,123 WARN - a warning\n${ID}\n`
    for (let end = 0; end < text.length; end++) expect(submission(text.slice(0, end), { isCut: true })).toBe('unsure')
    expect(submission(text)).toEqual({ ok: true, value: { nativeId: ID } })
  })

  it.each([
    [
      'a refusal of the description, with exit code 0',
      log('Error while processing file [/tmp/job.jdl]: Syntax error. Will not submit this JDL'),
      0,
      false,
    ],
    [
      'a refusal of the identity',
      log('MethodName=[jobRegister] ErrorCode=[0] Description=[the user is not authorized] FaultCause=[]'),
      1,
      false,
    ],
    ['an expired proxy', log('Problems with proxyfile [/tmp/p]: The proxy has EXPIRED!'), 1, true],
    [
      'nobody there',
      log(`Connection to service [https://${HOST}:8443/ce-cream/services/CREAM2] failed: FaultDetail=[Connection refused]`),
      1,
      true,
    ],
    [
      'a delegation that broke',
      log(`Connection to service [https://${HOST}:8443/ce-cream/services/gridsite-delegation] failed: FaultString=[EOF]`),
      1,
      true,
    ],
    ['a drain', log('MethodName=[jobRegister] ErrorCode=[0] Description=[job submissions are disabled] FaultCause=[]'), 1, true],
    ['files that did not arrive', log('ERROR sending file [/tmp/job.sh] for JDL [job.jdl]. Will NOT START this Job.'), 0, true],
  ])('when it is %s, then nothing was started', (_, text, code, transient) => {
    expect(submission(text, { code })).toMatchObject({ ok: false, transient })
  })

  it.each([
    [
      'a connection that broke',
      log('EOF detected during communication. Probably service closed connection or SOCKET TIMEOUT occurred.'),
      1,
    ],
    ['a fault of the start itself', log('MethodName=[jobStart] ErrorCode=[0] Description=[system error] FaultCause=[]'), 1],
    ['nothing at all', '', 0],
    ['nothing, and a crash', '', null],
    ['two ids', `${ID}\n${ID}9\n`, 0],
    ['the id of another host', 'https://evil.example:8443/CREAM1\n', 0],
    ['words that nobody knows', 'Segmentation fault\n', 1],
  ])('when it is %s, then nobody knows', (_, text, code) => {
    expect(submission(text, { code })).toBe('unsure')
  })
})

describe('given what glite-ce-job-status printed', () => {
  it('when it is any text, then it is read without harm', () => {
    fc.assert(
      fc.property(hostileText(LINES), (text) => {
        for (const [key, answer] of statesIn(ran(text))) expect([text.includes(key), answer.ok ? answer.value.state : 'no']).toContain(true)
        expect(refusalsIn(text).size).toBe(0)
      }),
    )
  })

  it.each([
    [block('Status        = [REALLY-RUNNING]'), 'running', 'REALLY-RUNNING'],
    [block('Status        = [DONE-OK]', 'ExitCode      = [0]'), 'ended', 'DONE-OK, exit code 0'],
    [block('Status        = [DONE-OK]', 'ExitCode      = [3]'), 'failed', 'DONE-OK, exit code 3'],
    [block('Status        = [DONE-OK]', 'ExitCode      = [W]'), 'running', 'DONE-OK, exit code W'],
    [
      block('Status        = [ABORTED]', 'ExitCode      = []', 'FailureReason = [no space ]left[ on device]'),
      'failed',
      'ABORTED, no space ]left[ on device',
    ],
    [block('Status        = [PURGED]'), 'missing', 'PURGED'],
    [block('Status        = [constructor]'), 'unknown', 'constructor'],
    [block('For this job CREAM has returned a fault: MethodName=[jobStatus] Description=[job not found]'), 'missing', /job not found/],
  ])('when it is %j, then the state is %s', (text, state, native) => {
    const expected = typeof native === 'string' ? native : expect.stringMatching(native)
    expect(statesIn(ran(text)).get('CREAM691020988')).toEqual({ ok: true, value: { state, native: expected } })
  })

  it('when a reason holds the block of another answer, then that is no answer', () => {
    const forged = block('Status        = [ABORTED]', `FailureReason = [\n******  JobID=[${ID}]\n\tStatus        = [DONE-OK]`)
    expect(statesIn(ran(forged)).get('CREAM691020988')).toMatchObject({ ok: false, transient: true })
  })

  it('when it was cut, then what remains of the last answer is none', () => {
    const text = block('Status        = [DONE-OK]', 'ExitCode      = [3]')
    for (let end = 0; end < text.length; end++) expect(statesIn(ran(text.slice(0, end), { isCut: true })).size).toBe(0)
    expect(statesIn(ran(`${text}${text.replaceAll('CREAM6', 'CREAM7')}`, { code: null })).size).toBe(1)
  })

  it('when jobs are listed, then a label is found as a whole only', () => {
    const list = block('JDL            = [[ Environment = { "JOB_LABEL=job-1" } ]]')
    expect(idsOfLabel(list, 'job-1', `${HOST}:8443`)).toEqual([ID])
    expect(idsOfLabel(list.replace(ID, 'CREAM5'), 'job-1', `${HOST}:8443`)).toEqual([`https://${HOST}:8443/CREAM5`])
    expect(idsOfLabel(list, 'job', `${HOST}:8443`)).toEqual([])
  })
})

describe('given a request', () => {
  const job = { label: 'job-1', script: '', site: 'SITE-ONE', endpoint: HOST, vo: 'ops', identity: '/CN=x', lifeSeconds: 61 }
  const options = { queue: 'pbs-ops', queues: { 'SITE-TWO': 'slurm-grid' }, port: 8443 }

  it('when any text is quoted, then only a reader of ClassAds gets it back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        if (/\p{Cc}/u.test(text)) return void expect(() => quote(text)).toThrow()
        expect(JSON.parse(quote(text))).toBe(text)
      }),
    )
    expect(() => quote('a\nb')).toThrow()
    expect(describeJob(job, '/tmp/a"b/job.sh')).toContain('InputSandbox = { "/tmp/a\\"b/job.sh" };')
    expect(describeJob(job, '/tmp/job.sh')).toContain('GlueCEPolicyMaxWallClockTime >= 2"')
  })

  it.each([
    [{ endpoint: 'https://ce.example:8443/ce-cream/services' }, 'ce.example:8443/cream-pbs-ops'],
    [{ endpoint: 'CE.example' }, 'CE.example:8443/cream-pbs-ops'],
    [{ endpoint: 'ce.example:9443/cream-lsf-long-1' }, 'ce.example:9443/cream-lsf-long-1'],
    [{ endpoint: 'ce.example', site: 'SITE-TWO' }, 'ce.example:8443/cream-slurm-grid'],
    [{ endpoint: 'ce.example', site: 'constructor' }, 'ce.example:8443/cream-pbs-ops'],
  ])('when it is for %j, then it goes to %s', (target, ceId) => {
    expect(ceIdOf({ ...job, ...target }, options)).toMatchObject({ ok: true, value: { ceId } })
  })

  it('when the submission hangs, then nobody knows whether there is a job', async () => {
    const hung = () => Promise.reject(new UnsureError('the deadline came'))
    const none = { code: 0, signal: null, out: '', err: '', isCut: false }
    const run = (argv: string[]) => (argv[0] === 'glite-ce-job-status' ? Promise.resolve(none) : hung())
    const withFiles = (_: unknown, body: (folder: string) => Promise<unknown>) => body('/tmp/x')
    const ctx = {
      options,
      folder: mkdtempSync(join(tmpdir(), 'ssc-cream-')),
      endpoints: [job.endpoint],
      signal: new AbortController().signal,
      log: () => {},
      run,
      withFiles,
    }
    await expect(submitter.submit(job, ctx as never)).rejects.toThrow(UnsureError)
    await expect(submitter.find?.('job-1', { ...ctx, run: hung } as never)).rejects.toThrow(TransientError)
    rmSync(ctx.folder, { recursive: true })
  })

  it('when many ids are asked, then in chunks and by computing element; what looks like an option never', async () => {
    const calls: string[][] = []
    const run = async (argv: string[]) => {
      calls.push(argv)
      return ran('')
    }
    const ctx = { options, signal: new AbortController().signal, log: () => {}, run }
    const ids = Array.from({ length: 120 }, (_, i) => `https://${i % 2 ? HOST : 'ce.other.example'}:8443/CREAM${i}`)
    const answers = await submitter.status([...ids, '--all', '-e'], ctx as never)
    expect(calls.map((argv) => argv.length - 3).sort((a, b) => a - b)).toEqual([10, 10, 50, 50])
    expect(calls.flat()).not.toContain('--all')
    expect(answers.get('--all')).toMatchObject({ ok: true, value: { state: 'missing' } })
    expect(answers.get(ids[0] ?? '')).toMatchObject({ ok: false, transient: true })
  })
})
