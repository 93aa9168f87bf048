import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findContact, gatekeeperOf, isSameSite, readNativeId } from '../../submitters/globus/contact.ts'
import { readFault, readProbe } from '../../submitters/globus/errors.ts'
import { readTraces, statusFrom } from '../../submitters/globus/look.ts'
import { jobRsl, quoteRsl } from '../../submitters/globus/rsl.ts'
import { GlobusOptions } from '../../submitters/globus/schema.ts'

const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`../../submitters/globus/fixtures/${name}`, import.meta.url)), 'utf8')
const ran = (code: number, { out = '', err = '' }) => ({ code, signal: null, out, err, isCut: false })
const anyText = fc.string({ unit: 'binary', maxLength: 500 })

describe('given what globusrun said when it failed', () => {
  it.each([
    ['denied-user.err', 7, 'no'],
    ['unknown-jobmanager.err', 93, 'no'],
    ['failed-submit.err', 5, 'no'],
    ['dead-host.err', 12, 'again'],
    ['expired-proxy.err', 254, 'ours'],
    ['no-proxy.err', 254, 'ours'],
    ['untrusted.err', 7, 'ours'],
    ['too-long.err', 10, 'unsure'],
  ])('when it is %s with %i, then it means: %s', (name, code, meaning) => {
    expect(readFault(ran(code, { err: fixture(name) }))).toMatchObject({ meaning, number: code, words: expect.stringMatching(/^[^\n]+$/) })
  })

  it('when the number is in no list, then the job may have been begun', () => {
    for (const number of [3, 10, 79, 110, 111, 126, 200]) expect(readFault(ran(number, {})).meaning).toBe('unsure')
  })
})

describe('given what an authentication test said', () => {
  it.each([
    ['auth-ok.out', 'accepted'],
    ['auth-denied.out', 'refused'],
    ['auth-dead.out', 'unreachable'],
    ['auth-revoked.out', 'unknown'],
    ['auth-untrusted.out', 'unknown'],
    ['auth-other-name.out', 'unknown'],
  ])('when it is %s, then the access is %s', (name, access) => {
    expect(readProbe(ran(access === 'accepted' ? 0 : 1, { out: fixture(name) }))).toEqual({
      access,
      words: expect.stringMatching(/^[^\n]{5,300}$/),
    })
  })

  it('when it is any text, then nobody is let in or refused by it', () => {
    fc.assert(
      fc.property(anyText, (out) => {
        expect(readProbe(ran(1, { out })).access).toBe('unknown')
      }),
    )
  })
})

describe('given a text for RSL', () => {
  it('when it is quoted, then a reader of RSL 1.0 gets it back', () => {
    fc.assert(
      fc.property(
        anyText.filter((text) => !text.includes('\0')),
        (text) => {
          const quoted = quoteRsl(text)
          expect(quoted).toMatch(/^"([^"]|"")*"$/)
          expect(quoted.slice(1, -1).replaceAll('""', '"')).toBe(text)
        },
      ),
    )
    expect(() => quoteRsl('a\0b')).toThrow('NUL')
  })

  it('when it is a script, then the request holds it whole, with the time in minutes and the queue', () => {
    const request = { label: 'l', site: 'S', endpoint: 'h', vo: 'v', identity: '/CN=x', lifeSeconds: 61 }
    fc.assert(
      fc.property(anyText, (script) => {
        const rsl = jobRsl({ ...request, script }, '# why\necho "x"\n', GlobusOptions.parse({ queue: 'long' }))
        expect(rsl).toMatch(/^&\(executable=\/bin\/sh\)\(arguments="-c" "eval .*"\)\(environment=\(SSC_LABEL "l"\) \(SSC_RUN "[^\n]*\n$/)
        expect(rsl).toContain(`(SSC_RUN "${Buffer.from('echo "x"\n').toString('base64')}")`)
        expect(rsl).toContain('(max_wall_time=2)(queue="long")')
        const packed = /SSC_JOB "([A-Za-z0-9+/=]+)"/.exec(rsl)?.[1] ?? ''
        expect(gunzipSync(Buffer.from(packed, 'base64')).toString()).toBe(Buffer.from(script).toString())
      }),
    )
  })

  it('when a queue is hostile, then the options are refused', () => {
    for (const queue of ['', 'a b', 'a)(executable=/bin/x', '"', '-q', '$(HOME)'])
      expect(GlobusOptions.safeParse({ queue }).success).toBe(false)
  })
})

describe('given contacts', () => {
  it.each([
    ['ce.site.example', 'ce.site.example:2119', 'jobmanager'],
    ['ce.site.example:12119/jobmanager-pbs', 'ce.site.example:12119', 'jobmanager-pbs'],
    ['https://ce.site.example:2119/jobmanager-fork', 'ce.site.example:2119', 'jobmanager-fork'],
    ['127.0.0.1:2119/', '127.0.0.1:2119', 'jobmanager'],
  ])('when an endpoint is %s, then it is %s', (endpoint, address, service) => {
    expect(gatekeeperOf(endpoint, 'jobmanager')).toMatchObject({ address, service })
  })

  it('when an endpoint or a native id is any text, then nothing but an address gets out of it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const gatekeeper = gatekeeperOf(text, 'jobmanager')
        if (gatekeeper)
          expect(`${gatekeeper.address}/${gatekeeper.service}`).toMatch(/^[A-Za-z0-9][A-Za-z0-9.-]*:\d{1,5}\/[A-Za-z0-9][A-Za-z0-9._-]*$/)
        expect(readNativeId(text)).toBeUndefined()
      }),
    )
  })

  it('when a job was made, then its contact is found in the output, and read back from the native id', () => {
    const contact = findContact(fixture('submit-ok.out'))
    expect(contact?.host).toBe('localhost')
    expect(readNativeId(`${contact?.job}#localhost:2119/jobmanager`)?.key).toMatch(/^\d+\.\d+$/)
    for (const id of [
      `${contact?.job}`,
      `${contact?.job}#h:1/x -k`,
      `${contact?.job}#`,
      `${contact?.job}#h:1`,
      `-k#h:1/x`,
      `${contact?.job}\n#h:1/x`,
    ])
      expect(readNativeId(id)).toBeUndefined()
  })

  it.each([
    ['ce.site.example', 'ce.site.example', true],
    ['ce01.site.example', 'ce.site.example', true],
    ['CE.Site.example', 'ce.site.example', true],
    ['site.example', 'ce.site.example', false],
    ['evil.example', 'ce.example', false],
    ['other.example', 'ce.site.example', false],
    ['evilsite.example', 'ce.site.example', false],
    ['10.0.0.2', '10.0.0.1', false],
    ['localhost', 'localhost', true],
  ])('when the job is on %s and the gatekeeper on %s, then it is followed: %s', (host, gatekeeper, isFollowed) => {
    expect(isSameSite(host, gatekeeper)).toBe(isFollowed)
  })
})

describe('given what a look told', () => {
  it('when it is read, then each job has its trace, and what that proves', () => {
    const traces = [...readTraces(fixture('look.out')).values()]
    expect(traces.map((trace) => statusFrom('DONE', trace))).toEqual([
      { state: 'ended', native: 'DONE, exit 0' },
      { state: 'cancelled', native: 'DONE, ended by SIGTERM' },
      { state: 'unknown', native: 'DONE' },
      { state: 'missing', native: 'DONE, and no trace of it' },
    ])
  })

  it('when a job is gone without a word, or held without a trace, then that proves nothing', () => {
    expect(statusFrom('DONE', { isHeld: false, end: 'begun' }).state).toBe('unknown')
    expect(statusFrom('DONE', { isHeld: true, end: 'none' }).state).toBe('unknown')
    expect(statusFrom('FAILED', { isHeld: false, end: 'none' })).toEqual({ state: 'failed', native: 'FAILED' })
    expect(statusFrom('FAILED', { isHeld: true, end: 'TERM' }).state).toBe('cancelled')
  })

  it('when it is any text, then no job has a trace', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(readTraces(text).size).toBe(0)
      }),
    )
    expect(readTraces('ssc 1.2 gone 0 \nssc 1.2 gone 1000\nssc 1/2 gone 0\n ssc 1.2 gone 0').size).toBe(0)
  })
})
