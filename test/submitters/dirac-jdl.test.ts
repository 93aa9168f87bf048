import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Label } from '../../core/domain/submitter.ts'
import { attribute, jdlOf, jobName, labelGroup, runGroup } from '../../submitters/dirac/jdl.ts'
import { readJdl } from '../services/diracx/jdl.ts'
import { jobThrough } from './dirac-rig.ts'

const job = jobThrough('https://diracx.example')
const label = fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/)

/** What the payload would see of the script: JobWrapper.py takes what stands between the first and the second `=`. */
function scriptIn(jdl: string): string {
  const variable = readJdl(jdl)?.ExecutionEnvironment ?? ''
  return Buffer.from(decodeURIComponent(variable.split('=')[1] ?? ''), 'base64').toString('utf8')
}

describe('given any script', () => {
  it('when it travels in the JDL, then exactly that script comes out, and nothing else of the JDL is changed by it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 2_000 }), label, (script, name) => {
        const jdl = jdlOf({ job: job(name, script), group: runGroup(name), jobType: 'User', carrier: { embedded: true } })
        expect(scriptIn(jdl)).toBe(Buffer.from(script).toString('utf8'))
        const { ExecutionEnvironment, ...others } = readJdl(jdl) ?? {}
        expect(others).toEqual({
          JobName: jobName(name),
          JobGroup: runGroup(name),
          JobType: 'User',
          Site: 'LCG.EXAMPLE.org',
          CPUTime: '600',
          Executable: '/bin/sh',
          Arguments:
            "-c 'umask 077 && echo $SSC_SCRIPT | base64 -d > ssc.sh && unset SSC_SCRIPT && timeout -k 30 600 /bin/sh ssc.sh 2>&1 || exit 1'",
          StdOutput: 'ssc.out',
          StdError: 'ssc.out',
          OutputSandbox: 'ssc.out',
        })
      }),
    )
  })

  it('when it is too long for that, then it is refused with what to do', () => {
    const long = job('job-1', 'x'.repeat(64 * 1024 + 1))
    expect(() => jdlOf({ job: long, group: 'g', jobType: 'User', carrier: { embedded: true } })).toThrow(/set the option sandboxStore/)
    expect(jdlOf({ job: long, group: 'g', jobType: 'User', carrier: { sandbox: '/tmp/x/ssc.sh' } })).toContain(
      'InputSandbox = "/tmp/x/ssc.sh";',
    )
  })
})

describe('given any value of a JDL', () => {
  it('when it is taken, then it is read back as itself; else it is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (value) => {
        let line: string
        try {
          line = attribute('Name', value)
        } catch {
          return
        }
        expect(readJdl(`[\n${line}\n]`)).toEqual({ Name: value })
      }),
    )
  })

  it.each(['', ' a', 'a ', 'a"b', 'a;b', '[a', 'a]', '{a}', 'a,b', 'a\\b', 'a\nb', '%j', '100%', 'é', 'a\0b', '#'])(
    'when it is %j, then it is refused',
    (value) => {
      expect(() => attribute('Name', value)).toThrow('a JDL cannot hold this Name')
    },
  )
})

describe('given any label', () => {
  it('when it is named in DIRAC, then the names fit its columns and tell labels apart', () => {
    fc.assert(
      fc.property(label, label, (one, other) => {
        expect(Label.safeParse(one).success).toBe(true)
        for (const [name, most] of [
          [jobName(one), 128],
          [runGroup(one), 32],
          [labelGroup(one), 32],
        ] as const)
          expect(name.length).toBeLessThanOrEqual(most)
        expect(labelGroup(one)).toMatch(/^ssc-[0-9a-f]{28}$/)
        if (one !== other) expect([jobName(one), labelGroup(one)]).not.toEqual([jobName(other), labelGroup(other)])
      }),
    )
  })

  it('when two long ones differ at their ends only, then their names differ', () => {
    const long = 'x'.repeat(190)
    expect(jobName(`${long}-a`)).not.toBe(jobName(`${long}-b`))
  })

  it('when it is the core’s, then the group is the run', () => {
    expect(runGroup('ssc-ssc6-cms-1a2b3c4d-SITE-A')).toBe('ssc-ssc6-cms-1a2b3c4d')
    expect(runGroup('ssc-a-scenario-with-a-very-long-name-1a2b3c4d-SITE-A')).toMatch(/^ssc-a-scenario-[0-9a-z-]{17}$/)
    expect(runGroup('job-1')).toBe('job-1')
  })
})
