import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chartsOf } from '../core/charts/charts-of.ts'
import { buildComparison } from '../core/domain/build-comparison.ts'
import { buildReport } from '../core/domain/build-report.ts'
import type { Document } from '../core/domain/document.ts'
import { InputError } from '../core/domain/errors.ts'
import { foreignEvents, keepArchive, removeKept } from '../core/io/archive/kept.ts'
import { report as csv } from '../reports/csv/index.ts'
import { report as html } from '../reports/html/index.ts'
import { report as markdown } from '../reports/markdown/index.ts'
import { newKey, rowsOf, sampleEvents, writeArchive } from './io/archive-rig.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-archive-facts-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const key = newKey()
const rows = rowsOf(sampleEvents())

type Path = readonly string[]

/** The paths of all values in a fact. */
function pathsIn(value: unknown, path: Path = []): Path[] {
  if (value === null || typeof value !== 'object') return [path]
  return [path, ...Object.entries(value).flatMap(([name, one]) => pathsIn(one, [...path, name]))]
}

function replaced(value: any, [name, ...rest]: Path, by: unknown): unknown {
  if (name === undefined) return by
  const copy = Array.isArray(value) ? [...value] : { ...value }
  Object.defineProperty(copy, name, { value: replaced(copy[name], rest, by), enumerable: true, writable: true, configurable: true })
  return copy
}

const places = rows.flatMap((row, i) => pathsIn(JSON.parse(row.body).data).map((path) => ({ i, path: ['data', ...path] })))

const strange = fc.constantFrom<unknown>(
  ...[null, true, '', 'x', '__proto__', 'constructor', 'UTC', 'Mars/Olympus', '9'.repeat(400), [], {}, [null], { length: 1e9 }],
  ...[0, -1, 0.5, 1e15, -1e15, 8.64e15, 8.65e15, 1e300, Number.MAX_SAFE_INTEGER],
  ...['x'.repeat(100_000), JSON.parse('{"__proto__":{"toString":1}}'), ['x', 'x'], '2027-13-45', '+275760-09-13T00:00:00Z'],
)

describe('the facts of an archive whose chains hold', () => {
  test('given any value of them replaced, when imported, then it is refused in words, or all that is made of them can be shown', async () => {
    let kept = 0
    const place = fc.constantFrom(...places)
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(place, strange), { minLength: 1, maxLength: 2 }), async (changes) => {
        const home = mkdtempSync(join(folder, 'home-'))
        const bodies = rows.map(({ body }) => JSON.parse(body))
        for (const [{ i, path }, by] of changes) bodies[i] = replaced(bodies[i], path, by)
        const forged = rowsOf(rows.map(({ stream, seq }, i) => ({ ...bodies[i], stream, seq })) as never)
        const file = writeArchive(join(home, 'a.gz'), { rows: forged, key })
        const began = performance.now()
        const result = await keepArchive(home, file, { nowMs: 1 }).catch((error) => error)
        expect(performance.now() - began).toBeLessThan(3000)
        if (result instanceof Error) {
          expect(result).toBeInstanceOf(InputError)
          return
        }
        kept += 1
        const name = `${result.origin}/${result.run}`
        const events = await foreignEvents(home, name)
        const report = buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER' })
        const document: Document = { kind: 'comparison', content: buildComparison([{ report, origin: 'x' }, { report }]) }
        for (const format of [csv, markdown, html]) await format.render(document, await chartsOf(document))
        removeKept(home, name)
        rmSync(home, { recursive: true })
        expect(performance.now() - began).toBeLessThan(6000)
      }),
      { numRuns: 40 },
    )
    expect(kept).toBeGreaterThan(0)
  }, 120_000)

  const planned = (change: (data: any) => object) => {
    const bodies = rows.map(({ body, stream, seq }) => ({ ...JSON.parse(body), stream, seq }))
    return rowsOf(bodies.map((fact) => (fact.type === 'RunPlanned' ? { ...fact, data: { ...fact.data, ...change(fact.data) } } : fact)))
  }

  test.each([
    [
      'a plan of more sites than a run can have',
      ({ plan }: any) => ({ plan: { ...plan, sites: Array(5001).fill(plan.sites[0]) } }),
      '5000 sites',
    ],
    [
      'clocks that take hours to follow',
      ({ plan, rubric }: any) => {
        const expectations = Array.from({ length: 100 }, (_, i) => ({
          ...{ ...rubric.expectations[0], id: `e${i}`, clock: 'working', within: 700 * 86_400_000, lateUntil: 800 * 86_400_000 },
        }))
        return { plan: { ...plan, sites: Array(5000).fill(plan.sites[0]) }, rubric: { ...rubric, expectations } }
      },
      'too many days and pauses',
    ],
    [
      'pauses without number',
      ({ plan }: any) => {
        const downtimes = Array.from({ length: 100_000 }, (_, i) => ({ declaredMs: 1, startMs: 2 * i, endMs: 2 * i + 1 }))
        return {
          plan: {
            ...plan,
            sites: plan.sites
              .map((site: object, i: number) => (i === 0 ? { ...site, downtimes } : site))
              .concat(Array(300).fill(plan.sites[1])),
          },
        }
      },
      'too many days and pauses',
    ],
    ['a name that is a number', ({ plan }: any) => ({ plan: { ...plan, run: { ...plan.run, vo: { ...plan.run.vo, name: 7 } } } }), 'vo: '],
    [
      'a name as long as a book',
      ({ plan }: any) => ({ plan: { ...plan, run: { ...plan.run, vo: { ...plan.run.vo, name: 'x'.repeat(400) } } } }),
      'vo: more than',
    ],
  ])(
    'given %s, when imported, then it is refused at once',
    async (_, change, words) => {
      const home = mkdtempSync(join(folder, 'home-'))
      const file = writeArchive(join(home, 'a.gz'), { rows: planned(change), key })
      await expect(keepArchive(home, file, { nowMs: 1 })).rejects.toThrow(words)
    },
    20_000,
  )
})
