import { describe, expect, it } from 'vitest'
import { EMPTY_WORDS, redact } from '../../core/domain/audience.ts'
import type { Document } from '../../core/domain/document.ts'
import { report as html } from '../../reports/html/index.ts'
import { report as markdown } from '../../reports/markdown/index.ts'
import { report as pdf } from '../../reports/pdf/index.ts'
import { draw } from '../conformance/report-format.ts'
import { sampleRunReport } from '../conformance/sample-documents.ts'

const published = (sites: number): Document => ({ kind: 'run', content: redact(sampleRunReport(sites), 'public') })

async function textOf(...given: Parameters<typeof draw>): Promise<string> {
  return Buffer.from((await draw(...given)).body as Uint8Array).toString('latin1')
}

describe('the report for the public', () => {
  it.each([
    ['html', html],
    ['markdown', markdown],
  ])('given fewer sites than may be shown as %s, then it says so, and shows neither a 0 nor an empty table', async (_, format) => {
    const few = await textOf(format, published(5))
    expect(few).toContain(EMPTY_WORDS)
    expect(few).not.toMatch(/<b>0<\/b> sites|0 of 0|Sites by NGI|\| site \||By country/)
  })

  it.each([
    ['html', html, /<p class="small">9 sites, as numbers:/],
    ['markdown', markdown, /^9 other sites: /m],
  ])('given enough sites as %s, then their numbers are there, and no empty table', async (_, format, numbers) => {
    const many = await textOf(format, published(9))
    expect(many).toMatch(numbers)
    expect(many).not.toContain(EMPTY_WORDS)
    expect(many).not.toMatch(/<b>0<\/b> sites|Sites by NGI|\| site \|/)
  })

  it('given fewer sites than may be shown as PDF, then no page of sites follows', async () => {
    const pages = async (sites: number) => (await textOf(pdf, published(sites))).match(/\/Type \/Page\b/g)?.length ?? 0
    expect(await pages(5)).toBeGreaterThan(0)
    expect(await pages(5)).toBeLessThan(
      await textOf(pdf, { kind: 'run', content: sampleRunReport(5) }).then((text) => text.match(/\/Type \/Page\b/g)!.length),
    )
  })
})
