import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildReport } from '../core/domain/build-report.ts'
import { buildSiteReport } from '../core/domain/build-site-report.ts'
import { canonicalJson } from '../core/domain/json.ts'
import { VERIFY_ARCHIVE, VERIFY_SITE_REPORT } from '../core/domain/verify-by-hand.ts'
import { fingerprintOf } from '../core/io/signatures.ts'
import { newKey, rowsOf, sampleEvents, writeArchive } from './io/archive-rig.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-hand-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const key = newKey()
/** A note with all that a shell, sed and JSON could stumble over. */
const nasty = 'a "quoted" \\ back\\\\slash </script> \\u003c $HOME `id` %s \n new line \u2028 ä {"body":"x","hash":"y"}'
const events = sampleEvents()
const site = events.find(({ type }) => type === 'ChallengePlanned')!.stream
const rows = rowsOf([
  ...events,
  { type: 'OfficerNoted', data: { by: 'x', text: nasty, happenedMs: 1 }, stream: site, seq: 999, at: 4_000_000_000_000, hash: '' },
])

async function byHand(script: string): Promise<{ out: string; failed: boolean }> {
  const run = promisify(execFile)('sh', ['-c', script], { cwd: folder, env: { PATH: process.env.PATH, LANG: 'C.UTF-8' } })
  const { stdout } = await run.catch((error) => error as { stdout: string })
  return { out: stdout, failed: /DOES NOT HOLD/.test(stdout) || !stdout.includes('Signature Verified Successfully') }
}

function writePage(change: (text: string) => string = (text) => text): number {
  const read = rows.map(({ stream, seq, hash, body }) => ({ ...JSON.parse(body), stream, seq, hash }))
  const chain = rows.filter(({ stream }) => stream === site)
  const content = buildSiteReport(buildReport(read, { audience: 'csirt', tlp: 'TLP:AMBER' }), site.split('/')[2]!, chain)
  const signature = { algorithm: 'Ed25519', publicKey: key.pem, value: key.sign(canonicalJson(content)) }
  const data = canonicalJson({ kind: 'site', content: { ...content, signature } }).replaceAll('<', '\\u003c')
  const page = `<!doctype html>\n<p>A page\n<script type="application/json" id="ssc-report">${change(data)}</script>\n</html>\n`
  writeFileSync(join(folder, 'report.html'), page)
  return chain.length
}

describe('what a site can do by hand, with openssl and sha256sum alone', () => {
  test("given its report as a page, when it follows the words, then signature and every fact hold, and the key's fingerprint is told", async () => {
    const facts = writePage()
    const { out, failed } = await byHand(VERIFY_SITE_REPORT)
    expect(failed).toBe(false)
    expect(out).toContain(fingerprintOf(key.pem))
    expect(out.match(/^fact \d+ holds$/gm)).toHaveLength(facts)
  })

  test('given a page in which one letter of a fact or of a light was changed, when it follows the words, then it shows', async () => {
    writePage((text) => text.replace('The challenge was planned', 'The challenge was blanned'))
    expect((await byHand(VERIFY_SITE_REPORT)).out).not.toContain('Verified Successfully')
    writePage((text) => text.replace(/\\"pid\\":4711/, '\\"pid\\":4712'))
    expect((await byHand(VERIFY_SITE_REPORT)).out).toContain('DOES NOT HOLD')
  })

  test('given an archive, when the words are followed, then all holds; and not when a fact in it was changed', async () => {
    const file = writeArchive(join(folder, 'run.ssc.gz'), { rows, key })
    const good = await byHand(VERIFY_ARCHIVE)
    expect(good.failed).toBe(false)
    expect(good.out.match(/ holds$/gm)).toHaveLength(rows.length)
    writeFileSync(file, gzipSync(gunzipSync(readFileSync(file)).toString().replace('\\"pid\\":4711', '\\"pid\\":4712')))
    expect((await byHand(VERIFY_ARCHIVE)).out).toContain('DOES NOT HOLD')
  })
})

test('given the words in the decision, then they are the very same', () => {
  const decision = readFileSync(new URL('../core/decisions/020-archive.md', import.meta.url), 'utf8')
  for (const words of [VERIFY_SITE_REPORT, VERIFY_ARCHIVE]) expect(decision).toContain(words)
})
