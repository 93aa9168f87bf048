import { readPlannedRun, readRunState, streamOf } from './app/view.ts'
import { eventsOf } from './archive.ts'
import { redact } from './domain/audience.ts'
import { buildAcknowledgement, buildCertificate } from './domain/build-certificate.ts'
import { buildComparison, type Compared } from './domain/build-comparison.ts'
import { buildContacts, buildMetrics, type EndedRun, type MetricsWish } from './domain/build-metrics.ts'
import { buildReport, isRunEvent } from './domain/build-report.ts'
import { buildSiteReport } from './domain/build-site-report.ts'
import type { ChainRow } from './domain/chain.ts'
import { type ContactQuality, contactQuality } from './domain/contact-quality.ts'
import type { Charts, Document, Rendered, ReportFormat } from './domain/document.ts'
import { InputError } from './domain/errors.ts'
import { type ChallengeEvent, challengeStream } from './domain/event.ts'
import type { Audience, Report } from './domain/report.ts'
import type { Rubric } from './domain/rubric.ts'
import { foldRun } from './domain/run-state.ts'
import type { Instance } from './instance.ts'
import { reportOf, signatureOf, signHeads } from './report.ts'

/** A document of one run as a whole. */
export type RunWish = { kind: 'run'; audience: Audience } | { kind: 'acknowledgement' } | { kind: 'contacts' }

/** Throws InputError when there is no such run, or nobody of this audience takes part. */
export async function documentOfRun(instance: Instance, run: string, wish: RunWish): Promise<Document> {
  const report = await reportOf(instance, run)
  if (wish.kind === 'acknowledgement') return { kind: 'acknowledgement', content: buildAcknowledgement(report, issuerOf(instance)) }
  if (wish.kind === 'contacts') return { kind: 'contacts', content: buildContacts(report, await contactsOf(instance, run)) }
  requireAudience(report, wish.audience)
  return { kind: 'run', content: signHeads(instance.keys, redact(report, wish.audience)) }
}

function requireAudience({ run, sites }: Report, audience: Audience): void {
  if (!audience.startsWith('ngi:') || sites.some(({ ngi }) => audience === `ngi:${ngi}`)) return
  const ngis = [...new Set(sites.map(({ ngi }) => ngi))].sort()
  throw new InputError(`no site of ${audience.slice(4)} takes part in ${run}. There are: ${ngis.join(', ')}.`, [])
}

/** What one site gets: its own report, or its certificate. */
export type SiteDocuments = { report: Report; of(kind: 'site' | 'certificate', site: string): Document }

/** The log is read once for all sites of the run. */
export async function siteDocuments(instance: Instance, run: string): Promise<SiteDocuments> {
  const { keys, store } = instance
  const report = await reportOf(instance, run)
  const rows = byStream(await store.chainRows(run))
  function of(kind: 'site' | 'certificate', site: string): Document {
    if (kind === 'certificate') return { kind, content: signed(buildCertificate(report, { site, ...issuerOf(instance) })) }
    return { kind, content: signed(buildSiteReport(report, site, rows.get(challengeStream(run, site)) ?? [])) }
  }
  const signed = <Content extends object>(content: Content) => ({ ...content, signature: signatureOf(keys, content) })
  return { report, of }
}

function byStream(rows: readonly ChainRow[]): Map<string, ChainRow[]> {
  const streams = new Map<string, ChainRow[]>()
  for (const row of rows) {
    const known = streams.get(row.stream)
    if (known) known.push(row)
    else streams.set(row.stream, [row])
  }
  return streams
}

function issuerOf({ config }: Pick<Instance, 'config'>): { issuer: string } {
  return { issuer: config.contact.name }
}

/** What the run showed of each contact. */
export async function contactsOf({ store }: Pick<Instance, 'store'>, name: string): Promise<ContactQuality[]> {
  const run = await readPlannedRun(store, name)
  const found = await Promise.all(
    [...run.plan.sites, ...run.plan.parties].map(async (one) =>
      contactQuality(run, one, (await store.readStream(streamOf(run, one))) as ChallengeEvent[]),
    ),
  )
  return found.flat()
}

/** Runs side by side, our own or those that were brought (ORIGIN/RUN), all with this rubric; without one, with that of the newest. */
export async function comparisonOf(instance: Instance, names: readonly string[], rubric?: Rubric): Promise<Document> {
  const runs = [...new Set(names)]
  const extras = { audience: 'csirt', tlp: 'TLP:AMBER', rubric: rubric ?? (await newestRubric(instance, runs)) } as const
  const compared: Compared[] = []
  // One log in memory at a time.
  for (const name of runs) {
    const origin = name.includes('/') ? { origin: name.slice(0, name.indexOf('/')) } : {}
    compared.push({ report: buildReport(await eventsOf(instance, name), extras), ...origin })
  }
  return { kind: 'comparison', content: buildComparison(compared) }
}

async function newestRubric(instance: Instance, names: readonly string[]): Promise<Rubric> {
  let newest: { fromMs: number; rubric: Rubric } | undefined
  for (const name of names) {
    const { plan, rubric } = foldRun((await eventsOf(instance, name)).filter(isRunEvent))
    const fromMs = Date.parse(plan?.run.window.from ?? '')
    if (rubric !== undefined && !(fromMs <= (newest?.fromMs ?? Number.NEGATIVE_INFINITY))) newest = { fromMs, rubric }
  }
  if (newest === undefined) throw new InputError('name the runs to compare', [])
  return newest.rubric
}

/** Of our own runs that are over. Rehearsals count only where there is no real run. */
export async function metricsOf(instance: Instance, wish: MetricsWish): Promise<Document> {
  const ended: EndedRun[] = []
  for (const { run } of await instance.store.listRuns()) {
    const state = await readRunState(instance.store, run)
    const endedMs = state.stopped?.at ?? state.endedMs
    if (endedMs === undefined || state.scenario === undefined) continue
    const { sites, asOf, rehearsal, times, rubric } = await reportOf(instance, run)
    const lights = sites.map(({ overall, coverage }) => ({ overall, coverage }))
    ended.push({ report: { run, asOf, rehearsal, times, rubric, sites: lights }, endedMs, contacts: await contactsOf(instance, run) })
  }
  const real = ended.filter(({ report }) => !report.rehearsal)
  return { kind: 'metrics', content: buildMetrics(real.length > 0 ? real : ended, wish) }
}

/** In a format that can make such a document; core/cli/deliver.ts asks before. */
export async function renderDocument(format: ReportFormat, document: Document): Promise<Rendered> {
  return format.render(document, await chartsFor(document))
}

/** Loaded when there is something to draw: a short verb needs none. */
async function chartsFor(document: Document): Promise<Charts> {
  const { chartsOf } = await import('./charts/charts-of.ts')
  return chartsOf(document)
}
