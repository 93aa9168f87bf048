import { messageOf } from '../domain/errors.ts'
import { daysBack, hasNews, lastPackages, type PakitiLine, packagesIn } from '../domain/pakiti.ts'
import type { PlannedSite } from '../domain/plan.ts'
import { createSlots } from '../domain/slots.ts'
import type { LaunchedRun } from '../domain/work.ts'
import { utcWords } from '../domain/zone.ts'
import type { Effect } from '../ports.ts'
import type { Deps, Pakiti } from './deps.ts'
import { CALL_DEADLINE_MS, finish, withDeadline } from './effect.ts'
import { judge, passGate } from './gate.ts'
import { readChallenge, readLaunchedRun, streamOf } from './view.ts'

/** When Pakiti was asked last for each site, ms since 1970. Disposable, as that of the access probes. */
type Asked = Record<string, number>
type Round = { effect: Effect; run: LaunchedRun; pakiti: Pakiti; asked: Asked }

/** It is one small server for all sites. */
const AT_ONCE = 4
/** So far may the clocks of two servers be apart. */
const SKEW_MS = 10 * 60_000

/** One round: Pakiti is asked for each alerted site, and only changes are logged. A Pakiti that cannot be had changes nothing. */
export async function probePakiti(deps: Deps, effect: Effect): Promise<void> {
  const { store, pakiti } = deps
  if (pakiti === undefined) return finish(deps, effect)
  const run = await readLaunchedRun(store, effect.run)
  if (!(await passGate(deps, { effect, run, hosts: [pakiti.host], facts: [] }, () => []))) return
  const name = `pakiti-asked:${effect.run}`
  const round: Round = { effect, run, pakiti, asked: { ...(await store.document<Asked>(name)) } }
  const inTurn = createSlots(AT_ONCE)
  const failures = await Promise.all(run.plan.sites.map((site) => inTurn(() => failureOf(deps, round, site))))
  tellFailures(deps, effect.run, failures)
  await store.putDocument(name, round.asked)
  await finish(deps, effect)
}

/** Asks for one site; gives back why that could not be done. */
async function failureOf(deps: Deps, round: Round, site: PlannedSite): Promise<string | undefined> {
  try {
    await askFor(deps, round, site)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

/** Whoever is away is away for all sites: each reason is told once. */
function tellFailures(deps: Deps, run: string, failures: readonly (string | undefined)[]): void {
  const counts = new Map<string, number>()
  for (const reason of failures) if (reason !== undefined) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  for (const [reason, sites] of counts) deps.log('Pakiti could not be asked', { run, sites, reason })
}

async function askFor(deps: Deps, { effect, run, pakiti, asked }: Round, site: PlannedSite): Promise<void> {
  const { store, clock } = deps
  const stream = streamOf(run, site)
  const state = await readChallenge(store, stream)
  const alertedMs = state.mails.alert.accepted?.at
  const intent = { effect, run, site, hosts: [pakiti.host], facts: [], halted: deps.haltOf(run.plan.id) }
  if (alertedMs === undefined || judge(intent, clock.now()).pass !== 'go') return
  const days = daysBack(run.launchedMs, clock.now())
  const lines = await withDeadline(CALL_DEADLINE_MS, (signal) => pakiti.ask({ site: site.name, days, signal }))
  const nowMs = clock.now()
  const before = lastPackages(state.packages)?.data
  const data = packagesIn(lines, { site: site.name, before, askedMs: asked[site.name], nowMs })
  asked[site.name] = nowMs
  if (!hasNews(before, data, alertedMs)) return
  tellOtherClock(deps, run.plan.id, { lines, nowMs })
  // Two rounds that overlap on a slow machine tell the same change once.
  const key = `packages:${state.packages.length + 1}`
  await store.commit({ run: effect.run, facts: [{ stream, type: 'PackagesSeen', data, key }] })
}

/** A report from the future shows that Pakiti's server has another time zone than config.yaml says. */
function tellOtherClock(deps: Deps, run: string, { lines, nowMs }: { lines: readonly PakitiLine[]; nowMs: number }): void {
  const late = lines.find(({ reportedMs }) => reportedMs > nowMs + SKEW_MS)
  if (late === undefined) return
  const reason = `a report of ${utcWords(late.reportedMs)} lies ahead of us: see pakiti.timeZone in config.yaml`
  deps.log("Pakiti's clock is not ours", { run, site: late.site, reason })
}
