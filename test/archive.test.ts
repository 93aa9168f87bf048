import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { archiveLimits } from '../core/domain/archive.ts'
import { InputError } from '../core/domain/errors.ts'
import { keepArchive, listKept } from '../core/io/archive/kept.ts'
import { readLines } from '../core/io/archive/lines.ts'
import { scanArchive } from '../core/io/archive/scan.ts'
import { writeLines } from '../core/io/archive/write.ts'
import { type Forged, newKey, rowsOf, sampleEvents, writeArchive, writeText } from './io/archive-rig.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-archive-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const key = newKey()
const rows = rowsOf(sampleEvents())
const run = rows[0]!.stream.split('/')[1]!

function archive(change: (made: Forged) => Forged = (made) => made, more: { rows?: typeof rows } = {}): string {
  return writeArchive(join(folder, 'a.ssc.gz'), { rows: more.rows ?? rows, key, change })
}

async function faultOf(file: string): Promise<string> {
  const error = await keepArchive(join(folder, 'home'), file, { nowMs: 1 }).catch((thrown) => thrown)
  expect(error).toBeInstanceOf(InputError)
  expect(listKept(join(folder, 'home'))).toEqual([])
  expect(readdirSync(join(folder, 'home', 'archives'))).toEqual([])
  return error.message
}

/** A fact of another content, in chains that are made anew: what the holder of a key can write. */
function rewritten(change: (fact: any, place: string) => unknown) {
  const events = rows.map((row) => ({ ...row, ...(change(JSON.parse(row.body), `${row.stream}#${row.seq}`) as object) }))
  return rowsOf(events as never)
}

describe('an archive that somebody gave us', () => {
  test('given it as it was made, when scanned, then its chains, heads and signature hold', async () => {
    const scanned = await scanArchive(archive())
    expect(scanned).toMatchObject({ run, name: 'The North', facts: rows.length, pieces: 0 })
  })

  const cases: [string, (made: Forged) => Forged, string][] = [
    [
      'an altered fact',
      (m) => ({ ...m, rows: m.rows.map((r, i) => (i === 9 ? { ...r, body: r.body.replace('{', '{"x":1,') } : r)) }),
      'does not match its hash',
    ],
    ['a fact left out', (m) => ({ ...m, rows: m.rows.filter((_, i) => i !== 5) }), 'missing before it'],
    ['its newest fact left out', (m) => ({ ...m, rows: m.rows.slice(0, -1) }), `was made with ${rows.length} facts`],
    [
      'its newest fact left out, and the number mended',
      (m) => ({ ...m, rows: m.rows.slice(0, -1), end: { ...m.end, facts: rows.length - 1 } }),
      'do not end where',
    ],
    ['another name in front', (m) => ({ ...m, header: { ...m.header, name: 'The South' } }), 'first line and its last'],
    ['another key in front', (m) => ({ ...m, header: { ...m.header, publicKey: newKey().pem } }), 'first line and its last'],
    ['chains that are mixed', (m) => ({ ...m, rows: [...m.rows.slice(1), m.rows[0]!] }), 'missing before it'],
    ['another format', (m) => ({ ...m, header: { ...m.header, format: 'ssc-archive/9' } }), 'line 1 is not as it should be: format'],
    ['a line of something else', (m) => ({ ...m, more: [{ anything: 1 }] }), 'is not as it should be'],
    [
      'content that is not what its hash names',
      (m) => ({ ...m, more: [{ content: '0'.repeat(64), stream: 's', part: 0, of: 1, bytes: 'eA==' }] }),
      'not what its hash names',
    ],
    [
      'content that is cut off',
      (m) => ({ ...m, more: [{ content: '0'.repeat(64), stream: 's', part: 0, of: 2, bytes: 'eA==' }] }),
      'a part is missing',
    ],
    ['a run that is a path', (m) => ({ ...m, header: { ...m.header, run: '../x' } }), 'line 1 is not as it should be: run'],
  ]
  test.each(cases)('given %s, when imported, then it is refused with the place, and nothing is kept', async (_, change, words) => {
    expect(await faultOf(archive(change))).toContain(words)
  })

  test('given a signature by somebody else, when imported, then it is refused', async () => {
    const text = gunzipSync(readFileSync(archive())).toString()
    const last = JSON.parse(text.trimEnd().split('\n').at(-1)!)
    last.signature.value = newKey().sign('something else')
    expect(
      await faultOf(
        writeText(join(folder, 'b.gz'), [
          ...text
            .trimEnd()
            .split('\n')
            .slice(0, -1)
            .map((l) => JSON.parse(l)),
          last,
        ]),
      ),
    ).toContain('signature')
  })

  test.each([
    ['of an unknown type', (f: any) => ({ ...f, type: 'Nonsense' }), 'does not know'],
    ['of a type of another log', (f: any) => (f.type === 'RunPlanned' ? f : { ...f, type: 'RunEnded' }), 'does not know'],
    ['at no time', (f: any) => ({ ...f, at: -5 }), 'its time is no time'],
    ['without data', (f: any) => ({ ...f, data: 'x' }), 'it has no data'],
    [
      'with a plan of another run',
      (f: any) => (f.type === 'RunPlanned' ? { ...f, data: { ...f.data, plan: { ...f.data.plan, id: 'x' } } } : f),
      'not of this run',
    ],
    [
      'with a rubric that would keep a calendar busy',
      (f: any) =>
        f.type === 'RunPlanned'
          ? {
              ...f,
              data: {
                ...f.data,
                rubric: { ...f.data.rubric, expectations: f.data.rubric.expectations.map((e: any) => ({ ...e, within: 1e15 })) },
              },
            }
          : f,
      'rubric',
    ],
    [
      'that make no report',
      (f: any) => (f.type === 'RunPlanned' ? { ...f, data: { ...f.data, plan: { id: f.data.plan.id } } } : f),
      'make no report',
    ],
    [
      'that are too deep',
      (f: any) => (f.type === 'RunPlanned' ? { ...f, data: { ...f.data, x: JSON.parse('['.repeat(90) + ']'.repeat(90)) } } : f),
      'too deep',
    ],
  ])('given facts %s in chains that hold, when imported, then they are refused', async (_, change, words) => {
    expect(await faultOf(archive((made) => made, { rows: rewritten(change) }))).toContain(words)
  })
})

describe('a file that is no archive', () => {
  test.each([
    ['no gzip', () => Buffer.from('{"format":"ssc-archive/1"}\n')],
    ['empty', () => Buffer.alloc(0)],
    ['gzip of nothing', () => gzipSync('')],
    ['gzip of bytes that are not UTF-8', () => gzipSync(Buffer.from([0xff, 0xfe, 0x0a]))],
    ['a bomb of one line', () => gzipSync(Buffer.alloc(archiveLimits.lineBytes + 2, 'a'))],
  ])('given %s, when imported, then it is refused', async (_, make) => {
    const file = join(folder, 'c.gz')
    writeFileSync(file, make())
    expect(await faultOf(file)).toMatch(/cannot read|does not hold/)
  })

  test('given a body that fails at once, when written, then nothing is left, however slowly the file is opened', async () => {
    const place = join(folder, 'at-once')
    mkdirSync(place)
    const fail = () => Promise.reject(new InputError('no', []))
    await Promise.all(Array.from({ length: 200 }, (_, n) => expect(writeLines(join(place, `${n}.gz`), fail)).rejects.toThrow(InputError)))
    expect(readdirSync(place)).toEqual([])
  })

  test('given an archive cut off anywhere, when scanned, then it is refused', async () => {
    const whole = readFileSync(archive())
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
        const file = join(folder, 'd.gz')
        writeFileSync(file, whole)
        truncateSync(file, length)
        await expect(scanArchive(file)).rejects.toBeInstanceOf(InputError)
      }),
      { numRuns: 40 },
    )
  })

  test('given more text than an archive can hold, when read, then it ends at the limit and not at the end', async () => {
    const file = join(folder, 'e.gz')
    writeFileSync(file, gzipSync(Buffer.alloc(8 * 1024 * 1024, 'line of text\n')))
    let lines = 0
    const read = async () => {
      for await (const _ of readLines(file, { ...archiveLimits, textBytes: 1024 * 1024 })) lines += 1
    }
    await expect(read()).rejects.toThrow('unpacks to more than')
    expect(lines).toBeLessThan(100_000)
    expect(lines).toBeGreaterThan(10_000)
  })

  test('given a device that never ends, when read, then it is refused', async () => {
    await expect(scanArchive('/dev/zero')).rejects.toThrow('it is not a file')
  })
})
