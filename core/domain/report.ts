import type { ServiceAccess } from './access.ts'
import type { Role } from './mail.ts'
import type { Category, Rubric } from './rubric.ts'

export type Light = 'green' | 'amber' | 'red' | 'grey' | 'pending'

export type Evidence = { stream: string; seq: number; at: number; words: string }

/** One expectation, scored. `points` is null while it is not known (grey or pending). */
export type Score = {
  expectation: string
  title: string
  category: Category
  mandatory: boolean
  light: Light
  points: number | null
  outOf: number
  /** ms since 1970; absent when the clock never started. */
  deadline?: number
  reason: string
  evidence: readonly Evidence[]
  /** What the rubric alone says, where an officer decided otherwise. */
  computed?: { light: Light; points: number | null; reason: string }
}

/** A site that does not agree with a light. Times in ms since 1970. */
export type Appeal = {
  appeal: string
  expectation: string
  at: number
  answered?: { at: number; granted: boolean; words: string; by: string }
}

export type CategoryScore = { category: Category; light: Light; points: number; outOf: number; reason: string }

export type SiteScore = {
  site: string
  country: string
  ngi: string
  tier?: string
  timeZone: string
  /** When the site's clock started (the alert was accepted, or word reached it), ms since 1970. */
  alerted?: number
  /** Whether we told the site ourselves. */
  isTold: boolean
  overall: Light
  categories: readonly CategoryScore[]
  scores: readonly Score[]
  /** How many of the expectations are known. */
  coverage: { known: number; of: number }
  /** Times since the alert, ms of wall clock; absent when it did not happen. */
  times: { headsUp?: number; containment?: number; closure?: number }
  timeline: readonly { at: number; what: string }[]
  /** How each service of the site treats the identities. */
  access: readonly ServiceAccess[]
  /** What should not be there, seen at its services. */
  findings: readonly { service: string; endpoint: string; what: string; words: string }[]
  /** How deep its contact goes, from 0 (bounced) to 5; absent when it is not known. */
  depth?: 0 | 1 | 2 | 3 | 4 | 5
  /** Who told it besides us, in the order of time: a site, a party, `csirt` or `unknown`. */
  heardFrom: readonly { from: string; how: string; evidence: Evidence }[]
  appeals: readonly Appeal[]
}

/** How a party of the whole run did: the VO, the CA, an NREN, an NGI. */
export type PartyScore = {
  /** As its log is named. */
  party: string
  role: Role
  name: string
  timeZone: string
  overall: Light
  scores: readonly Score[]
}

/** Who may read a report: the CSIRT all, an NGI its own sites, a site itself, everybody what names nobody. */
export type Audience = 'csirt' | `ngi:${string}` | `site:${string}` | 'public'
/** Of TLP 2.0. */
export type Tlp = 'TLP:RED' | 'TLP:AMBER+STRICT' | 'TLP:AMBER' | 'TLP:GREEN' | 'TLP:CLEAR'

/** The times that reports compare, ms of wall clock since each site's clock began. */
export type TimeName = keyof SiteScore['times']

/** How a time is spread over the sites: `values` in order, and the quartiles where there is a value. */
export type Distribution = {
  values: readonly number[]
  /** Of how many sites it could be known. */
  of: number
  quartiles?: readonly [lower: number, median: number, upper: number]
}

/** How the word of the incident went from one to the next. Times in ms since 1970. */
export type Spread = {
  /** The site that was alerted, or none when all were. */
  alerted?: string
  alertedMs?: number
  /** In the order of time. `from` is a site, a party, `csirt` or `unknown`. */
  told: readonly { from: string; to: string; at: number; how: string; evidence: Evidence }[]
  /** How many of the sites are known to have heard, and how many contained it. */
  heard: number
  contained: number
  of: number
  /** From the alert to the containment at the last site; absent while it is not everywhere. */
  everywhereMs?: number
}

/** What an investigation can find of the mock incident. `site`: the only one where it can. */
export type Indicator = { type: 'identity' | 'label' | 'url' | 'process' | 'file' | 'sha256'; value: string; site?: string }

/** All that a report shows; rebuilt from the log alone. A report format renders it. */
export type Report = {
  run: string
  scenario: string
  /** As people name the scenario. */
  title: string
  planHash: string
  rubric: { id: string; version: number; title: string }
  /** What was expected, of whom, by when: the method of the scores. */
  rules: Pick<Rubric, 'expectations' | 'parties' | 'workingHours'>
  rehearsal: boolean
  /** The time of the log's newest fact: a report has no clock of its own. */
  asOf: number
  window: { from: string; to: string }
  vo: string
  phase: 'planned' | 'approved' | 'running' | 'stopped' | 'ended'
  /** Who may read it, and its TLP 2.0 label. */
  audience: Audience
  tlp: Tlp
  sites: readonly SiteScore[]
  /** Those whom this audience may not see, as numbers; only from 8 of them on. */
  others?: { sites: number; lights: Readonly<Record<Light, number>> }
  /** Those of whom the rubric expects something. */
  parties: readonly PartyScore[]
  times: Readonly<Record<TimeName, Distribution>>
  /** Only of a run that alerts one site. */
  spread?: Spread
  /** What a good closure report names; none in a run without jobs, absent before the launch and for those who may not know. */
  indicators?: readonly Indicator[]
  /** How many of all expectations of all sites are known. */
  coverage: { known: number; of: number }
  /** What happened to the run as a whole, in plain words. */
  timeline: readonly { at: number; what: string }[]
  outages: readonly { fromMs: number; untilMs: number; what: string }[]
  /** The newest hash of every chain, and our signature over them. */
  heads: readonly { stream: string; seq: number; hash: string }[]
  signature?: Signature
}

/** Over the canonical JSON of what it belongs to. */
export type Signature = { algorithm: 'Ed25519'; publicKey: string; value: string }
