import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Ran } from '../../core/domain/reach.ts'
import { answeredJobs, faultOf, foundJobs, selectedIds, submittedId } from '../../submitters/dirac/command-words.ts'
import { isOver, nativeOf, STATES, stateOf } from '../../submitters/dirac/states.ts'
import { STATES as MACHINE } from '../services/diracx/machine.ts'

function said(out: string, code = 0): Ran {
  return { code, signal: null, out, err: '', isCut: false }
}

describe('given what dirac-wms-select-jobs says', () => {
  it('when jobs are found, then their ids are told', () => {
    expect(selectedIds(said('==> Selected 2 jobs with conditions: JobGroup = a, Date = b\n11,12\n'))).toEqual(['11', '12'])
  })

  it('when there are none, then there are none, though it calls that an error', () => {
    const none =
      "Can't select jobs:  No jobs selected for conditions: {'JobGroup': 'a'}\nNo jobs were selected with conditions: JobGroup = a\n"
    expect(selectedIds(said(none))).toEqual([])
  })

  it.each([
    "Can't select jobs:  Can't connect to dips://dirac.example:9130\nNo jobs were selected with conditions: JobGroup = a\n",
    "Can't select jobs:  Unauthorized query ( 1111 : )\nNo jobs were selected with conditions: JobGroup = a\n",
    '',
    'Traceback (most recent call last):\n',
  ])('when it could not ask (%j) and ends with 0 all the same, then it is not taken for none', (out) => {
    expect(() => selectedIds(said(out))).toThrow()
  })

  it('when it says anything at all, then nothing but ids comes of it', () => {
    const line = fc.constantFrom(
      '==> Selected 1 jobs with conditions: a',
      '1,2',
      ',,',
      'No jobs were selected',
      '0',
      '-3',
      "Can't select jobs:",
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string())), fc.integer({ min: 0, max: 3 }), (lines, code) => {
        let ids: string[] = []
        try {
          ids = selectedIds(said(lines.join('\n'), code))
        } catch {}
        for (const id of ids) expect(id).toMatch(/^[1-9][0-9]{0,9}$/)
      }),
    )
  })
})

describe('given what dirac-wms-job-status says', () => {
  it('when a job writes a state into its own application status, then the true one counts', () => {
    const line = 'JobID=2 Status=Running; MinorStatus=Application; ApplicationStatus=x; Status=Done; Site=LCG.EXAMPLE.org; \n'
    expect(foundJobs(line).get('2')).toEqual({ id: '2', status: 'Running', minor: 'Application', application: 'x' })
  })

  it('when there are several jobs, and noise, then each job is told once', () => {
    const jobs = foundJobs(
      '2026-11-22 UTC Framework WARN: x\nJobID=2 Status=Done; MinorStatus=Execution Complete; Site=X; \nJobID=3 Status=Failed; \nJobID=2 Status=Killed; \n',
    )
    expect([...jobs.values()].map(({ id, status }) => [id, status])).toEqual([
      ['2', 'Done'],
      ['3', 'Failed'],
    ])
  })

  it('when an id is left out, then it is not known; but not when something went wrong', () => {
    const two = 'JobID=2 Status=Done; MinorStatus=An error; Site=X; \n'
    expect([...answeredJobs(said(two), ['2', '3']).keys()]).toEqual(['2'])
    expect([...answeredJobs(said(`WARN: some error\n${two}`), ['2']).keys()]).toEqual(['2'])
    expect(answeredJobs(said(''), ['2']).size).toBe(0)
    for (const bad of [said('ERROR: no answer\n', 2), said('', 1), said('Error while updating\n'), said(`${two}Traceback\n`)])
      expect(() => answeredJobs(bad, ['2', '3'])).toThrow()
  })

  it('when it says anything at all, then it is read without a fault', () => {
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => foundJobs(`JobID=1 ${text}`).size <= 1))
  })
})

describe('given what dirac-wms-job-submit says', () => {
  it.each([
    ['JobID = 11\n', '11'],
    ['WARN: x\nJobID = 11\n', '11'],
    ['JobID = [11, 12]\n', undefined],
    ['JobID = 0\n', undefined],
    ['ERROR a.jdl: JobID = x\n', undefined],
  ])('when it is %j, then the id is %s', (out, id) => {
    expect(submittedId(out)).toBe(id)
  })
})

describe('given a message of DIRAC', () => {
  it.each([
    ['Unauthorized query ( 1111 : )', 'refused'],
    ["Can't find proxy ( 1101 : )", 'credential'],
    ['Proxy expired', 'credential'],
    ["Can't connect to dips://x: Connection refused", 'unreachable'],
    ['Invalid job description ( 1501 : x)', 'description'],
    ['the RPC call timed out', 'other'],
  ] as const)('when it is %s, then the fault is %s', (words, fault) => {
    expect(faultOf(words)).toBe(fault)
  })
})

describe('given the states of DIRAC', () => {
  it('when it has a state, then it is in the table, and the table has no other', () => {
    expect(Object.keys(STATES).sort()).toEqual([...MACHINE].sort())
  })

  it('when a word is new, or a name of JavaScript, then it is unknown and not over', () => {
    for (const status of ['Pondering', 'constructor', '__proto__', '']) {
      expect(stateOf({ id: '1', status })).toBe('unknown')
      expect(isOver({ id: '1', status })).toBe(false)
    }
  })

  it('when there are several words, then all are told on one line', () => {
    expect(nativeOf({ id: '1', status: 'Failed', minor: 'Stalling\nx', application: 'code 3' })).toBe('Failed: Stalling x (code 3)')
  })
})
