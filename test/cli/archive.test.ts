import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../core/io/keys.ts'
import { newKey, rowsOf, sampleEvents, writeArchive } from '../io/archive-rig.ts'
import { type Calls, openCalls } from './calls.ts'
import { launchedRun, seen, tell } from './control-run.ts'

let ours: Calls
let theirs: Calls
let run: string
let file: string
beforeAll(async () => {
  ;[ours, theirs] = await Promise.all([openCalls(), openCalls()])
  run = await launchedRun(theirs, { seed: 1 })
  await tell(theirs, run, 'SITE-0', seen)
  file = join(theirs.cwd, 'run.ssc.gz')
})
afterAll(async () => {
  await ours?.close()
  await theirs?.close()
})

const lines = (path: string) =>
  gunzipSync(readFileSync(path))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('ssc archive', () => {
  test('given the name of a run that was brought, when a verb is for own runs alone, then it says what shows the others', async () => {
    expect(await ours.call('status', `north/${run}`)).toMatchObject({ status: 2, err: expect.stringContaining('shown by ssc score') })
  })

  test('given a run, when it is exported twice, then each fact is in it as it is stored, for its owner alone, and the bytes are the same', async () => {
    expect(await theirs.call('archive', 'export', run, '--out', 'run.ssc.gz')).toMatchObject({ status: 0, err: '' })
    const { store } = await theirs.instance()
    const [header, ...rest] = lines(file)
    expect(header).toMatchObject({ format: 'ssc-archive/1', run, contents: false })
    expect(rest.slice(0, -1)).toEqual(await store.chainRows(run))
    expect(rest.at(-1).end.heads).toEqual(await store.heads(run))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    await theirs.call('archive', 'export', run, '--out', 'again.ssc.gz')
    expect(readFileSync(join(theirs.cwd, 'again.ssc.gz')).equals(readFileSync(file))).toBe(true)
  })

  test('given a run of another instance, when it is imported, then it can be scored, and nothing of it is in our own log', async () => {
    const brought = await ours.call('archive', 'import', file, '--as', 'north')
    expect(brought).toMatchObject({ status: 0, out: expect.stringContaining(`ssc score north/${run}`) })
    const { store, db } = await ours.instance()
    expect(await store.listRuns()).toEqual([])
    expect(await db.query('select 1 from ssc.events')).toEqual([])
    expect((await ours.call('archive', 'list')).out).toContain(`north/${run}`)
    expect((await ours.call('archive', 'import', file, '--as', 'north')).out).toContain('It was here already')
    const scored = await ours.call('score', `north/${run}`, '--json')
    expect(JSON.parse(scored.out)).toEqual(JSON.parse((await theirs.call('score', run, '--json')).out))
  })

  test('given a run that was brought, when any other verb is to act on it, then there is no such run', async () => {
    for (const verb of [['launch'], ['stop'], ['pause', '--reason', 'x'], ['note', '--site', 'SITE-0', '--text', 'x'], ['approve']]) {
      const [name, ...more] = verb
      expect([name, await ours.call(name!, `north/${run}`, ...more)]).toMatchObject([name, { status: expect.toSatisfy((n) => n !== 0) }])
    }
  })

  test('given the run goes on, when it is brought again, then the newer one stands, and the older one is refused', async () => {
    await tell(theirs, run, 'SITE-1', seen)
    await theirs.call('archive', 'export', run, '--out', 'more.ssc.gz')
    expect(await ours.call('archive', 'import', join(theirs.cwd, 'more.ssc.gz'), '--as', 'north')).toMatchObject({ status: 0 })
    expect(await ours.call('archive', 'import', file, '--as', 'north')).toMatchObject({
      status: 2,
      err: expect.stringContaining('does not go on from it'),
    })
  })

  test('given an origin, when somebody with another key takes its name, then they are refused', async () => {
    const strange = writeArchive(join(ours.cwd, 'strange.ssc.gz'), { rows: rowsOf(sampleEvents()), key: newKey() })
    const refused = await ours.call('archive', 'import', strange, '--as', 'north')
    expect(refused).toMatchObject({ status: 2, err: expect.stringContaining('signed with the key') })
    expect(await ours.call('archive', 'import', strange)).toMatchObject({ status: 0, out: expect.stringContaining('the-north/') })
  })

  test('given our own run, when it is imported as it is or as it was, then that is said, and nothing is kept', async () => {
    await theirs.call('archive', 'export', run, '--out', 'now.ssc.gz')
    const now = await theirs.call('archive', 'import', 'now.ssc.gz')
    expect(now).toMatchObject({ status: 0, out: expect.stringContaining('as it stands in our log') })
    const before = await theirs.call('archive', 'import', 'run.ssc.gz')
    expect(before).toMatchObject({ status: 0, out: expect.stringContaining('as it stood in our log') })
    expect((await theirs.call('archive', 'list')).out).toContain('No run was brought')
  })

  test('given personal content, when asked for, then it is in the file under its hash, and an import leaves it out', async () => {
    const { store } = await theirs.instance()
    const bytes = Buffer.alloc(2_500_000, 'a mail with a name in it. ')
    await store.commit({ run, contents: [{ hash: sha256(bytes), run, stream: `challenge/${run}/SITE-0`, bytes }] })
    const told = await theirs.call('archive', 'export', run, '--out', 'full.ssc.gz', '--with-contents')
    expect(told.out).toContain('1 pieces of personal content')
    const full = join(theirs.cwd, 'full.ssc.gz')
    const parts = lines(full).filter((line) => 'content' in line)
    expect(Buffer.concat(parts.map((part) => Buffer.from(part.bytes, 'base64'))).equals(bytes)).toBe(true)
    expect(await ours.call('archive', 'import', full, '--as', 'full')).toMatchObject({ status: 0 })
    expect(lines(join(ours.home, 'archives', 'full', `${run}.ssc.gz`)).some((line) => 'content' in line)).toBe(false)
  })

  test('given a run that was brought, when it is removed, then nothing of it is left', async () => {
    expect(await ours.call('archive', 'remove', `north/${run}`)).toMatchObject({ status: 0 })
    expect(existsSync(join(ours.home, 'archives', 'north'))).toBe(false)
    expect(await ours.call('score', `north/${run}`)).toMatchObject({ status: 2 })
  })

  test.each(['../../etc/passwd', 'north/../x', '/run', 'north/', 'a/b/c'])(
    'given the name %s, when it is removed, then there is no such run',
    async (name) => {
      expect(await ours.call('archive', 'remove', name)).toMatchObject({ status: 2, err: expect.stringContaining('no run was brought') })
    },
  )
})
