import { messageOf } from '../domain/errors.ts'
import { type GocdbNews, newsFor } from '../domain/gocdb-news.ts'
import { isLaunched, type LaunchedRun, waitsFor } from '../domain/work.ts'
import type { Effect, Store } from '../ports.ts'
import type { Deps } from './deps.ts'
import { finish, withDeadline } from './effect.ts'
import { passGate } from './gate.ts'
import { readLaunchedRun, readRunState } from './view.ts'

const DEADLINE_MS = 150_000

/** Tells the runs that are under way what an import brought. Gives back how many facts are new. */
export async function tellOpenRuns(store: Store, news: GocdbNews): Promise<number> {
  let told = 0
  for (const run of await runsUnderWay(store)) told += await tellRun(store, run, news)
  return told
}

/** Whether an open run counts the certification of its sites: nobody else needs its changes. */
export async function waitsForCertification(store: Store): Promise<boolean> {
  return (await runsUnderWay(store)).some((run) => waitsFor(run, 'certified'))
}

/** But rehearsals: they have a story of their own. */
async function runsUnderWay(store: Store): Promise<LaunchedRun[]> {
  const states = await Promise.all((await store.listRuns()).map(({ run }) => readRunState(store, run)))
  return states.filter((state) => isLaunched(state)).filter((run) => run.endedMs === undefined && !run.plan.run.rehearsal)
}

/** Puts what is new of the run's sites into their logs, and gives back how many facts that are. */
export async function tellRun(store: Store, run: LaunchedRun, news: GocdbNews): Promise<number> {
  const facts = newsFor(run, news)
  const streams = [...new Set(facts.map(({ stream }) => stream))]
  const logs = await Promise.all(streams.map((stream) => store.readStream(stream)))
  const known = new Set(logs.flat().map(({ stream, key }) => `${stream} ${key}`))
  const fresh = facts.filter(({ stream, key }) => !known.has(`${stream} ${key}`))
  if (fresh.length > 0) await store.commit({ run: run.plan.id, facts: fresh })
  return fresh.length
}

/** One round: what GOCDB says now of the run's sites. A GOCDB that cannot be had changes nothing. */
export async function readGocdb(deps: Deps, effect: Effect): Promise<void> {
  const { store, gocdb } = deps
  if (gocdb === undefined) return finish(deps, effect)
  const run = await readLaunchedRun(store, effect.run)
  if (!(await passGate(deps, { effect, run, hosts: [gocdb.host], facts: [] }, () => []))) return
  const sites = new Set(run.plan.sites.map(({ name }) => name))
  const wants = { downtimes: true, certifications: waitsFor(run, 'certified') }
  try {
    const { problems, ...news } = await withDeadline(DEADLINE_MS, (signal) => gocdb.ask({ sites, sinceMs: run.launchedMs, wants, signal }))
    for (const problem of problems) deps.log('a part of what GOCDB said was left out', { run: run.plan.id, reason: problem })
    await tellRun(store, run, news)
  } catch (error) {
    deps.log('GOCDB could not be read', { run: run.plan.id, reason: messageOf(error) })
  }
  await finish(deps, effect)
}
