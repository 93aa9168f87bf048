import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { projectFolder } from '../../core/plugins.ts'

/** The hash of every document in every format. On a slow machine every look at the clock takes 20 ms. */
const program = `
  const RealDate = Date
  let at = RealDate.now()
  if (process.env.SLOW_MACHINE)
    globalThis.Date = class extends RealDate {
      constructor(...given) {
        super(...(given.length > 0 ? given : [(at += 20)]))
      }
    }
  const { createHash } = await import('node:crypto')
  const { chartsOf } = await import('./core/charts/charts-of.ts')
  const { loadReportFormats } = await import('./core/plugins.ts')
  const { sampleDocuments } = await import('./test/conformance/sample-documents.ts')
  const hashes = []
  for (const format of (await loadReportFormats('/nowhere')).values())
    for (const document of Object.values(sampleDocuments(12)))
      if (format.kinds.includes(document.kind)) {
        const { body } = await format.render(document, await chartsOf(document))
        hashes.push([format.name, document.kind, createHash('sha256').update(body).digest('hex')].join(' '))
      }
  console.log(hashes.join('\\n'))`

async function hashesIn(settings: Record<string, string>): Promise<string> {
  const argv = ['--import', 'tsx', '--input-type=module', '-e', program]
  const { stdout } = await promisify(execFile)(process.execPath, argv, {
    cwd: projectFolder,
    env: { PATH: process.env.PATH!, ...settings },
  })
  return stdout
}

describe('every document in every format', () => {
  it('given other processes with another zone, language and pace, when written, then the bytes are the same', async () => {
    const elsewhere = { TZ: 'Australia/Lord_Howe', LANG: 'tr_TR.UTF-8', LC_ALL: 'tr_TR.UTF-8', SLOW_MACHINE: '1' }
    const [here, there] = await Promise.all([hashesIn({ TZ: 'UTC', LANG: 'C' }), hashesIn(elsewhere)])
    expect(here.split('\n').length).toBeGreaterThan(25)
    expect(there).toBe(here)
  }, 240_000)
})
