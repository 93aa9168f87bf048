import { describe, expect, it } from 'vitest'
import { chartsOf } from '../../core/charts/charts-of.ts'
import { redact } from '../../core/domain/audience.ts'
import type { Document } from '../../core/domain/document.ts'
import type { Report } from '../../core/domain/report.ts'
import { report as html } from '../../reports/html/index.ts'
import { sampleDocuments } from '../conformance/sample-documents.ts'

function publicReport(sites: number): Report {
  return redact((sampleDocuments(sites).run as Extract<Document, { kind: 'run' }>).content, 'public')
}

describe('the charts of a run for everybody', () => {
  it('given enough sites, when drawn, then lights and times stand there as numbers, and no site is named', async () => {
    const all = sampleDocuments().run as Extract<Document, { kind: 'run' }>
    const open = { kind: 'run' as const, content: redact(all.content, 'public') }
    const charts = await chartsOf(open)
    expect(Object.keys(charts)).toEqual(['lights', 'heads-up', 'containment', 'closure'])
    expect(charts.lights!.words).toContain(`${open.content.others!.lights.green} green`)
    const page = String((await html.render(open, charts)).body)
    for (const name of Object.keys(charts)) expect(page).toContain(`chart-${name}`)
    for (const { site } of all.content.sites) expect(page).not.toContain(site)
  })

  it('given too few sites for numbers that name nobody, when drawn, then there is nothing to draw', async () => {
    expect(await chartsOf({ kind: 'run', content: publicReport(5) })).toEqual({})
  })
})
