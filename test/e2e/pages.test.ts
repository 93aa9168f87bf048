import { mkdirSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../core/domain/document.ts'
import { report as html } from '../../reports/html/index.ts'
import { hostileDocument } from '../conformance/hostile-documents.ts'
import { draw } from '../conformance/report-format.ts'
import { sampleDocuments, sampleSpread } from '../conformance/sample-documents.ts'
import { lacking } from '../services/program.ts'

const chromiumPath = '/usr/bin/chromium'
const reason = lacking(chromiumPath, 'chromium')
const folder = new URL('../screenshots/', import.meta.url).pathname

const documents = sampleDocuments()
const shown: [name: string, document: Document][] = [...Object.entries(documents), ['big-run', bigRun()]]
const looks = [
  ['light', { colorScheme: 'light', viewport: { width: 1200, height: 900 } }],
  ['dark', { colorScheme: 'dark', viewport: { width: 1200, height: 900 } }],
  ['phone', { colorScheme: 'light', viewport: { width: 390, height: 844 } }],
] as const

/** 300 sites, of which one was alerted. */
function bigRun(): Document {
  const { content } = sampleDocuments(300).run as Extract<Document, { kind: 'run' }>
  return { kind: 'run', content: { ...content, spread: sampleSpread(content.sites.map((s) => s.site)) } }
}

describe.skipIf(reason !== undefined)(`pages in a browser${reason === undefined ? '' : ` (${reason})`}`, () => {
  let browser: Browser

  beforeAll(async () => {
    mkdirSync(folder, { recursive: true })
    browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
  })
  afterAll(() => browser?.close())

  /** Each is drawn once, for all looks. */
  const drawn = new Map<Document, Promise<string>>()
  function pageOf(document: Document): Promise<string> {
    const page = drawn.get(document) ?? draw(html, document).then(({ body }) => String(body))
    drawn.set(document, page)
    return page
  }

  /** Opens a document, and gives what the page asked for or complained of beside its picture. */
  async function open(document: Document, look: (typeof looks)[number][1]): Promise<{ page: Page; faults: string[] }> {
    const context = await browser.newContext({ ...look, javaScriptEnabled: true })
    const page = await context.newPage()
    const faults: string[] = []
    page.on('console', (message) => faults.push(message.text()))
    page.on('request', (request) => faults.push(`asked for ${request.url()}`))
    page.on('dialog', (dialog) => faults.push(`opened a dialog: ${dialog.message()}`))
    await page.setContent(await pageOf(document), { waitUntil: 'load' })
    return { page, faults }
  }

  const cases = shown.flatMap(([name, document]) => looks.map(([lookName, look]) => ({ name, lookName, document, look })))
  it.each(cases)(
    'given a $name, when shown ($lookName), then it asks for nothing, breaks no policy, and never goes sideways',
    async (one) => {
      const { page, faults } = await open(one.document, one.look)
      expect(faults).toEqual([])
      const [wide, room] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [number, number]
      expect(wide).toBeLessThanOrEqual(room)
      // A picture of every page, down to what a reader sees of a long one.
      const height = Math.min(5000, Number(await page.evaluate('document.documentElement.scrollHeight')))
      await page.setViewportSize({ width: room, height })
      await page.screenshot({ path: `${folder}${one.name}-${one.lookName}.png` })
      await page.context().close()
    },
  )

  it.each(shown)('given a %s, when printed, then it is a PDF', async (name, document) => {
    const { page } = await open(document, looks[0][1])
    const pdf = await page.pdf({ path: `${folder}${name}.pdf`, preferCSSPageSize: true, printBackground: true })
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    await page.context().close()
  })

  it('given a red light in the table, when it is clicked, then reason and evidence are in view', async () => {
    const { page } = await open(documents.run, looks[0][1])
    await page.locator('#lights a.to:has(.light.red)').last().click()
    const place = page.locator('.score:target')
    await expect.poll(() => place.locator('.evidence code').first().isVisible()).toBe(true)
    const { y } = (await place.boundingBox())!
    expect(y).toBeGreaterThanOrEqual(0)
    expect(y).toBeLessThan(900)
    await page.context().close()
  })

  it.each(['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', '</script><script>alert(1)</script>'])(
    'given the text %j everywhere, when a browser reads it, then nothing runs and nothing is fetched',
    async (text) => {
      for (const kind of html.kinds) {
        const { page, faults } = await open(hostileDocument(kind, text), looks[0][1])
        expect([kind, faults]).toEqual([kind, []])
        expect(await page.evaluate('document.querySelectorAll(\'img, script:not([type="application/json"])\').length')).toBe(0)
        await page.context().close()
      }
    },
  )
})
