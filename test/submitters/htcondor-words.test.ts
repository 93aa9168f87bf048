import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultIn, readJobs, readPing, readRemovals, readSubmitted } from '../../submitters/htcondor/answer.ts'
import { describeJob, quoteInExpression, quoteValue } from '../../submitters/htcondor/describe.ts'
import { readEndpoint, readNativeId } from '../../submitters/htcondor/place.ts'
import { HtcondorOptions } from '../../submitters/htcondor/schema.ts'
import { requestOf } from './htcondor-rig.ts'

const options = HtcondorOptions.parse({})
const printable = fc.string({ unit: fc.constantFrom(...'ab"$()\\\n\r\0 =+,;é\u2028#'), maxLength: 30 })

/** As condor_submit reads a string: the macros first, then the ClassAd literal. */
function readBack(quoted: string): string {
  const expanded = quoted.replaceAll(/\$\(DOLLAR\)|\$\(\w*\)|\$ENV\(\w*\)/g, (macro) => (macro === '$(DOLLAR)' ? '$' : '<expanded>'))
  return expanded.slice(1, -1).replaceAll('\\"', '"')
}

describe('given a value for a submit description', () => {
  it('when it is anything, then it comes back as it was or is refused', () => {
    fc.assert(
      fc.property(printable, (text) => {
        let quoted: string
        try {
          quoted = quoteValue(text)
        } catch {
          expect(text).toMatch(/[\p{Cc}\\\u2028]|\$\$/u)
          return
        }
        expect(quoted).not.toMatch(/[\r\n\0]/)
        expect(readBack(quoted)).toBe(text)
      }),
    )
  })

  it.each([
    ['$(HOST)', '"$(DOLLAR)(HOST)"'],
    ['$ENV(HOME)', '"$(DOLLAR)ENV(HOME)"'],
    ['say "a"', '"say \\"a\\""'],
  ])('when it is %s, then it is written %s', (text, quoted) => {
    expect(quoteValue(text)).toBe(quoted)
  })

  it.each(['a\nqueue 1000', 'a\\', '$$(Name)', 'a\0b'])('when it is %j, then it is refused', (text) => {
    expect(() => quoteValue(text)).toThrow('no safe spelling')
  })

  it('when it stands in an expression, then nothing ends the string early', () => {
    expect(quoteInExpression('x" || true || "')).toBe('"x\\" || true || \\""')
    expect(() => quoteInExpression('x\\" || true')).toThrow('no safe spelling')
  })

  it('when a job is described, then each line is one command and the label is found by its attribute', () => {
    const job = { ...requestOf('ce.example')('ssc-run1-SITE-ONE', ''), lifeSeconds: 3_600 }
    const lines = describeJob({ job, folder: '/srv/jobs/a', site: { attribute: 'DESIRED_Sites', name: 'T2_XX_One' } })
      .trimEnd()
      .split('\n')
    expect(lines.filter((line) => !/^(\+?[A-Za-z_]+ = .+|queue 1)$/.test(line))).toEqual([])
    expect(lines).toContain('+SscLabel = "ssc-run1-SITE-ONE"')
    expect(lines).toContain('+DESIRED_Sites = "T2_XX_One"')
    expect(lines).toContain('+maxWallTime = 61')
  })
})

describe('given hostile output', () => {
  const lines = fc.array(fc.oneof(fc.string(), fc.constantFrom('1.0 - 1.0', '1.0 2 0 0 false 0 0 x', 'Job 1.0 not found', '-- Failed')), {
    maxLength: 20,
  })

  it('when it is read, then nothing is thrown and no id is made up', () => {
    fc.assert(
      fc.property(lines, (given) => {
        const text = given.join('\n')
        const told = text.split('\n')
        const id = readSubmitted(text)
        if (id !== undefined) expect(told.filter((line) => line === `${id} - ${id}`)).toHaveLength(1)
        for (const job of readJobs(text).keys()) expect(told.some((line) => line.trim().startsWith(`${job} `))).toBe(true)
        for (const job of readRemovals(text).keys()) expect(text).toContain(job)
        readPing(text)
        faultIn(text)
      }),
    )
  })

  it.each(['', '1.0 - 2.0', '1.0 - 1.4', 'x1.0 - 1.0', '1.0 - 1.0\n2.0 - 2.0', '0.0 - 0.0', '1 job(s) submitted to cluster 1.'])(
    'when condor_submit says %j, then there is no id',
    (text) => {
      expect(readSubmitted(text)).toBeUndefined()
    },
  )

  it('when a state is not in the table, then it is unknown and not guessed', () => {
    const jobs = readJobs(
      '1.0 99 0 0 false 0 0 undefined\n2.0 4 undefined undefined undefined undefined undefined undefined\n3.0 constructor 0 0 0 0 0 0\n',
    )
    expect([...jobs.values()].map(({ state }) => state)).toEqual(['unknown', 'unknown', 'unknown'])
  })

  it.each([
    ['AUTHENTICATE:1003:Failed to authenticate with any method|AUTHENTICATE:1004:Failed to authenticate using SSL', 'denied'],
    ['SECMAN:2010:Received "DENIED" from server for user mallory using method SCITOKENS.', 'denied'],
    [
      'AUTHENTICATE:1003:Failed to authenticate with any method|GSI:5002:the remote (client) side was not able to acquire its credentials.',
      'ours',
    ],
    ['CEDAR:6001:Failed to connect to <192.0.2.1:9619>', 'unreachable'],
    ['ERROR: on Line 3 of submit file', undefined],
  ])('when it complains %j, then the fault is %s', (words, fault) => {
    expect(faultIn(words)).toBe(fault)
  })
})

describe('given ids and endpoints', () => {
  it('when an id is anything, then it names one job of one queue or nothing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl(), fc.constant('condor://ce.example:9619/1.0')), (id) => {
        const read = readNativeId(id, options)
        if (read) expect(`${read.queue.key}/${read.job}`).toBe(id)
      }),
    )
  })

  it('when an endpoint has no port, then it is 9619', () => {
    expect(readEndpoint('ce.example', options)).toEqual({ pool: 'ce.example:9619', name: 'ce.example', key: 'condor://ce.example:9619' })
    expect(readEndpoint('condor://ce.example:9620/', options)?.pool).toBe('ce.example:9620')
  })

  it('when only one of pool and schedd is given, then the options are refused', () => {
    expect(HtcondorOptions.safeParse({ pool: 'cm.vo.example' }).success).toBe(false)
    expect(HtcondorOptions.safeParse({ folder: '/srv/../etc' }).success).toBe(false)
  })
})
