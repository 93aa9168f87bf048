import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Documents } from '../../core/domain/document.ts'
import { keepReports } from '../../core/kept-reports.ts'
import { samplePlan } from '../domain/sample-run.ts'
import { launchMs } from '../domain/sample-sites.ts'
import { type Calls, openCalls } from './calls.ts'
import { keepSampleRun } from './kept-run.ts'

let calls: Calls
let run: string
let going: string
const names = samplePlan(1, 10).sites.map(({ name }) => name)
const bytes = new Uint8Array([0x25, 0x50, 0x44, 0x46, 0xff, 0x00, 0x0a])

/** A format of the user's own: the document as it is, with the names of its charts. */
const plain = `export const report = {
  name: 'plain', summary: 'As it is.', extension: 'txt',
  kinds: ['run', 'site', 'certificate', 'acknowledgement', 'comparison', 'metrics', 'contacts'],
  render: (document, charts) => ({ contentType: 'text/plain; charset=utf-8', body: JSON.stringify({ ...document, charts: Object.keys(charts) }) + '\\n' }),
}`
const binary = `export const report = {
  name: 'binary', summary: 'No text.', extension: 'bin', kinds: ['run'],
  render: async () => ({ contentType: 'application/pdf', body: new Uint8Array([${bytes.join(',')}]) }),
}`

beforeAll(async () => {
  calls = await openCalls()
  for (const [name, text] of Object.entries({ plain, binary })) {
    mkdirSync(join(calls.home, 'reports', name), { recursive: true })
    writeFileSync(join(calls.home, 'reports', name, 'index.mjs'), text)
  }
  run = await keepSampleRun(calls, { seed: 1, sites: 10 })
  going = await keepSampleRun(calls, { seed: 2, sites: 3, untilMs: launchMs + 3_600_000 })
})
afterAll(async () => calls?.close())

async function documentOf<Kind extends keyof Documents>(
  ...argv: string[]
): Promise<{ kind: Kind; content: Documents[Kind]; charts: string[] }> {
  const called = await calls.call(...argv, '--format', 'plain')
  expect(called).toMatchObject({ status: 0, err: '' })
  return JSON.parse(called.out)
}

describe('ssc report', () => {
  test('given a run, when its report is asked for, then it is that of the CSIRT, with its charts', async () => {
    const { kind, content, charts } = await documentOf<'run'>('report', run)
    expect([kind, content.audience, content.sites.length]).toEqual(['run', 'csirt', 10])
    expect(charts).toContain('lights')
  })

  test('given an NGI or the public, when asked for, then nobody else is named, and an NGI that has no site is refused', async () => {
    const ngi = samplePlan(1, 10).sites[0]!.ngi
    const { content } = await documentOf<'run'>('report', run, '--audience', `ngi:${ngi}`)
    expect(new Set(content.sites.map((site) => site.ngi))).toEqual(new Set([ngi]))
    expect(content.signature).toBeDefined()
    const open = (await calls.call('report', run, '--audience', 'public', '--format', 'plain')).out
    for (const name of names) expect(open).not.toContain(name)
    expect(await calls.call('report', run, '--audience', 'ngi:X')).toMatchObject({ status: 2, err: expect.stringContaining(ngi) })
  })

  test('given a site, when its report or certificate is asked for, then it is of that site, and signed', async () => {
    const { content } = await documentOf<'site'>('report', run, '--kind', 'site', '--site', names[0]!)
    expect(content).toMatchObject({ audience: `site:${names[0]}`, site: { site: names[0] }, signature: { algorithm: 'Ed25519' } })
    expect(content.facts.rows.length).toBeGreaterThan(3)
    const certificate = await documentOf<'certificate'>('report', run, '--kind', 'certificate', '--site', names[0]!)
    expect(certificate.content).toMatchObject({ site: names[0], issuer: 'the officers of this exercise' })
  })

  test('given all sites, when their reports are asked for, then there is a file for each that its owner alone may read', async () => {
    const { status, out } = await calls.call('report', run, '--kind', 'site', '--all-sites', '--out', 'all', '--format', 'plain')
    expect([status, readdirSync(join(calls.cwd, 'all'))]).toEqual([0, names.map((name) => `${run}.${name}.site.txt`).sort()])
    expect(out.trim().split('\n')).toHaveLength(10)
    const file = join(calls.cwd, 'all', `${run}.${names[3]}.site.txt`)
    expect(JSON.parse(readFileSync(file, 'utf8')).content.site.site).toBe(names[3])
    expect(statSync(file).mode & 0o077).toBe(0)
  })

  test('given all sites, when certificates are asked for, then who has none is named with the reason, and the others get theirs', async () => {
    const wide = await keepSampleRun(calls, { seed: 4, sites: 14 })
    const { status, err } = await calls.call('report', wide, '--kind', 'certificate', '--all-sites', '--out', 'paper', '--format', 'plain')
    expect([status, readdirSync(join(calls.cwd, 'paper')).length]).toEqual([0, 13])
    expect(err).toMatch(/no certificate for \S+: its challenge did not begin \(the job was never seen to start/)
  })

  test('given the public, when the acknowledgement and the contacts are asked for, then both are written', async () => {
    const { content } = await documentOf<'acknowledgement'>('report', run, '--kind', 'acknowledgement')
    expect([content.audience, content.sites.length > 0]).toEqual(['public', true])
    const contacts = (await documentOf<'contacts'>('report', run, '--kind', 'contacts')).content.contacts
    expect(contacts).toEqual(JSON.parse((await calls.call('contacts', run, '--json')).out).contacts)
  })

  test('given a format that is no text, when written, then the file has its bytes, and to the output it does not go', async () => {
    expect(await calls.call('report', run, '--format', 'binary', '--out', 'r.bin')).toMatchObject({ status: 0 })
    expect(new Uint8Array(readFileSync(join(calls.cwd, 'r.bin')))).toEqual(bytes)
    expect(await calls.call('report', run, '--format', 'binary')).toMatchObject({
      status: 2,
      out: '',
      err: expect.stringContaining('--out FILE'),
    })
  })

  test.each([
    ['a format that cannot make it', ['--kind', 'certificate', '--site', 'X', '--format', 'binary'], /cannot make .*'certificate'.*plain/],
    ['no such format', ['--format', 'x'], /no report format 'x'.*plain/],
    ['a site report of no site', ['--kind', 'site'], /either --site NAME or --all-sites/],
    ['one site and all of them', ['--kind', 'site', '--site', 'X', '--all-sites'], /either --site NAME or --all-sites/],
    ['a run report of one site', ['--site', 'X'], /use --kind site/],
    ['all sites and no folder', ['--kind', 'site', '--all-sites'], /--out FOLDER/],
    ['a site that takes no part', ['--kind', 'site', '--site', 'X'], /X is not in the run/],
    ['an audience that is none', ['--audience', 'all'], /--audience is csirt, ngi:NAME or public/],
    ['a site as an audience', ['--audience', 'site:X'], /--kind site --site X/],
    ['an audience of a site report', ['--kind', 'site', '--site', 'X', '--audience', 'public'], /has its own audience/],
  ])('given %s, when asked for, then it is refused with what to do', async (_, more, words) => {
    expect(await calls.call('report', run, ...more)).toMatchObject({ status: 2, out: '', err: expect.stringMatching(words) })
  })

  test('given a run that goes on, when a site report is asked for, then it is refused', async () => {
    const site = samplePlan(2, 3).sites[0]!.name
    expect(await calls.call('report', going, '--kind', 'site', '--site', site)).toMatchObject({
      status: 1,
      err: expect.stringContaining('when the run is over'),
    })
  })
})

describe('the reports that lie beside the log', () => {
  test('given a report, when kept, then it is there as page, data, table and text, and is written again only where it lies', async () => {
    const { config } = await calls.instance()
    const { content } = await documentOf<'run'>('report', run)
    const page = await keepReports({ config }, content, { again: false })
    const folder = join(calls.home, 'reports')
    const kept = () => readdirSync(folder).filter((name) => name.startsWith(`${run}.`))
    expect(kept()).toEqual(expect.arrayContaining([`${run}.csv`, `${run}.html`, `${run}.json`, `${run}.md`]))
    expect(page).toBe(join(folder, `${run}.html`))
    rmSync(join(folder, `${run}.csv`))
    writeFileSync(join(folder, `${run}.json`), '')
    await keepReports({ config }, content, { again: true })
    expect(kept()).not.toContain(`${run}.csv`)
    expect(JSON.parse(readFileSync(join(folder, `${run}.json`), 'utf8'))).toBeTruthy()
    expect(await calls.call('verify', run)).toMatchObject({ status: 0 })
  })
})

describe('ssc compare', () => {
  test('given two runs, when compared, then both stand there, by one rubric', async () => {
    const { content, charts } = await documentOf<'comparison'>('compare', run, going)
    expect(content.runs.map((one) => one.run).sort()).toEqual([run, going].sort())
    expect(content.rubric).toMatchObject({ id: 'sec01' })
    expect(charts).toContain('lights')
  })

  test('given another rubric, when compared, then all are scored with it', async () => {
    const file = join(calls.cwd, 'own.yaml')
    const text = readFileSync(new URL('../../scenarios/ssc6-cms/rubric.yaml', import.meta.url), 'utf8')
    writeFileSync(file, text.replace(/^version: \d+/m, 'version: 77'))
    const { content } = await documentOf<'comparison'>('compare', run, going, '--rubric', 'own.yaml')
    expect(content.runs.map(({ rubric }) => rubric.version)).toEqual([77, 77])
  })

  test('given one run alone, when compared, then it is refused', async () => {
    expect(await calls.call('compare', run, run)).toMatchObject({ status: 2, err: expect.stringContaining('at least two') })
  })

  test('given a run that is not there, when compared, then those are named that are', async () => {
    expect(await calls.call('compare', run, 'x')).toMatchObject({ status: 2, err: expect.stringContaining(going) })
  })
})

describe('ssc metrics', () => {
  test('given runs of which some are over, when counted, then those alone count', async () => {
    const { content } = await documentOf<'metrics'>('metrics', '--by', 'month', '--from', '2027-02-01', '--to', '2027-02-28')
    const period = content.periods[0]!
    expect(content.periods.map((one) => one.period)).toEqual(['2027-02'])
    expect(period.runs).toContain(run)
    expect(period.runs).not.toContain(going)
    expect(period.contacts.asked).toBeGreaterThan(0)
  })

  test.each([
    [['--from', '2027-13-01'], '--from needs a day'],
    [['--to', '2027-02-30'], '--to needs a day'],
    [['--from', '2027-02-01', '--to', '2027-01-01'], '--to is before --from'],
  ])('given %j, when counted, then it is refused', async (more, words) => {
    expect(await calls.call('metrics', ...more)).toMatchObject({ status: 2, err: expect.stringContaining(words) })
  })

  test('given a time without a run, when counted, then that is said', async () => {
    expect(await calls.call('metrics', '--from', '2001-01-01', '--to', '2001-12-31')).toMatchObject({
      status: 1,
      err: expect.stringContaining('no run ended'),
    })
  })
})
