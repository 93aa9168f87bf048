import { hostOf } from './loopback.ts'
import type { Party, Run } from './run.ts'
import type { Downtime, Endpoint, Federation, Site } from './site.ts'
import type { Action } from './task.ts'

/** A chosen site, with all that its challenge needs later: the plan is complete without the federation's data. */
export type PlannedSite = {
  name: string
  country: string
  ngi: string
  tier?: string
  timeZone: string
  securityContact: string
  /** Its general contact: whom an escalation goes to. */
  manager?: string
  /** The ticket system that carries the letters; without it they go by mail. */
  carrier?: string
  submitter: string
  serviceType: string
  /** The site's own, or the service of the VO that jobs go through. */
  endpoint: string
  /** The VO's own name of the site, where it has one. */
  voName?: string
  /** Where it is asked whether the identities are let in: plug-in and endpoint. */
  probes: readonly { service: string; endpoint: string }[]
  /** Public holidays of the country in and after the window, `YYYY-MM-DD`. */
  holidays: readonly string[]
  /** Gets its job before the others. */
  canary?: true
  /** Gets the alert, in a run that alerts one site. */
  alerted?: true
  /** Outages of the site: those declared before the alert pause its clocks. */
  downtimes: readonly { declaredMs: number; startMs: number; endMs: number }[]
}

/** Somebody besides the sites who takes part in the run as a whole. */
export type PlannedParty = Omit<Party, 'role'> & {
  /** Names its log: `ngi-NGI_AA`. */
  id: string
  role: Party['role']
  holidays: readonly string[]
}

export type Plan = {
  /** `<scenario>-<first 8 digits of the hash>` */
  id: string
  hash: string
  run: Run
  sites: readonly PlannedSite[]
  /** The NGIs of the sites, the VO, the CA and whoever else takes part. */
  parties: readonly PlannedParty[]
  /** The only domains that letters of this run go to. */
  domains: readonly string[]
  excluded: readonly { name: string; reason: string }[]
  /** Where the agents report to, in the order in which they try; none in a rehearsal, which has its own. */
  listeners: readonly string[]
}

type AddressAction = 'contact' | 'move-listener'

/** Whether its number chooses one of the addresses that the run is launched with. */
export function namesAddress(action: Action): action is AddressAction {
  return action === 'contact' || action === 'move-listener'
}

/** How many there are of them. */
export function addressCount({ run, listeners }: Pick<Plan, 'run' | 'listeners'>, action: AddressAction): number {
  if (action === 'contact') return run.contacts.length
  return run.rehearsal ? 1 : listeners.length
}

/** What the planner needs to know of a plug-in. `through` = the VO's service that stands for every site which the VO has a name for. */
export type Usable = { name: string; serviceTypes: readonly string[]; through?: string; local?: true }

export type PlanInput = {
  run: Run
  /** What the scenario does at a site. */
  scenario: { job?: unknown; alert: 'all' | 'one' }
  federation: Federation
  /** In the order of preference of the run. */
  submitters: readonly Usable[]
  /** Those that ask whether an identity is let in. */
  probers: readonly Usable[]
  holidays(country: string, fromMs: number, toMs: number): readonly string[]
  /** Orders the candidates: the same seed and name give the same number everywhere. */
  rank(name: string): string
}

/** The choice of sites, or why the wish cannot be met and how far it got. */
export type Choice = { sites: PlannedSite[]; excluded: { name: string; reason: string }[]; shortfall: string[] }

/** Chooses the sites of a run. Pure: the same input gives the same choice, in whatever order the sites came. */
export function chooseSites(input: PlanInput): Choice {
  const excluded: Choice['excluded'] = []
  const candidates: PlannedSite[] = []
  for (const site of [...input.federation.sites].sort(byName)) {
    const judged = judge(site, input)
    if ('reason' in judged) excluded.push({ name: site.name, reason: judged.reason })
    else candidates.push(judged)
  }
  const sites = withAlerted(withCanaries(pick(candidates, input), input), input)
  const chosen = new Set(sites.map((site) => site.name))
  for (const one of candidates)
    if (!chosen.has(one.name)) excluded.push({ name: one.name, reason: 'could take part, but enough others were drawn' })
  return { sites: sites.sort(byName), excluded: excluded.sort(byName), shortfall: shortfallOf(sites, candidates, input.run) }
}

/** The first of the draw go ahead of the others. */
function withCanaries(sites: readonly PlannedSite[], { run, scenario, rank }: PlanInput): PlannedSite[] {
  if (scenario.job === undefined || run.canaries >= sites.length) return [...sites]
  const ranked = [...sites].sort((a, b) => compare(rank(`canary ${a.name}`), rank(`canary ${b.name}`)) || byName(a, b))
  const first = new Set(ranked.slice(0, run.canaries).map((site) => site.name))
  return sites.map((site) => (first.has(site.name) ? { ...site, canary: true } : site))
}

/** One site is alerted: the run's own, or a small one, as GOCDB's tiers go. */
function withAlerted(sites: readonly PlannedSite[], { run, scenario, rank }: PlanInput): PlannedSite[] {
  if (scenario.alert === 'all') return [...sites]
  const size = ({ tier = '0' }: PlannedSite) => -Number.parseInt(tier.replaceAll(/\D/g, '') || '0', 10)
  const ranked = [...sites].sort((a, b) => size(a) - size(b) || compare(rank(`alert ${a.name}`), rank(`alert ${b.name}`)) || byName(a, b))
  const chosen = run.alertSite ?? ranked[0]?.name
  return sites.map((site) => (site.name === chosen ? { ...site, alerted: true } : site))
}

/** Takes one site of each country in turn, so that as many countries as possible take part. */
function pick(candidates: readonly PlannedSite[], { run, rank }: PlanInput): PlannedSite[] {
  const countries = new Map<string, PlannedSite[]>()
  const ranked = [...candidates].sort((a, b) => compare(rank(a.name), rank(b.name)) || byName(a, b))
  for (const site of ranked) countries.set(site.country, [...(countries.get(site.country) ?? []), site])
  const rounds = Array.from({ length: Math.min(run.maxPerCountry, run.sites) }, (_, round) =>
    [...countries.values()].flatMap((sites) => sites[round] ?? []),
  )
  return rounds.flat().slice(0, run.sites)
}

function shortfallOf(sites: readonly PlannedSite[], candidates: readonly PlannedSite[], run: Run): string[] {
  const countries = new Set(sites.map((site) => site.country)).size
  const all = new Set(candidates.map((site) => site.country)).size
  const problems: string[] = []
  if (sites.length < run.sites)
    problems.push(
      `sites: ${run.sites} are wanted, ${sites.length} can be had with at most ${run.maxPerCountry} a country (${candidates.length} sites in ${all} countries could take part)`,
    )
  const alerted = run.alertSite
  if (alerted !== undefined && !sites.some((site) => site.name === alerted))
    problems.push(`alertSite: ${alerted} is not among the chosen sites; name it in 'only', or leave it out`)
  if (countries < run.countries) problems.push(`countries: ${run.countries} are wanted, ${countries} can be had`)
  return problems
}

/** The site as it would take part, or the first reason why it cannot. */
function judge(site: Site, input: PlanInput): PlannedSite | { reason: string } {
  const { run, federation } = input
  if (run.only !== undefined && !run.only.includes(site.name)) return { reason: 'is not among those that the run names' }
  if (run.ngis !== undefined && !run.ngis.includes(site.ngi)) return { reason: `belongs to another NGI (${site.ngi})` }
  if (!(run.certification as readonly string[]).includes(site.certification))
    return { reason: `not ${run.certification.join(' or ').toLowerCase()} (${site.certification})` }
  if (site.infrastructure !== 'Production') return { reason: `not a production site (${site.infrastructure})` }
  if (!supports(site, run.vo)) return { reason: `does not support the VO ${run.vo.name}` }
  if (site.securityContact === undefined) return { reason: 'has no security contact' }
  const window = { from: Date.parse(run.window.from), to: Date.parse(run.window.to) }
  const outages = federation.downtimes.filter((one) => isOutage(one) && one.services.some((service) => service.site === site.name))
  const out = outages.filter((one) => one.startMs < window.to && one.endMs > window.from)
  const carrier = run.tickets.ngis[site.ngi] ?? run.tickets.default
  const voName = site.voNames[run.vo.name]
  const usable = input.scenario.job === undefined ? [NO_ENDPOINT] : usableEndpoints(site, input.submitters, voName)
  if (usable.length === 0) return { reason: `has no endpoint that ${run.submitters.join(' or ')} can use` }
  const found = usable.find(({ endpoint }) => !out.some((one) => affects(one, endpoint, site.name)))
  if (found === undefined)
    return { reason: `every usable endpoint is in a declared OUTAGE in the window (downtime ${out.map((one) => one.id).join(', ')})` }
  return {
    name: site.name,
    country: site.country,
    ngi: site.ngi,
    ...(site.tier === undefined ? {} : { tier: site.tier }),
    timeZone: site.timeZone,
    securityContact: site.securityContact,
    ...(site.contact === undefined ? {} : { manager: site.contact }),
    ...(carrier === undefined ? {} : { carrier }),
    submitter: found.submitter,
    serviceType: found.endpoint.serviceType,
    endpoint: addressOf(found.endpoint),
    ...(voName === undefined ? {} : { voName }),
    probes: probesOf(site, input, found.endpoint),
    holidays: input.holidays(site.country, window.from, window.to + AFTERMATH_MS),
    downtimes: outages.map(({ declaredMs, startMs, endMs }) => ({ declaredMs, startMs, endMs })),
  }
}

/** Clocks run on after the window: a closure report has a month. */
export const AFTERMATH_MS = 60 * 86_400_000

function supports(site: Site, vo: Run['vo']): boolean {
  if (vo.from === 'any' || Object.hasOwn(site.voNames, vo.name)) return true
  if (vo.from === 'csv') return false
  const names = vo.from === 'scopes' ? site.scopes : (site.extensions[vo.key] ?? '').split(/[\s,;]+/)
  return names.some((name) => name.toLowerCase() === vo.name.toLowerCase())
}

type Use = { submitter: string; endpoint: Endpoint }

/** Where no job is sent there is nothing to reach. */
const NO_ENDPOINT: Use = { submitter: '', endpoint: { serviceType: '', hostName: '', inProduction: true } }

function usableEndpoints(site: Site, plugins: readonly Usable[], voName: string | undefined): Use[] {
  const endpoints = site.endpoints.filter((endpoint) => endpoint.inProduction).sort((a, b) => compare(keyOf(a), keyOf(b)))
  return plugins.flatMap((one) => {
    if (one.through !== undefined)
      return voName === undefined ? [] : [{ submitter: one.name, endpoint: serviceOfVo(one.name, one.through) }]
    const own = endpoints.filter((endpoint) => one.serviceTypes.includes(endpoint.serviceType))
    return own.map((endpoint) => ({ submitter: one.name, endpoint }))
  })
}

function serviceOfVo(serviceType: string, url: string): Endpoint {
  return { serviceType, hostName: hostOf(url), url, inProduction: true }
}

function addressOf(endpoint: Endpoint): string {
  return endpoint.url ?? endpoint.hostName
}

/** Where the job goes, that is asked too; of further services of a kind at most so many. */
const MOST_PROBES = 10

function probesOf(site: Site, { run, probers }: PlanInput, chosen: Endpoint): PlannedSite['probes'] {
  const uses = usableEndpoints(site, probers, site.voNames[run.vo.name])
  const probes = probers.flatMap(({ name, local }) => {
    const own = uses.filter((use) => use.submitter === name).map((use) => addressOf(use.endpoint))
    const first = own.filter((endpoint) => endpoint === addressOf(chosen))
    // One machine stands for all of the site's services.
    return [...new Set([...first, ...own])].slice(0, local ? 1 : MOST_PROBES).map((endpoint) => ({ service: name, endpoint }))
  })
  return probes
}

function isOutage(downtime: Downtime): boolean {
  return downtime.severity === 'OUTAGE'
}

/** By host, whatever the service type: where a machine is out, all its services are. A downtime that names no host is the whole site's. */
function affects(downtime: Downtime, endpoint: Endpoint, site: string): boolean {
  return downtime.services.some((one) => one.site === site && (one.hostName === '' || one.hostName === endpoint.hostName))
}

function keyOf(endpoint: Endpoint): string {
  return `${endpoint.serviceType} ${endpoint.hostName} ${endpoint.url ?? ''}`
}

function byName(a: { name: string }, b: { name: string }): number {
  return compare(a.name, b.name)
}

function compare(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
