import { setup } from '../services/template.ts'
import { measureAccess } from './access.ts'
import { measureBoards } from './boards.ts'
import { type Figure, reached, tableOf } from './figures.ts'
import { measureListings } from './gridftp.ts'
import { measureHeartbeats } from './heartbeats.ts'
import { measureHostile } from './hostile.ts'
import { measureJobs } from './jobs.ts'
import { measureMails } from './mails.ts'
import { measureReports } from './reports.ts'
import { measureScoring } from './scoring.ts'
import { measureServe } from './serve.ts'
import { setUpName, withInstance } from './setup.ts'
import { measureStart } from './start.ts'
import { measureStopDrill } from './stop-drill.ts'

const quick = process.argv.includes('--quick')
const asJson = process.argv.includes('--json')
const rounds = quick ? 3 : 7

const hostile = quick ? { rounds: 1, seconds: 6 } : { rounds: 3, seconds: 20 }
const boards = quick ? { rounds: 3, browsers: 50, pages: 20 } : { rounds: 10, browsers: 50, pages: 60 }
const drill = quick ? { agents: 200, intervalMs: 2_000 } : { agents: 1_000, intervalMs: 5_000 }
const tidy = await setup()
const figures: Figure[] = []
try {
  figures.push(...(await step('heartbeats', heartbeats)))
  figures.push(...(await step('jobs', () => withInstance((instance) => measureJobs(instance, { rounds, jobs: quick ? 200 : 1000 })))))
  figures.push(...(await step('mails', () => withInstance((instance) => measureMails(instance, { rounds: quick ? 1 : 5, mails: 400 })))))
  figures.push(...(await step('access', () => withInstance((instance) => measureAccess(instance, quick ? 2 : 5)))))
  figures.push(...(await step('GridFTP listings', () => measureListings({ rounds: quick ? 2 : 5 }))))
  figures.push(...(await step('a hostile port', () => withInstance((instance) => measureHostile(instance, hostile)))))
  figures.push(...(await step('stop drill', () => withInstance((instance) => measureStopDrill(instance, drill)))))
  figures.push(...(await step('scoring', scoring)))
  figures.push(...(await step('reports', () => withInstance((instance) => measureReports(instance, { rounds: quick ? 2 : 5 })))))
  figures.push(...(await step('boards', () => withInstance((instance) => measureBoards(instance, boards)))))
  figures.push(...(await step('npm start', () => measureStart({ starts: quick ? 1 : 3 }))))
  figures.push(...(await step('serve', () => measureServe({ starts: quick ? 1 : 5 }))))
} finally {
  tidy()
}
const name = setUpName(process.env)
if (asJson)
  console.log(
    JSON.stringify({ setUp: name, node: process.version, figures: figures.map((one) => ({ ...one, reached: reached(one) })) }, null, 2),
  )
else console.log(`${name}, Node.js ${process.version}\n\n${tableOf(figures)}`)
process.exit()

function heartbeats(): Promise<Figure[]> {
  return withInstance((instance) => measureHeartbeats(instance, { rounds, beatsPerJob: quick ? 10 : 40, steadySeconds: quick ? 2 : 5 }))
}

async function scoring(): Promise<Figure[]> {
  const { ratios, scoreMs, sites, eventsPerSite } = await measureScoring(quick ? 3 : 9)
  const remark = `${sites} sites, ${eventsPerSite} facts each`
  return [
    { name: 'scoring ÷ JSON.parse of the same bytes', unit: '', values: ratios, goal: { most: 3 }, digits: 2, remark },
    { name: 'scoring', unit: 'ms', values: scoreMs, digits: 0, remark },
  ]
}

async function step(what: string, measure: () => Promise<Figure[]>): Promise<Figure[]> {
  console.error(`measuring ${what} ...`)
  return measure()
}
