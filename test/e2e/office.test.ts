import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { report as csv } from '../../reports/csv/index.ts'
import { hostileDocument, hostileTexts } from '../conformance/hostile-documents.ts'
import { draw } from '../conformance/report-format.ts'
import { lacking } from '../services/program.ts'

const reason = lacking('soffice', 'libreoffice-calc-nogui')
let folder = ''

/** What a careless program would write: the proof that this suite can see a formula. */
const careless = 'site,words\r\nA,=1+1\r\nB,"=HYPERLINK(""https://evil.example"",""click"")"\r\n'

/** As somebody opens them by a click: LibreOffice, with a profile of its own, and without a network to reach. */
async function openAll(): Promise<void> {
  const names = ['careless', ...csv.kinds].map((kind) => join(folder, `${kind}.csv`))
  const profile = `-env:UserInstallation=${pathToFileURL(join(folder, 'profile'))}`
  const proxies = { http_proxy: 'http://127.0.0.1:9', https_proxy: 'http://127.0.0.1:9' }
  const args = [profile, '--headless', '--norestore', '--convert-to', 'fods', '--outdir', folder, ...names]
  await promisify(execFile)('soffice', args, { env: { PATH: process.env.PATH, HOME: folder, ...proxies }, timeout: 110_000 })
}

describe.skipIf(reason !== undefined)(`tables in an office program${reason === undefined ? '' : ` (${reason})`}`, () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ssc-office-'))
    writeFileSync(join(folder, 'careless.csv'), careless)
    for (const kind of csv.kinds) {
      const bodies = await Promise.all(hostileTexts.map(async (text) => (await draw(csv, hostileDocument(kind, text))).body))
      writeFileSync(join(folder, `${kind}.csv`), bodies.join(''))
    }
    await openAll()
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

  const opened = (name: string) => readFileSync(join(folder, `${name}.fods`), 'utf8')

  it('given a table of a careless program, when opened, then its formulas are seen', () => {
    expect(opened('careless').match(/table:formula=/g)).toHaveLength(2)
  })

  it.each(csv.kinds)(
    'given hostile texts everywhere in a %s, when opened, then no cell is a formula or a link, and the texts stand there',
    (kind) => {
      const sheet = opened(kind)
      expect(sheet.match(/table:formula|<text:a |xlink:href/g)).toBeNull()
      expect(sheet.includes('cmd|calc!A0')).toBe(true)
    },
  )
})
