import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnsureError } from '../../core/domain/errors.ts'
import { quoteClassAd as quote } from '../../core/domain/job-text.ts'
import { cancelledIn, isNoMatch, statesIn, submissionOf } from '../../submitters/glite-wms/answers.ts'
import { submitter } from '../../submitters/glite-wms/index.ts'
import { describe as describeJob } from '../../submitters/glite-wms/jdl.ts'
import { ceIdOf } from '../../submitters/glite-wms/target.ts'
import { anyText, hostileText, outcomeOf, ran } from './fakes/ran.ts'

const OPTIONS = { server: 'https://wms.example:7443/x', lb: ['LB.wms.example:9000', 'lb2.example'], queues: {}, port: 8443 }
const ID = 'https://lb.wms.example:9000/abcdefghijklmnopqrst-_'
const BANNER = '====================== glite-wms-job-submit Success ======================'
const LINES = [
  ID,
  `${ID}x`,
  ID.replace('lb.wms', 'evil'),
  BANNER,
  `Status info for the Job : ${ID}`,
  'Current Status:     Done (Success) ',
  `- ${ID}`,
]
const submission = (text: string, more = {}) => outcomeOf(() => submissionOf(ran(text, more), OPTIONS))
const success = `\n${BANNER}\n\nThe job has been successfully submitted to the WMProxy\nYour job identifier is:\n\n${ID}\n\n=====\n`
const block = (status: string, ...more: string[]) =>
  `BOOKKEEPING INFORMATION:\n\nStatus info for the Job : ${ID}\nCurrent Status:     ${status}\n${more.map((line) => `${line}\n`).join('')}=====\n`

describe('given what glite-wms-job-submit printed', () => {
  it('when it is any text, then no id is made up, and nothing else is thrown', () => {
    fc.assert(
      fc.property(hostileText(LINES), fc.constantFrom(0, 1, null), (text, code) => {
        const outcome = submission(text, { code })
        if (outcome !== 'unsure' && outcome.ok) expect([outcome.value.nativeId, text.includes(`${ID}\n`)]).toEqual([ID, true])
      }),
    )
  })

  it('when it was cut anywhere, then half an id is none', () => {
    expect(submission(success)).toEqual({ ok: true, value: { nativeId: ID } })
    for (let end = 0; end < success.indexOf(`${ID}\n`) + ID.length; end++)
      expect(submission(success.slice(0, end), { isCut: true })).toBe('unsure')
  })

  it.each([
    ['an expired proxy', '\nError - Proxy validity Error\nYour proxy credential has expired\n', true],
    [
      'a refusal of the identity',
      '\nWarning - Unable to delegate the credential to the endpoint: x\nUser not authorized:\n\nError - Operation failed\nUnable to find any endpoint\n',
      false,
    ],
    ['nobody there', '\nError - Operation failed\nUnable to find any endpoint where to perform service request\n', true],
    ['a bad description', '\nError - AdSyntaxException\nSyntax error: unable to parse the JDL file x\n', false],
    [
      'files that did not arrive',
      `\nError - The job has been successfully registered (the JobId is: ${ID}), but an error occurred while transferring files:\n`,
      false,
    ],
  ])('when it is %s, then nothing was started', (_, err, transient) => {
    expect(submission('', { code: 1, err })).toMatchObject({ ok: false, transient })
  })

  it.each([
    ['a connection that broke', ran('', { code: 1, err: '\nError - Operation failed\nConnection failed: timeout\n' })],
    ['success without an id', ran(`${BANNER}\n`)],
    ['an id without success', ran(`${ID}\n`)],
    ['the id of another server', ran(success.replace('lb.wms', 'evil'))],
    ['two ids', ran(success.replace(ID, `${ID}\n${ID.replace('abc', 'xyz')}`))],
    ['nothing, and a crash', ran('', { code: null, signal: 'SIGSEGV' })],
  ])('when it is %s, then nobody knows', (_, said) => {
    expect(outcomeOf(() => submissionOf(said, OPTIONS))).toBe('unsure')
  })
})

describe('given what glite-wms-job-status printed', () => {
  it.each([
    [block('Done(Success)', 'Exit code:          0'), 'ended', 'Done(Success), exit code 0'],
    [block('Done (Success) ', 'Exit code:          0'), 'ended', 'Done (Success), exit code 0'],
    [block('Done(Exit Code !=0)', 'Exit code:          3'), 'failed', 'Done(Exit Code !=0), exit code 3'],
    [block('Done (Success)', 'Exit code:          3'), 'failed', 'Done (Success), exit code 3'],
    [block('Done(Cancelled)'), 'cancelled', 'Done(Cancelled)'],
    [block('Aborted ', 'Status Reason:      not authorized at the site'), 'failed', 'Aborted, not authorized at the site'],
    [block('Scheduled '), 'queued', 'Scheduled'],
    [block('Cleared'), 'missing', 'Cleared'],
    [block('Done (Unexpected done code: 7 )'), 'unknown', 'Done (Unexpected done code: 7 )'],
    [block('toString'), 'unknown', 'toString'],
  ])('when it is %j, then the state is %s', (text, state, native) => {
    expect(statesIn(ran(text)).get(ID)).toEqual({ state, native })
  })

  it('when it was cut, then what remains of the last answer is none', () => {
    const text = block('Done(Success)', 'Exit code:          3')
    for (let end = 0; end < text.length; end++) expect(statesIn(ran(text.slice(0, end), { isCut: true })).size).toBe(0)
  })

  it('when a reason holds the block of another job, then that proves nothing', () => {
    expect(statesIn(ran(block('Aborted', 'Status Reason:      x', block('Done(Success)')))).get(ID)).toBe('twice')
  })

  it('when it is any text, then it is read without harm', () => {
    fc.assert(
      fc.property(hostileText(LINES), (text) => {
        for (const id of [...statesIn(ran(text)).keys(), ...cancelledIn(text)]) expect(text).toContain(id)
      }),
    )
  })

  it('when it is very long, then it is read in time', () => {
    const begun = performance.now()
    for (const text of ['\n'.repeat(1e6), ' '.repeat(1e6), '\n \t'.repeat(3e5)]) expect(statesIn(ran(text)).size).toBe(0)
    expect(performance.now() - begun).toBeLessThan(5_000)
  })

  it('when a tag was not found, then that counts only if every server was asked', () => {
    const asked = 'Retrieving Information from LB server lb.wms.example:9000\nRetrieving Information from LB server lb2.example:9000\n'
    const none = '**** Warning: API_NATIVE_ERROR ****\nno matching jobs found\n**** Error: LB_API_OPEN_ALL ****\n'
    expect(isNoMatch(asked + none, OPTIONS)).toBe(true)
    expect(isNoMatch(none, OPTIONS)).toBe(false)
    expect(isNoMatch(`${asked}${none}**** Warning: API_NATIVE_ERROR ****\nConnection refused\n`, OPTIONS)).toBe(false)
    expect(isNoMatch(asked, OPTIONS)).toBe(false)
  })

  it('when one of several jobs is not answered, then it is asked alone', async () => {
    const other = ID.replace('abc', 'xyz')
    const run = async (argv: string[]) =>
      argv.includes(ID) ? ran(block('Running')) : ran('', { code: 1, err: 'API_NATIVE_ERROR no matching jobs found' })
    const ctx = { options: OPTIONS, signal: new AbortController().signal, log: () => {}, run }
    const answers = await submitter.status([ID, other, ID.replace('lb.wms', 'evil')], ctx as never)
    expect([...answers.values()].map((answer) => (answer.ok ? answer.value.state : answer.transient))).toEqual(['running', 'missing', true])
  })
})

describe('given a submission that hangs', () => {
  it('when no job of the label was found before, then nobody knows whether there is one now', async () => {
    const empty =
      'Retrieving Information from LB server lb.wms.example:9000\nRetrieving Information from LB server lb2.example:9000\nUI_NO_JOB_FOUND\n'
    const run = async (argv: string[]) => {
      if (argv[0] === 'glite-wms-job-submit') throw new UnsureError('the deadline came')
      return ran(empty, { code: 1 })
    }
    const withFiles = (_: unknown, body: (folder: string) => Promise<unknown>) => body('/tmp/x')
    const ctx = { options: { ...OPTIONS, queue: 'cream-pbs-ops' }, signal: new AbortController().signal, log: () => {}, run, withFiles }
    const job = { label: 'job-1', script: '', site: 'SITE-ONE', endpoint: 'ce.example', vo: 'ops', identity: '/CN=x', lifeSeconds: 60 }
    await expect(submitter.submit(job, ctx as never)).rejects.toThrow(UnsureError)
  })
})

describe('given a request', () => {
  const job = { label: 'job-1', script: '', site: 'SITE-ONE', endpoint: 'ce.example', vo: 'ops', identity: '/CN=x', lifeSeconds: 3600 }

  it('when it is described, then nothing tries it again, and no text leaves its quotes', () => {
    const jdl = describeJob(job, '/tmp/job.sh')
    expect(jdl).toMatch(/RetryCount = 0;\nShallowRetryCount = -1;\nUserTags = \[ job_label = "job-1" \];/)
    fc.assert(
      fc.property(anyText, (text) => {
        if (!/\p{Cc}/u.test(text)) expect(JSON.parse(quote(text))).toBe(text)
      }),
    )
    expect(() => quote('a\nb')).toThrow()
  })

  it.each([
    ['ce.example:8443/cream-pbs-ops', 'ce.example:8443/cream-pbs-ops'],
    ['https://ce.example:2119/jobmanager-lcgpbs-ops', 'ce.example:2119/jobmanager-lcgpbs-ops'],
    ['ce.example', undefined],
    ['ce.example:8443/cream-pbs', undefined],
  ])('when the endpoint is %s, then the CEId is %s', (endpoint, ceId) => {
    expect(ceIdOf({ ...job, endpoint }, OPTIONS)).toMatchObject(
      ceId === undefined ? { ok: false, transient: false } : { ok: true, value: ceId },
    )
  })

  it('when the gate asks, then server and bookkeeping are named', () => {
    expect(submitter.reaches?.(OPTIONS)).toEqual([OPTIONS.server, ...OPTIONS.lb])
  })
})
