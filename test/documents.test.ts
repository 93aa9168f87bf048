import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { comparisonOf, documentOfRun, metricsOf, siteDocuments } from '../core/documents.ts'
import { hashInput } from '../core/domain/chain.ts'
import type { Certificate, Document, DocumentKind, Documents, SiteReport } from '../core/domain/document.ts'
import { runStream } from '../core/domain/event.ts'
import { canonicalJson } from '../core/domain/json.ts'
import type { Signature } from '../core/domain/report.ts'
import { sha256 } from '../core/io/keys.ts'
import { isSigned } from '../core/io/signatures.ts'
import { type Calls, openCalls } from './cli/calls.ts'
import { keepRun, keepSampleRun } from './cli/kept-run.ts'
import { samplePlan, sampleReport, sampleRubric, sampleRun } from './domain/sample-run.ts'

let calls: Calls
let run: string
let later: string
const sites = samplePlan(1, 6).sites.map(({ name }) => name)

beforeAll(async () => {
  calls = await openCalls()
  run = await keepSampleRun(calls, { seed: 1, sites: 6 })
  // The same a year later, with a newer version of its rubric.
  const events = sampleRun({ seed: 9, sites: 4 }).map((event) => {
    if (event.type !== 'RunPlanned') return event
    const window = { from: '2028-01-11T08:00:00Z', to: '2028-01-22T17:00:00Z' }
    const plan = { ...event.data.plan, run: { ...event.data.plan.run, window } }
    return { ...event, data: { ...event.data, plan, rubric: { ...sampleRubric, version: 50 } } }
  })
  later = await keepRun(calls, samplePlan(9, 4).id, events)
})
afterAll(async () => calls?.close())

function contentOf<Kind extends DocumentKind>(document: Document, kind: Kind): Documents[Kind] {
  expect(document.kind).toBe(kind)
  return document.content as Documents[Kind]
}

function holds({ signature, ...rest }: (SiteReport | Certificate) & { signature?: Signature }): boolean {
  return signature !== undefined && isSigned(canonicalJson(rest), signature)
}

describe('documents of a run', () => {
  it('given the report of a run, when made twice, then it is the same, and its heads are signed', async () => {
    const instance = await calls.instance()
    const wish = { kind: 'run', audience: 'csirt' } as const
    const report = contentOf(await documentOfRun(instance, run, wish), 'run')
    expect(contentOf(await documentOfRun(instance, run, wish), 'run')).toEqual(report)
    expect(isSigned(canonicalJson(report.heads), report.signature!)).toBe(true)
    expect(report.sites.map(({ overall }) => overall)).toEqual(sampleReport({ seed: 1, sites: 6 }).sites.map(({ overall }) => overall))
  })

  it('given the report of an NGI, when made, then the heads that are left are signed; the public has none', async () => {
    const instance = await calls.instance()
    const { ngi } = samplePlan(1, 6).sites[0]!
    const part = contentOf(await documentOfRun(instance, run, { kind: 'run', audience: `ngi:${ngi}` }), 'run')
    expect(part.heads.map(({ stream }) => stream)).toContain(runStream(run))
    expect(isSigned(canonicalJson(part.heads), part.signature!)).toBe(true)
    const open = contentOf(await documentOfRun(instance, run, { kind: 'run', audience: 'public' }), 'run')
    expect([open.heads, open.signature]).toEqual([[], undefined])
  })
})

describe('the report that a site is given', () => {
  it('given only the file, when the site checks it, then our signature and its whole chain hold, and a change is seen', async () => {
    const { of } = await siteDocuments(await calls.instance(), run)
    const report = contentOf(of('site', sites[1]!), 'site')
    expect(holds(report)).toBe(true)
    expect(holds({ ...report, phase: 'stopped' })).toBe(false)
    const { stream, rows } = report.facts
    let before = ''
    for (const { seq, body, hash } of rows) {
      expect(hash).toBe(sha256(hashInput(before, { stream, seq, body })))
      before = hash
    }
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, i) => i + 1))
    expect(rows.length).toBe(sampleRun({ seed: 1, sites: 6 }).filter((event) => event.stream === stream).length)
  })

  it('given each piece of evidence of its lights, when looked up, then the fact is in the file', async () => {
    const { of } = await siteDocuments(await calls.instance(), run)
    for (const site of sites) {
      const { site: scored, facts } = contentOf(of('site', site), 'site')
      for (const { stream, seq } of scored.scores.flatMap(({ evidence }) => evidence)) {
        expect(stream).toBe(facts.stream)
        expect(facts.rows[seq - 1]?.seq).toBe(seq)
      }
    }
  })

  it('given a certificate, when the site checks it, then our signature holds', async () => {
    const { of } = await siteDocuments(await calls.instance(), run)
    const certificate = contentOf(of('certificate', sites[0]!), 'certificate')
    expect(holds(certificate)).toBe(true)
    expect(holds({ ...certificate, site: 'Somebody else' })).toBe(false)
  })
})

describe('documents of many runs', () => {
  it('given runs with rubrics of their own, when compared, then the one of the newest counts, whatever their order', async () => {
    const instance = await calls.instance()
    const compared = contentOf(await comparisonOf(instance, [later, run]), 'comparison')
    expect(compared.runs.map((one) => [one.run, one.rubric.version])).toEqual([
      [run, 50],
      [later, 50],
    ])
    expect(contentOf(await comparisonOf(instance, [run, later, run]), 'comparison')).toEqual(compared)
  })

  it('given rehearsals alone, when counted, then they count and are called so, and beside a real run they do not', async () => {
    const instance = await calls.instance()
    const metrics = contentOf(await metricsOf(instance, { by: 'quarter' }), 'metrics')
    expect([metrics.rehearsal, metrics.periods.flatMap(({ runs }) => runs).length]).toEqual([true, 2])
    const events = sampleRun({ seed: 11, sites: 2 }).map((event) => {
      if (event.type !== 'RunPlanned') return event
      return { ...event, data: { ...event.data, plan: { ...event.data.plan, run: { ...event.data.plan.run, rehearsal: false } } } }
    })
    const real = await keepRun(calls, samplePlan(11, 2).id, events)
    const after = contentOf(await metricsOf(instance, { by: 'quarter' }), 'metrics')
    expect([after.rehearsal, after.periods.flatMap(({ runs }) => runs)]).toEqual([false, [real]])
  })
})
