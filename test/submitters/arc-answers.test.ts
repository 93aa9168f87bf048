import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UnsureError } from '../../core/domain/errors.ts'
import { createdIn, infoIn, jobsIn, statusIn, versionsIn } from '../../submitters/arc/answers.ts'
import { jobOf, nativeIdOf, serviceOf } from '../../submitters/arc/endpoint.ts'
import { hasEnded } from '../../submitters/arc/probe.ts'
import { STATES, stateOf } from '../../submitters/arc/states.ts'
import { quoted, xrslOf } from '../../submitters/arc/xrsl.ts'

function answer(body: string, status = 201) {
  return { status, headers: {}, body, isCut: false }
}

function recorded(name: string) {
  return answer(readFileSync(new URL(`../../submitters/arc/fixtures/${name}.txt`, import.meta.url), 'utf8'))
}

function statusOf(body: string) {
  const [entry] = jobsIn(answer(body))
  return statusIn(entry)
}

describe('given recorded answers of A-REX', () => {
  it('when one job, several or none are told, then it is a list all the same', () => {
    expect(jobsIn(recorded('status-one')).map(({ state }) => state)).toEqual(['RUNNING'])
    expect(jobsIn(recorded('status-two')).map(({ state }) => state)).toEqual(['RUNNING', 'RUNNING'])
    expect(jobsIn(recorded('list')).map(({ id }) => id?.length)).toEqual([54, 54])
    expect(jobsIn(recorded('list-filter'))).toHaveLength(5)
    for (const body of ['', ' \n', '""', '{}', '{"job":[]}', '{"job":""}']) expect(jobsIn(answer(body))).toEqual([])
  })

  it('when a job was made, then its id is told; when it was not, then why', () => {
    expect(createdIn(recorded('created'))).toEqual({ ok: true, value: 'U7DLDm11FpAoOSAtDmABFKDmABFKDmABFKDmnaMKDmBBFKDmhh7YDo' })
    expect(createdIn(recorded('bad-description'))).toEqual({ ok: false, transient: false, reason: 'emies:adl parsing error' })
    expect(createdIn(recorded('bad-queue'))).toMatchObject({ ok: false, transient: false, reason: expect.stringContaining('queue nosuch') })
  })

  it('when a job is unknown, then it is missing; when it failed, then its exit code and error are told', () => {
    expect(statusIn(jobsIn(recorded('status-unknown'))[0])).toEqual({ ok: true, value: { state: 'missing', native: 'Job not found' } })
    const info = infoIn(jobsIn(recorded('info-failed'))[0]!)
    expect(info).toEqual({ name: 'lab-1', exitCode: 3, error: expect.stringContaining('wrong exit code - 3') })
    const [failed] = jobsIn(answer('{"job":{"status-code":"200","reason":"OK","id":"a","state":"FAILED"}}'))
    expect(statusIn(failed, info)).toMatchObject({
      value: { state: 'failed', native: expect.stringMatching(/^FAILED, exit code 3: LRMS/) },
    })
    expect(infoIn(jobsIn(recorded('info-accepted'))[0]!)).toEqual({ name: 'exercise' })
    expect(infoIn(jobsIn(recorded('info-unknown'))[0]!)).toEqual({})
  })

  it('when a kill or a clean was queued, then each job has its own code', () => {
    const codes = ['kill', 'clean', 'kill-unknown'].map((name) => jobsIn(recorded(name))[0]?.['status-code'])
    expect(codes).toEqual(['202', '202', '404'])
  })

  it('when one version is offered or more, then they are a list', () => {
    expect(versionsIn(recorded('versions'))).toEqual(['1.0'])
    expect(versionsIn(answer('{"version":["1.0","1.1"]}'))).toEqual(['1.0', '1.1'])
  })
})

describe('given answers that are not as they should be', () => {
  it('when it is no JSON, no object or cut, then it is not known what it says', () => {
    for (const body of ['<html>', 'null', '7', '[', '{"job":7}', '{"job":[{"id":{}}]}'])
      expect(() => jobsIn(answer(body)), body).toThrow(UnsureError)
    expect(() => jobsIn({ body: '{"job":[]}', isCut: true })).toThrow(UnsureError)
  })

  it('when no job, two jobs, a job without an id or one with a hostile id was made, then it is not known what was made', () => {
    const one = '{"status-code":"201","id":"a"}'
    const bodies = ['', '{}', `{"job":[${one},${one}]}`, '{"job":{"status-code":"201"}}', '{"job":{"status-code":"201","id":"../x"}}']
    for (const body of bodies) expect(() => createdIn(answer(body)), body).toThrow(UnsureError)
  })

  it('when there is no room now, then it may be tried again', () => {
    const body = '{"job":{"status-code":"500","reason":"No more jobs allowed"}}'
    expect(createdIn(answer(body))).toEqual({ ok: false, transient: true, reason: 'No more jobs allowed' })
  })

  it('when one job could not be asked, then that is no state', () => {
    expect(statusOf('{"job":{"status-code":"500","reason":"busy","id":"a"}}')).toEqual({ ok: false, transient: true, reason: '500 busy' })
    expect(statusOf('{"job":{"status-code":200,"id":"a","state":"RUNNING"}}')).toMatchObject({ value: { state: 'running' } })
    expect(statusIn(undefined)).toMatchObject({ value: { state: 'missing' } })
  })

  it('when a job is said to be finished with another exit code than 0, then it failed', () => {
    const [entry] = jobsIn(answer('{"job":{"status-code":"200","id":"a","state":"FINISHED"}}'))
    expect(statusIn(entry, { exitCode: 2 })).toEqual({ ok: true, value: { state: 'failed', native: 'FINISHED, exit code 2' } })
    expect(statusIn(entry, { exitCode: 0 })).toEqual({ ok: true, value: { state: 'ended', native: 'FINISHED, exit code 0' } })
  })

  it('when anything comes, then it is read or not known, and nothing else', () => {
    const bodies = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object({ key: fc.constantFrom('job', 'id', 'state') }).map((one) => JSON.stringify(one)),
    )
    fc.assert(
      fc.property(bodies, (body) => {
        try {
          for (const entry of jobsIn(answer(body))) {
            statusIn(entry, infoIn(entry))
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UnsureError)
        }
      }),
    )
  })
})

describe('given words of states', () => {
  it('when they are all read, then none that ends is taken for another, and a strange one is unknown', () => {
    const of = (state: string) => Object.keys(STATES).filter((word) => stateOf(word) === state)
    expect([of('ended'), of('failed'), of('cancelled'), of('missing')]).toEqual([['FINISHED'], ['FAILED'], ['KILLED'], ['WIPED', 'None']])
    for (const word of ['', 'running', 'constructor', '__proto__', 'DONE']) expect(stateOf(word)).toBe('unknown')
  })
})

describe('given endpoints', () => {
  it.each([
    ['https://ce.site.example/arex', 'https://ce.site.example:443/arex', undefined],
    ['https://CE.site.example:8443/arex/', 'https://ce.site.example:8443/arex', undefined],
    ['https://ce.site.example:443/arex/rest', 'https://ce.site.example:443/arex', undefined],
    ['https://ce.site.example:443/arex/rest/1.0', 'https://ce.site.example:443/arex', '1.0'],
    ['https://ce.site.example:443/arex/rest/1.1/', 'https://ce.site.example:443/arex', '1.1'],
    ['ce.site.example', 'https://ce.site.example:443/arex', undefined],
    ['ce.site.example:60000', 'https://ce.site.example:60000/arex', undefined],
  ])('when it is %s, then A-REX is there', (endpoint, arex, version) => {
    expect(serviceOf(endpoint)).toEqual(version === undefined ? { arex } : { arex, version })
  })

  it('when a native id was given, then it is read again, and nothing else is', () => {
    const rest = { arex: 'https://ce.site.example:443/arex', version: '1.0' } as const
    expect(jobOf(nativeIdOf(rest, 'aB_3-x'))).toEqual({ ...rest, id: 'aB_3-x' })
    for (const id of ['', '..', 'a/b', 'a?b', 'a b', 'é', 'x'.repeat(201)]) expect(jobOf(nativeIdOf(rest, id))).toBeUndefined()
    fc.assert(fc.property(fc.string(), (text) => jobOf(text) === undefined))
  })
})

describe('given a job description', () => {
  /** Reads strings as xRSL has them. */
  const stringsIn = (text: string) => [...text.matchAll(/"((?:[^"]|"")*)"/g)].map(([, inner = '']) => inner.replaceAll('""', '"'))

  it('when any text is written, then it is read as the same, and a control character is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: just these are refused
        if (/[\u0000-\u001f\u007f]/.test(text)) expect(() => quoted(text)).toThrow('control character')
        else expect(stringsIn(`(a=${quoted(text)})`)).toEqual([text])
      }),
    )
  })

  it('when it is made, then it says all that the site must know', () => {
    expect(xrslOf({ label: 'job-1', lifeSeconds: 600 }, { queue: 'long', delegation: 'abc' })).toBe(
      '&(executable="/bin/sh")(arguments="job.sh")(stdout="out")(stderr="out")(jobname="job-1")(walltime="660 seconds")' +
        '(queue="long")(delegationid="abc")(inputFiles=("job.sh" ""))(outputFiles=("out" ""))',
    )
    expect(xrslOf({ label: 'job-1', lifeSeconds: 0.5 }, {})).toContain('(walltime="61 seconds")(inputFiles')
  })
})

describe('given our own token', () => {
  const token = (claims: unknown) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`

  it('when it tells its end, then it is known whether it has run out; else it is taken as good', () => {
    expect(hasEnded(token({ exp: 100 }), 100_000)).toBe(true)
    expect(hasEnded(token({ exp: 101 }), 100_000)).toBe(false)
    for (const text of ['', 'opaque', 'a.b.c', token(null), token({ exp: 'x' })]) expect(hasEnded(text, 1e15)).toBe(false)
  })
})
