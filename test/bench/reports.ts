import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { documentOfRun, renderDocument } from '../../core/documents.ts'
import { buildReport } from '../../core/domain/build-report.ts'
import type { Event } from '../../core/domain/event.ts'
import { canonicalJson } from '../../core/domain/json.ts'
import type { Instance } from '../../core/instance.ts'
import { sha256 } from '../../core/io/keys.ts'
import { loadReportFormats } from '../../core/plugins.ts'
import { busyChallenges, sampleRun } from '../domain/sample-run.ts'
import { putRun } from '../io/put-run.ts'
import { setup } from '../services/template.ts'
import { type Figure, tableOf } from './figures.ts'
import { withInstance } from './setup.ts'

/** As many sites as the federation has, and more facts each than a challenge should get. */
const SITES = 400
const FACTS = 500
const MIB = 1024 * 1024

export type ReportsWish = { rounds: number; sites?: number; facts?: number }

/** All scores and the report of the run, page included, as a multiple of reading the same log from the store. */
export async function measureReports(instance: Instance, { rounds, sites = SITES, facts = FACTS }: ReportsWish): Promise<Figure[]> {
  const run = await putRun(instance, busyRun(sites, facts))
  const html = (await loadReportFormats(instance.config.home)).get('html')!
  const whole = async () => renderDocument(html, await documentOfRun(instance, run, { kind: 'run', audience: 'csirt' }))
  const figures = { read: [] as number[], score: [] as number[], report: [] as number[], ratio: [] as number[], growth: [] as number[] }
  const hashes = new Set<string>()
  for (let round = -1; round < rounds; round += 1) {
    const [readMs, events] = await timed(() => instance.store.readRun(run))
    const [scoreMs, report] = await timed(async () => buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER' }))
    if (report.sites.length !== sites || report.sites.some((site) => site.coverage.known === 0)) throw new Error('a site was not scored')
    const before = process.memoryUsage().rss
    const [wholeMs, { body }] = await timed(whole)
    hashes.add(sha256(canonicalJson(report))).add(sha256(body))
    if (round < 0) continue
    figures.read.push(readMs)
    figures.score.push(scoreMs)
    // Reading is a part of making the report from the store, and no part of what is compared with it.
    figures.report.push(Math.max(scoreMs, wholeMs - readMs))
    figures.ratio.push(figures.report.at(-1)! / readMs)
    figures.growth.push(Math.max(0, process.memoryUsage().rss - before) / MIB)
  }
  const remark = `${sites} sites, ${facts} facts each`
  if (hashes.size !== 2) throw new Error('a report that was built twice has not the same bytes')
  return [
    { name: 'all scores and the report ÷ reading the log', unit: '', values: figures.ratio, goal: { most: 3 }, digits: 2, remark },
    { name: 'reading the log', unit: 'ms', values: figures.read, digits: 0, remark },
    { name: 'all scores and the data of the report', unit: 'ms', values: figures.score, digits: 0 },
    { name: 'all scores and the report, as a page', unit: 'ms', values: figures.report, digits: 0, remark: 'the same bytes each time' },
    {
      name: 'memory that a report adds',
      unit: 'MiB',
      values: figures.growth,
      digits: 0,
      remark: 'resident, beside the log that was read before',
    },
  ]
}

function busyRun(sites: number, facts: number): Event[] {
  const own = sampleRun({ seed: 7, sites }).filter(({ stream }) => stream.startsWith('run/'))
  return [...own, ...busyChallenges({ sites, eventsPerSite: facts }).flat()]
}

async function timed<T>(work: () => Promise<T>): Promise<[ms: number, result: T]> {
  const start = performance.now()
  const result = await work()
  return [performance.now() - start, result]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tidy = await setup()
  try {
    console.log(tableOf(await withInstance((instance) => measureReports(instance, { rounds: 5 }))))
  } finally {
    tidy()
  }
  process.exit()
}
