import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encode, execOf, MAX_PAYLOAD_BYTES, problemOfPayload } from '../../submitters/panda/payload.ts'
import { PandaOptions } from '../../submitters/panda/schema.ts'
import { taskName, taskParameters } from '../../submitters/panda/task.ts'
import { execIn } from '../services/panda/jobs.ts'
import { jobAt } from './panda-rig.ts'

const options = PandaOptions.parse({ server: 'https://panda.example:25443' })
const job = jobAt(options.server)
const label = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/)
/** All that may stand in a script, what a shell reads most of all. */
const script = fc
  .array(
    fc.constantFrom(...'$`\'"\\;&|<>(){}*?!#%~ \n\t', ...'abcXYZ019', '"', "'", '\\', 'SSC_END_', ['$', '{SURL}'].join(''), '%IN', '$(id)'),
  )
  .map((parts) => parts.join(''))

describe('given a script of printable ASCII', () => {
  it('when it is put into the task, then nothing is left that a shell or a template could read, and the pilot gets it back whole', () => {
    fc.assert(
      fc.property(label, script, (name, text) => {
        const request = job(name, text)
        fc.pre(problemOfPayload(request) === undefined)
        const { jobParameters } = taskParameters(request, options)
        const values = (jobParameters as { value: string }[]).map((one) => one.value)
        expect(values.at(-1)).toMatch(/^-p "[A-Za-z0-9_.%-]+"$/)
        expect(execIn(jobParameters)).toBe(execOf(request))
      }),
    )
  })

  it('when a shell runs what the pilot got, then the file holds just the script and it runs with the exit code of its own', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ssc-payload-'))
    const text = `cat ssc-job.sh\nprintf '%s\\n' "$0" "\\$HOME" '"' >&2\nexit 7`
    try {
      execFileSync('/bin/sh', ['-c', execOf(job('job-1', text))], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ status: 7, stdout: `${text}\n`, stderr: 'ssc-job.sh\n$HOME\n"\n' })
      expect(readFileSync(join(folder, 'ssc-job.sh'), 'utf8')).toBe(`${text}\n`)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("when PanDA's transform writes it into a Python program, then Python reads the same text", () => {
    const texts = fc
      .sample(fc.tuple(label, script), { numRuns: 200, seed: 7 })
      .map(([name, text]) => job(name, text))
      .filter((one) => problemOfPayload(one) === undefined)
      .map(execOf)
    const program =
      'import ast,json,sys; t=json.load(sys.stdin); print(json.dumps([ast.literal_eval(\'r""" %s"""\' % x) == " "+x for x in t]))'
    const same = JSON.parse(execFileSync('python3', ['-c', program], { input: JSON.stringify(texts), encoding: 'utf8' }))
    expect(texts.length).toBeGreaterThan(100)
    expect(same).toEqual(texts.map(() => true))
  })
})

describe('given a script that the transform would not carry', () => {
  it.each([
    ['three quotation marks in a row', 'echo """', /"""/],
    ['another character than ASCII', 'echo é', /ASCII/],
    ['a carriage return', 'echo\r\n', /ASCII/],
    ['our own mark', 'echo\nSSC_END_job-1\nrm x\n', /SSC_END_job-1/],
    ['too much', 'x'.repeat(MAX_PAYLOAD_BYTES), /longer/],
    ['too much once it is encoded', ' '.repeat(MAX_PAYLOAD_BYTES / 2), /longer/],
  ])('when it holds %s, then it is told before anything is sent', (_what, text, words) => {
    expect(problemOfPayload(job('job-1', text))).toMatch(words)
  })
})

describe('given any text', () => {
  it('when it is encoded, then decoding gives it back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeURIComponent(encode(text))).toBe(text)
      }),
    )
  })
})

describe('given labels', () => {
  const prefix = fc.stringMatching(/^([A-Za-z0-9][A-Za-z0-9._-]{0,39})?$/)

  it('when they become names of tasks, then different ones stay different, and each is short and harmless', () => {
    fc.assert(
      fc.property(label, label, prefix, (a, b, namePrefix) => {
        fc.pre(a !== b)
        const name = taskName(a, { namePrefix })
        expect(name).toMatch(/^[A-Za-z0-9._-]{1,100}$/)
        expect(taskName(a, { namePrefix })).toBe(name)
        expect(taskName(b, { namePrefix })).not.toBe(name)
      }),
    )
    const long = 'x'.repeat(199)
    expect(taskName(`${long}a`, options)).not.toBe(taskName(`${long}b`, options))
  })
})

describe('given a job', () => {
  it('when its task is made, then the queue, the name as key, one try, the time and the owner stand in it', () => {
    const parameters = taskParameters({ ...job('run-1.a', 'exit 0'), lifeSeconds: 3_601 }, { ...options, vo: 'wlcg:production' })
    expect(parameters).toMatchObject({ site: 'A_QUEUE', taskName: 'run-1.a', uniqueTaskName: true, taskType: 'anal', vo: 'wlcg' })
    expect(parameters).toMatchObject({
      noInput: true,
      nEvents: 1,
      nEventsPerJob: 1,
      maxAttempt: 1,
      disableAutoRetry: 1,
      skipScout: true,
      maxWalltime: 2,
    })
    expect(parameters.cliParams).toContain('label run-1.a; site SITE-ONE; payload owner /DC=example/CN=Mallory Attacker')
    expect(parameters).not.toHaveProperty('transPath')
  })

  it.each([
    ['dataset', { dataset: 'a.log/', container: 'a.log/' }],
    ['local', { dataset: 'a.log', token: 'local' }],
  ] as const)('when its log goes to %s, then the task says so', (log, wanted) => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: PanDA's own placeholder.
    expect(taskParameters(job('a', ''), { ...options, log }).log).toMatchObject({ ...wanted, value: 'a.log.$JEDITASKID.${SN}.log.tgz' })
    expect(taskParameters(job('a', ''), { ...options, log: 'none' })).not.toHaveProperty('log')
  })
})

describe('given options', () => {
  it.each([
    [{}, 'server'],
    [{ server: 'ftp://panda.example' }, 'server'],
    [{ server: 'https://panda.example/api' }, 'server'],
    [{ server: 'https://me:secret@panda.example' }, 'server'],
    [{ server: 'https://panda.example', vo: 'a b' }, 'vo'],
    [{ server: 'https://panda.example', transform: 'https://panda.example/x?y' }, 'transform'],
    [{ server: 'https://panda.example', strange: 1 }, ''],
  ])('when they are %j, then the mistake is told', (given, path) => {
    const read = PandaOptions.safeParse(given)
    expect(read.success).toBe(false)
    expect(read.error?.issues.map((issue) => issue.path.join('.'))).toContain(path)
  })

  it('when the server has a port or a slash behind it, then one address comes of it', () => {
    expect(PandaOptions.parse({ server: 'https://PANDA.example:443/' }).server).toBe('https://panda.example')
  })
})
