import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PermanentError, TransientError } from '../../core/domain/errors.ts'
import { PakitiOptions } from '../../core/domain/pakiti.ts'
import { askPakiti, readPakiti } from '../../core/io/pakiti.ts'

const fixture = (name: string) => readFileSync(new URL(`fixtures/pakiti/${name}`, import.meta.url), 'utf8')
const HEADER = 'tag,cve,site,host,os,arch,last_report\n'
const LINE = 'Critical,CVE-1,DE-ONE,wn,CentOS,x86_64,"2027-01-12 03:10:00"\n'

describe("given an answer of Pakiti's", () => {
  test('when read, then each line is a host with a vulnerability, dated by the clock of its server', () => {
    const lines = readPakiti(fixture('hosts.csv'), 'UTC')
    expect(lines).toHaveLength(5)
    expect(lines[0]).toEqual({
      tag: 'Critical',
      cve: 'CVE-2027-10001',
      site: 'DE-ONE',
      host: 'wn01.one.de.example',
      reportedMs: Date.parse('2027-01-12T03:10:00Z'),
    })
    expect(lines[4]).toMatchObject({ site: 'FR-TWO', host: 'odd "name", of a host' })
    expect(readPakiti(fixture('hosts.csv'), 'Europe/Prague')[0]?.reportedMs).toBe(Date.parse('2027-01-12T02:10:00Z'))
    expect(readPakiti(HEADER, 'UTC')).toEqual([])
  })

  test.each([
    ['an empty page', '', /not the table/],
    ['a login page', '<!DOCTYPE html>\n<html><head><title>Log in</title></head></html>', /not the table|CSV/],
    ['the table of an older version', fixture('older.csv'), /not the table/],
    ['a warning of PHP before it', `<br />\n<b>Warning</b>: x in y\n${HEADER}${LINE}`, /not the table|CSV/],
    ['a line that is cut off', `${HEADER}${LINE}Critical,CVE-1,DE-ONE`, /CSV/],
    ['a quotation that never ends', `${HEADER}Critical,CVE-1,DE-ONE,"wn,CentOS,x86_64,2027-01-12 03:10:00\n`, /CSV/],
    ['a date of another form', `${HEADER}${LINE}${LINE.replace('2027-01-12 03:10:00', '12 Jan 2027')}`, /line 3 of/],
    ['a date that is none', `${HEADER}${LINE.replace('2027-01-12', '2027-13-45')}`, /line 2 of/],
    ['a line without a host', `${HEADER}${LINE.replace(',wn,', ',,')}`, /line 2 of/],
    ['a cell that is far too long', `${HEADER}${LINE.replace('wn', 'w'.repeat(20_000))}`, /CSV/],
    ['too many lines', `${HEADER}${LINE.repeat(10_001)}`, /more than 10000 lines/],
  ])('when it is %s, then it is refused altogether', (_, body, words) => {
    expect(() => readPakiti(body, 'UTC')).toThrow(PermanentError)
    expect(() => readPakiti(body, 'UTC')).toThrow(words)
  })

  test('when it is any text at all, then lines come or it is refused, and nothing else happens', () => {
    const piece = fc.constantFrom(HEADER, LINE, '"', ',', '\n', '\\', '\0', 'é', '2027-01-12 03:10:00', '=1+1')
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 30 }), (pieces) => {
        try {
          for (const one of readPakiti(pieces.join(''), 'UTC')) expect(Number.isFinite(one.reportedMs)).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(PermanentError)
        }
      }),
    )
  })
})

describe('given a Pakiti server', () => {
  type Handler = (url: URL, response: ServerResponse, request: IncomingMessage) => void
  let server: Server
  let handler: Handler
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ssc-pakiti-'))
    server = createServer((request, response) => handler(new URL(request.url!, 'http://x.example'), response, request))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })

  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
    rmSync(folder, { recursive: true })
  })

  function ask(more: object = {}, { signal = AbortSignal.timeout(20_000), days = 2 } = {}) {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/pakiti/`
    return askPakiti(PakitiOptions.parse({ url, ...more }), folder, { site: 'DE-ONE', days, signal })
  }

  test('when asked, then it is asked for the site, for so many days, as its own code reads it', async () => {
    const asked: string[] = []
    handler = (url, response, request) => {
      asked.push(`${request.method} ${url.pathname}${url.search}`)
      response.setHeader('content-type', 'text/csv; charset=utf-8').end(fixture('hosts.csv'))
    }
    expect(await ask()).toHaveLength(5)
    await ask({ tag: 'EGI-Critical', cve: 'CVE-1' }, { days: 9 })
    expect(asked).toEqual([
      'GET /pakiti/api/hosts.php?hostGroup=DE-ONE&activity=2d',
      'GET /pakiti/api/hosts.php?hostGroup=DE-ONE&activity=9d&tag=EGI-Critical&cveName=CVE-1',
    ])
  })

  test('when a file with a token is named, then the token is sent; when there is none in it, then nobody is asked', async () => {
    const tokens: unknown[] = []
    handler = (_, response, request) => {
      tokens.push(request.headers.authorization)
      response.end(HEADER)
    }
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, 'abc.def\n')
    chmodSync(tokenFile, 0o600)
    await ask({ tokenFile })
    writeFileSync(tokenFile, '\n')
    await expect(ask({ tokenFile })).rejects.toThrow(/is no token/)
    await expect(ask({ tokenFile: join(folder, 'none') })).rejects.toThrow(/is missing/)
    expect(tokens).toEqual(['Bearer abc.def'])
  })

  test.each([
    [403, PermanentError, /does not let us in/],
    [302, PermanentError, /redirects are not followed/],
    [404, PermanentError, /answered 404/],
    [503, TransientError, /answered 503/],
  ] as const)('when it answers %i, then that is told', async (status, kind, words) => {
    handler = (_, response) => void response.writeHead(status, { location: 'https://evil.example/' }).end(HEADER)
    await expect(ask()).rejects.toThrow(kind)
    await expect(ask()).rejects.toThrow(words)
  })

  test('when it answers without end, then it is given up at 1 MiB', async () => {
    handler = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(LINE.repeat(1000)));
      }
      response.write(HEADER)
      response.on('drain', more)
      more()
    }
    await expect(ask()).rejects.toThrow(/longer than 1048576 bytes/)
  })

  test('when it breaks off, then half an answer is none', async () => {
    handler = (_, response) => {
      response.writeHead(200, { 'content-length': '5000' })
      response.write(`${HEADER}${LINE}`, () => response.destroy())
    }
    await expect(ask()).rejects.toThrow()
  })

  test('when it never answers, then the wait ends with the call', async () => {
    const ending = new AbortController()
    handler = () => ending.abort()
    await expect(ask({}, { signal: ending.signal })).rejects.toThrow(/given up/)
  })

  test('when it is not there, then that passes', async () => {
    await expect(ask({ url: 'http://127.0.0.1:1' })).rejects.toThrow(TransientError)
  })
})
