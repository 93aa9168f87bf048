import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { restoreBackup, writeBackup } from '../../core/backup.ts'
import { readConfig } from '../../core/config.ts'
import { openInstance } from '../../core/instance.ts'
import { reportOf } from '../../core/report.ts'
import { openFresh } from '../app/instance.ts'
import { sampleRun } from '../domain/sample-run.ts'
import { putRun } from '../io/put-run.ts'
import { freshDatabase, freshHome } from '../services/homes.ts'

const toEnd: (() => unknown)[] = []
afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end()
})

/** An instance with a run, an account, keys and a file of its own; and its backup. */
async function backedUp() {
  const { instance, close } = await openFresh()
  toEnd.push(close)
  const { home } = instance.config
  const run = await putRun(instance, sampleRun({ seed: 3, sites: 4 }))
  const account = { id: 'a-1', name: 'Ada', grants: [{ role: 'csirt' as const }], createdMs: 1, joinedMs: 2 }
  await instance.accounts.put(account)
  await instance.store.commit({
    run,
    contents: [{ hash: 'h'.repeat(64), run, stream: `run/${run}`, bytes: new Uint8Array([0, 255, 10, 13]) }],
  })
  mkdirSync(join(home, 'mail-templates'), { recursive: true })
  writeFileSync(join(home, 'mail-templates', 'alert.hbs'), 'Subject: own\n\nwords\n')
  // A key is made when it is first used.
  instance.keys.jobToken('x')
  const report = await reportOf(instance, run)
  const file = join(home, 'reports-backup.gz')
  const written = await writeBackup(instance, file)
  return { instance, run, account, report, file, written }
}

/** An empty place of the set-up under test. */
async function emptyPlace() {
  const { home, remove } = freshHome()
  const database = await freshDatabase()
  toEnd.push(remove, async () => database?.drop())
  const folder = join(home, 'new')
  return readConfig({ SSC_HOME: folder, DATABASE_URL: database?.url }, home)
}

describe('a backup', () => {
  it('given a whole instance, when it is restored elsewhere, then it is the same: report, accounts, content, keys, own files', async () => {
    const { instance, run, account, report, file, written } = await backedUp()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    const config = await emptyPlace()
    const restored = await restoreBackup(config, file)
    expect(restored).toMatchObject(written)
    const twin = await openInstance(config)
    toEnd.push(() => twin.close())
    expect(await reportOf(twin, run)).toEqual(report)
    expect(await twin.accounts.list()).toEqual([account])
    expect([...(await twin.store.content('h'.repeat(64)))!]).toEqual([0, 255, 10, 13])
    expect(await twin.store.chainRows(run)).toEqual(await instance.store.chainRows(run))
    expect(twin.keys.jobToken('x')).toBe(instance.keys.jobToken('x'))
    expect(readFileSync(join(config.home, 'mail-templates/alert.hbs'), 'utf8')).toContain('words')
    await expect(restoreBackup(config, file)).rejects.toThrow('is not empty')
  })

  it('given settings that lie there already, when it is restored beside them, then they stay', async () => {
    const { instance, file } = await backedUp()
    writeFileSync(join(instance.config.home, 'config.yaml'), 'retentionDays: 90\n')
    await writeBackup(instance, file)
    const config = await emptyPlace()
    mkdirSync(config.home)
    writeFileSync(join(config.home, 'config.yaml'), 'retentionDays: 30\n')
    await restoreBackup(config, file)
    expect(readFileSync(join(config.home, 'config.yaml'), 'utf8')).toBe('retentionDays: 30\n')
    const other = await emptyPlace()
    await restoreBackup(other, file)
    expect(readFileSync(join(other.home, 'config.yaml'), 'utf8')).toBe('retentionDays: 90\n')
  })

  it('given one of an older version, then what that did not have gets its default; one of a newer version is refused, and nothing is restored', async () => {
    const { run, report, file } = await backedUp()
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')
    const rewrite = (change: (line: string) => string) => {
      const hash = createHash('sha256')
      const changed = lines.slice(0, -1).map(change)
      for (const line of changed.slice(1)) hash.update(line)
      const end = JSON.parse(lines.at(-1)!) as { end: object }
      writeFileSync(file, gzipSync(`${[...changed, JSON.stringify({ end: { ...end.end, sha256: hash.digest('hex') } })].join('\n')}\n`))
    }
    rewrite((line) => line.replace(/"schema":"[^"]*"/, '"schema":"001-log.sql"').replace(/"kept_ms":\d+,/, ''))
    const config = await emptyPlace()
    await restoreBackup(config, file)
    const twin = await openInstance(config)
    toEnd.push(() => twin.close())
    expect(await reportOf(twin, run)).toEqual(report)
    expect(await twin.db.query('select kept_ms from ssc.contents')).toEqual([{ kept_ms: 0 }])
    rewrite((line) => line.replace(/"schema":"[^"]*"/, '"schema":"999-to-come.sql"'))
    const other = await emptyPlace()
    await expect(restoreBackup(other, file)).rejects.toThrow('was written by a newer version (999-to-come.sql): restore it with that one')
    expect(existsSync(other.home)).toBe(false)
  })

  it('given one that is cut off, altered or would write elsewhere, when it is restored, then nothing is', async () => {
    const { file } = await backedUp()
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')
    const broken: [string, string[]][] = [
      ['cut off', lines.slice(0, -1)],
      ['altered', lines.map((line) => line.replace('"Ada', '"Eve').replace('\\"Ada', '\\"Eve'))],
      ['elsewhere', [lines[0]!, '{"base64":"","file":"../evil"}', ...lines.slice(1)]],
      ['no JSON', [lines[0]!, '{', ...lines.slice(1)]],
    ]
    for (const [name, text] of broken) {
      writeFileSync(file, gzipSync(`${text.join('\n')}\n`))
      const config = await emptyPlace()
      await expect(restoreBackup(config, file), name).rejects.toThrow('Nothing was restored')
      expect(existsSync(config.home), name).toBe(false)
    }
  })
})
