import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spreadTree } from '../../core/charts/spread-tree.ts'
import type { Spread } from '../../core/domain/report.ts'
import { sampleSpread } from '../conformance/sample-documents.ts'

const names = (count: number) => Array.from({ length: count }, (_, i) => `SITE-${i}`)

function spreadOf(told: readonly (readonly [from: string, to: string, at: number])[]): Spread {
  const evidence = { stream: 's', seq: 1, at: 0, words: '' }
  const words = told.map(([from, to, at]) => ({ from, to, at, how: 'mail', evidence }))
  return { alerted: 'A', alertedMs: 0, told: words, heard: 1, contained: 0, of: 9 }
}

describe('who told whom, drawn', () => {
  it('given a few sites, when laid out, then each has its teller and a row of its own below it', () => {
    const { nodes, rows } = spreadTree(spreadOf([...['B', 'C'].map((to) => ['A', to, 10] as const), ['B', 'D', 20], ['B', 'E', 30]]))
    expect(nodes.map(({ name, from, row }) => [name, from?.name, row])).toEqual([
      ['A', undefined, 0],
      ['B', 'A', 1],
      ['D', 'B', 2],
      ['E', 'B', 3],
      ['C', 'A', 4],
    ])
    expect(rows).toBe(5)
  })

  it('given words that go round, twice or from nobody known, when laid out, then the first word counts and nothing is endless', () => {
    const { nodes } = spreadTree(
      spreadOf([
        ['A', 'B', 10],
        ['B', 'A', 20],
        ['C', 'B', 30],
        ['unknown', 'D', 40],
      ]),
    )
    expect(nodes.map(({ name, from }) => [name, from?.name])).toEqual([
      ['A', undefined],
      ['B', 'A'],
      ['unknown', undefined],
      ['D', 'unknown'],
    ])
  })

  it.each([40, 400, 2000])('given %i sites, when laid out, then they fit on a page and none is lost', (count) => {
    const spread = sampleSpread(names(count))
    const { nodes, rows } = spreadTree(spread)
    expect(rows).toBeLessThanOrEqual(62)
    // All that heard, and the node of those of whom nobody knows who told them.
    expect(nodes.reduce((sum, { sites }) => sum + sites, 0)).toBe(spread.heard + 1)
  })

  it('given any words at all, when laid out, then every site that heard is there, and none twice', () => {
    const word = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 1e10 }))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 200 }), (words) => {
        const told = words.map(([from, to, at]) => [`S${from}`, `S${to}`, at] as const)
        const { nodes, rows } = spreadTree(spreadOf(told))
        const heard = new Set(['A', ...told.map(([, to]) => to)])
        const all = new Set(['A', 'unknown', ...told.flat()])
        const drawn = nodes.reduce((sum, { sites }) => sum + sites, 0)
        // Who told only those that knew already need not have heard.
        expect([drawn >= heard.size, drawn <= all.size]).toEqual([true, true])
        const names = nodes.filter(({ sites }) => sites === 1).map(({ name }) => name)
        expect(new Set(names).size).toBe(names.length)
        expect(rows).toBeLessThanOrEqual(62)
        // A row each, and nobody before the teller: so no line crosses a name.
        expect(nodes.map(({ row }) => row)).toEqual(nodes.map((_, i) => i))
        expect(nodes.every(({ ms, from }) => from === undefined || from.ms <= ms)).toBe(true)
      }),
    )
  })
})
