import type { ServiceAccess } from './access.ts'
import type { Role } from './mail.ts'
import type { Category } from './rubric.ts'

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
}

export type CategoryScore = { category: Category; light: Light; points: number; outOf: number; reason: string }

export type SiteScore = {
  site: string
  country: string
  ngi: string
  timeZone: string
  /** When the site's clock started (the alert was accepted), ms since 1970. */
  alerted?: number
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

/** All that a report shows; rebuilt from the log alone. A report format renders it. */
export type Report = {
  run: string
  scenario: string
  planHash: string
  rubric: { id: string; version: number; title: string }
  rehearsal: boolean
  /** The time of the log's newest fact: a report has no clock of its own. */
  asOf: number
  window: { from: string; to: string }
  vo: string
  phase: 'planned' | 'approved' | 'running' | 'stopped' | 'ended'
  /** Who may read it, and its TLP 2.0 label. */
  audience: string
  tlp: 'TLP:AMBER' | 'TLP:RED' | 'TLP:GREEN' | 'TLP:CLEAR' | 'TLP:AMBER+STRICT'
  sites: readonly SiteScore[]
  /** Those of whom the rubric expects something. */
  parties: readonly PartyScore[]
  outages: readonly { fromMs: number; untilMs: number; what: string }[]
  /** The newest hash of every chain, and our signature over them. */
  heads: readonly { stream: string; seq: number; hash: string }[]
  signature?: { algorithm: 'Ed25519'; publicKey: string; value: string }
}

/** `reports/<format>/index.ts` exports `report: ReportFormat`. */
export type ReportFormat = {
  /** The folder's name. */
  name: string
  summary: string
  render(report: Report): { contentType: string; body: string }
}
