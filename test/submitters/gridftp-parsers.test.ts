import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readDump, readMode, showMode } from '../../submitters/gridftp/modes.ts'
import { GridftpOptions } from '../../submitters/gridftp/schema.ts'
import { placeOf, urlOf } from '../../submitters/gridftp/url.ts'
import { oneLine, readFailure } from '../../submitters/gridftp/words.ts'

const folder = fileURLToPath(new URL('../../submitters/gridftp/fixtures/', import.meta.url))
const fixture = (name: string) => readFileSync(`${folder}${name}`, 'utf8')

describe('given what globus-url-copy said on stderr', () => {
  it.each([
    ['attacker-not-in-gridmap.err', 'refused'],
    ['revoked.err', 'refused'],
    ['dead-server.err', 'unreachable'],
    ['unknown-host.err', 'unreachable'],
    ['expired-proxy.err', 'unknown'],
    ['no-proxy.err', 'unknown'],
    ['list-missing-dir.err', 'accepted'],
    ['crl-expired.err', 'unknown'],
    ['busy.err', 'unknown'],
  ])('when it is %s, then the access is %s', (name, access) => {
    expect(readFailure(fixture(name)).access).toBe(access)
  })

  it('when it holds anything, then the words are one bounded line', () => {
    for (const name of readdirSync(folder).filter((one) => one.endsWith('.err')))
      expect(readFailure(fixture(name)).words).toMatch(/^[^\n]{5,300}$/)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3_000 }), (text) => {
        expect(oneLine(text)).toMatch(/^\P{Cc}{0,300}$/u)
        expect(readFailure(text).words.length).toBeGreaterThan(0)
      }),
    )
  })
})

describe('given the dump of a directory tree', () => {
  it('when it is read, then each path has the bits that the server has', () => {
    const entries = readDump(fixture('tree.dump')).map(({ path, mode }) => `${showMode(mode)} ${path.split('/data/')[1]}`)
    expect(entries).toEqual([
      'rw-r--r-- hello.txt',
      'rwxrwxrwt open/',
      'rwx------ private/',
      'rwxr-x--- shared/',
      'rw-r--r-- we"ird%20%23x%0Ay',
      'rw-r--r-- open/notes.txt',
      'rw-r----- shared/results.csv',
    ])
  })

  it('when the server has any mode, then what the client makes of it is read back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0o7777 }), (mode) => {
        const told = mode.toString(8).padStart(4, '0')
        // strtoul(3) with base 0, printed by %04o.
        const printed = (told.startsWith('0') ? mode : Number(told)).toString(8).padStart(4, '0')
        expect(readMode(printed)).toBe(mode)
      }),
    )
  })

  it('when it is anything else, then nothing is made up', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(readDump(text)).toEqual([])
      }),
    )
    expect(readDump('"gsiftp://h/a" "file:///dev/null/none/a" 0,-1 size=1;modify=2;')).toEqual([])
    expect(readMode('9999')).toBeUndefined()
  })
})

describe('given an endpoint', () => {
  it.each([
    ['gsiftp://se.site.example:2811/data/', 'gsiftp://se.site.example:2811/data/'],
    ['gsiftp://se.site.example', 'gsiftp://se.site.example:2811/pool/'],
    ['se.site.example:12811', 'gsiftp://se.site.example:12811/pool/'],
    ['se.site.example/', 'gsiftp://se.site.example:2811/pool/'],
  ])('when it is %s, then %s is listed', (endpoint, url) => {
    const place = placeOf(endpoint, '/pool')
    expect(place && urlOf(place)).toBe(url)
  })

  const hostile = [
    '',
    '-list',
    'a b',
    'h:0',
    'h:99999',
    'h/../etc',
    'h/a b',
    'h/$(x)',
    'ftp://h',
    'h\n',
    'h:1/a\nb',
    "h'",
    'user@h',
    'h?x',
    '[::1]',
  ]
  it.each(hostile)('when it is %j, then it is no address', (endpoint) => {
    expect(placeOf(endpoint, '/')).toBeUndefined()
  })

  it('when it is any text, then it gives one harmless argument or none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const place = placeOf(text, '/')
        if (place) expect(urlOf(place)).toMatch(/^gsiftp:\/\/[A-Za-z0-9.-]+:\d{1,5}\/[A-Za-z0-9._~/-]*$/)
      }),
    )
  })

  it('when options name a path that goes up or is not whole, then they are refused', () => {
    for (const path of ['data', '/a/../b', '/a b', '/a\n']) expect(GridftpOptions.safeParse({ path }).success).toBe(false)
  })
})
