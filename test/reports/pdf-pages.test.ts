import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { Document } from '../../core/domain/document.ts'
import { report as pdf } from '../../reports/pdf/index.ts'
import { hostileDocument, hostileTexts } from '../conformance/hostile-documents.ts'
import { draw } from '../conformance/report-format.ts'
import { sampleDocuments } from '../conformance/sample-documents.ts'
import { lacking } from '../services/program.ts'

const reason = lacking('pdftotext', 'poppler-utils')

async function bytesOf(document: Document): Promise<Buffer> {
  return Buffer.from((await draw(pdf, document)).body as Uint8Array)
}

/** What another program reads on the pages. */
function read(bytes: Buffer, ...options: string[]): string {
  return execFileSync('pdftotext', [...options, '-', '-'], { input: bytes, encoding: 'utf8', maxBuffer: 1 << 28 })
}

/** The number of the page of each place that links lead to. */
function placesOf(bytes: Buffer): Map<string, number> {
  const text = bytes.toString('latin1')
  const pages = /\/Kids \[([^\]]*)\]/
    .exec(text)![1]!
    .split(' R')
    .map((one) => one.trim().split(' ')[0])
  const places = [...text.matchAll(/\((site-\d+)\) \[(\d+) 0 R \/XYZ/g)]
  return new Map(places.map(([, name, page]) => [name!, pages.indexOf(page) + 1]))
}

describe.skipIf(reason !== undefined)(`pages of a pdf${reason === undefined ? '' : ` (${reason})`}`, () => {
  it("given a run, when a link is followed, then it leads to the page with that site's own section", async () => {
    const { run } = sampleDocuments(12)
    const { sites } = (run as Extract<Document, { kind: 'run' }>).content
    const bytes = await bytesOf(run)
    const places = placesOf(bytes)
    const targets = new Set([...bytes.toString('latin1').matchAll(/\/D \((site-\d+)\)/g)].map((m) => m[1]))
    expect([...targets].sort()).toEqual([...places.keys()].sort())
    const shown = [...places.values()].map((page) => read(bytes, '-f', String(page), '-l', String(page)))
    // The test's sites stand in the order of NGI, country and name.
    for (const [i, { site, overall }] of [...sites].sort((a, b) => (a.ngi + a.site < b.ngi + b.site ? -1 : 1)).entries()) {
      const page = [...places.keys()].indexOf(`site-${i + 1}`)
      expect(shown[page]).toContain(`${site}: ${overall}`)
    }
  })

  it.each(pdf.kinds)(
    'given words as long as can be in a %s, when read, then every word, label and reader stands on the page',
    async (kind) => {
      const boxes = read(await bytesOf(hostileDocument(kind, 'W'.repeat(200))), '-bbox')
      const pages = boxes.split('<page ').slice(1)
      for (const page of pages) {
        const [, width, height] = /^width="([\d.]+)" height="([\d.]+)"/.exec(page)!.map(Number)
        for (const [, ...corners] of page.matchAll(/<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"/g)) {
          const [left, top, right, bottom] = corners.map(Number) as [number, number, number, number]
          expect([left >= 20, top >= 10, right <= width! - 20, bottom <= height! - 5]).toEqual([true, true, true, true])
        }
        expect(page.match(/>TLP:AMBER</g)).toHaveLength(2)
      }
      if (kind === 'certificate') expect(pages).toHaveLength(1)
    },
  )

  it.each(hostileTexts.filter((text) => /^[!-~]+$/.test(text)))(
    'given %j everywhere, when read, then it stands there as text',
    async (text) => {
      const shown = read(await bytesOf(hostileDocument('certificate', text)))
      expect(shown.replace(/\s/g, '')).toContain(text.slice(0, 50))
      expect(read(await bytesOf(hostileDocument('acknowledgement', text))).replace(/\s/g, '')).toContain(text)
    },
  )

  it('given marks that turn or cut a text, when read, then none is left', async () => {
    const shown = read(await bytesOf(hostileDocument('site', 'plain \u202etxt.exe\u0000\u001b[31m')))
    expect(shown).toContain('plain txt.exe')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: just these must not be there
    expect(shown).not.toMatch(/[\u0000-\u0008\u000e-\u001f\u202a-\u202e]/)
  })
})
