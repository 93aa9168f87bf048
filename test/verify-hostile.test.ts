import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildReport } from '../core/domain/build-report.ts'
import { buildSiteReport } from '../core/domain/build-site-report.ts'
import { InputError } from '../core/domain/errors.ts'
import { canonicalJson } from '../core/domain/json.ts'
import { readWritten } from '../core/io/written-report.ts'
import { verifyAlone } from '../core/verify-report.ts'
import { newKey, rowsOf, sampleEvents } from './io/archive-rig.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-verify-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const key = newKey()
const rows = rowsOf(sampleEvents())
const events = rows.map(({ stream, seq, hash, body }) => ({ ...JSON.parse(body), stream, seq, hash }))
const stream = rows.find(({ stream }) => stream.startsWith('challenge/'))!.stream
const run = buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER' })
const site = buildSiteReport(
  run,
  stream.split('/')[2]!,
  rows.filter((row) => row.stream === stream),
)

function signed(content: object, over: unknown = content): string {
  return canonicalJson({ ...content, signature: { algorithm: 'Ed25519', publicKey: key.pem, value: key.sign(canonicalJson(over)) } })
}

function verified(text: string) {
  const file = join(folder, 'report.json')
  writeFileSync(file, text)
  return verifyAlone(readWritten(file))
}

/** The same data with another value at one place. */
function changed(value: any, [name, ...rest]: readonly string[], by: unknown): unknown {
  if (name === undefined) return by
  const copy = Array.isArray(value) ? [...value] : { ...value }
  copy[name] = changed(copy[name], rest, by)
  return copy
}

function pathsIn(value: unknown, path: readonly string[] = []): string[][] {
  if (value === null || typeof value !== 'object') return [[...path]]
  return [[...path], ...Object.entries(value).flatMap(([name, one]) => pathsIn(one, [...path, name]))]
}

describe('a report that somebody gave us', () => {
  test('given it as it was made, when verified, then it holds', () => {
    expect(verified(signed(site)).faults).toEqual([])
    expect(verified(signed(run, run.heads)).faults).toEqual([])
  })

  test('given any value of it replaced, when verified, then that is a fault in words', () => {
    const paths = pathsIn(JSON.parse(canonicalJson(site)))
    const strange = fc.constantFrom<unknown>(null, true, 7, 'x', [], {}, [null], { length: 1e9 }, { evidence: null })
    fc.assert(
      fc.property(fc.constantFrom(...paths), strange, (path, by) => {
        const other = changed(JSON.parse(signed(site)), path, by)
        fc.pre(canonicalJson(other) !== signed(site))
        try {
          expect(verified(canonicalJson(other)).faults).not.toEqual([])
        } catch (error) {
          expect(error).toBeInstanceOf(InputError)
        }
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['scores that are none', { ...site, site: { ...site.site, scores: 7 } }],
    ['a score without evidence', { ...site, site: { ...site.site, scores: [{ expectation: 'x' }] } }],
    ['no scores', { ...site, site: {} }],
  ])('given %s under a signature that is good, when verified, then it does not hold', (_, content) => {
    expect(verified(signed(content)).faults).toEqual(['its scores are not as they should be'])
  })

  test('given a name twice, of which a reader sees the first, when verified, then it is refused', () => {
    const text = signed(site)
    expect(() => verified(text.replace('{', '{"run":"another",'))).toThrow('a name stands twice')
    expect(() => verified(text.replace('"site":{', '"site":{"overall" : "green","\\u006fverall":"green",'))).toThrow('a name stands twice')
    expect(verified(text.replace('{', '{ \n')).faults).toEqual([])
  })

  test('given data nested without end, when verified, then it is refused, and the process goes on', () => {
    for (const deep of [
      '['.repeat(5_000_000),
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      `{"heads":${'['.repeat(50)}${']'.repeat(50)},"run":"x"}`,
    ])
      expect(() => verified(deep)).toThrow(InputError)
  })
})
