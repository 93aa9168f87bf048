import type { ContactQuality } from './contact-quality.ts'
import type { Audience, Distribution, Light, Report, Signature, SiteScore, TimeName, Tlp } from './report.ts'

/** What every document says of itself. `asOf`: the time of the newest fact that it rests on, ms since 1970. */
type Head = { asOf: number; audience: Audience; tlp: Tlp; rehearsal: boolean }

/** One site's own report: what it is shown of itself, and of the others no more than numbers that name nobody. */
export type SiteReport = Head &
  Pick<Report, 'run' | 'scenario' | 'title' | 'rubric' | 'rules' | 'window' | 'vo' | 'phase' | 'outages'> & {
    site: SiteScore
    /** From 8 other sites on. */
    others?: { sites: number; lights: Readonly<Record<Light, number>>; times: Readonly<Record<TimeName, Distribution>> }
    /** What would make its lights better, most important first. */
    improve: readonly string[]
    /** The very facts of its own chain, so that the site can check it without us: `body` is canonical JSON, hashed as decision 003 says. */
    facts: { stream: string; rows: readonly { seq: number; body: string; hash: string }[] }
    /** Over the canonical JSON of all of the above. */
    signature?: Signature
  }

export type Certificate = Head &
  Pick<Report, 'run' | 'scenario' | 'title' | 'window'> & {
    site: string
    country: string
    ngi: string
    /** Who gives it. */
    issuer: string
    signature?: Signature
  }

/** For the public: those that did well, and nobody else. */
export type Acknowledgement = Head &
  Pick<Report, 'run' | 'title' | 'window'> & {
    issuer: string
    /** How one comes into the list, in words. */
    criterion: string
    sites: readonly { site: string; country: string; ngi: string }[]
    /** How many took part. */
    of: number
  }

/** One run in a comparison. `origin`: the instance that it was brought from, absent for our own. */
export type ComparedRun = Pick<Report, 'run' | 'scenario' | 'title' | 'window' | 'asOf' | 'coverage' | 'times' | 'rubric'> & {
  origin?: string
  sites: number
  lights: Readonly<Record<Light, number>>
}

/** Runs side by side, all scored with one rubric. */
export type Comparison = Head & {
  rubric: Report['rubric']
  runs: readonly ComparedRun[]
  /** Each site that took part in one of them; its overall light by the run's place in `runs`, null where it did not take part. */
  sites: readonly { site: string; country: string; ngi: string; lights: readonly (Light | null)[]; headsUp: readonly (number | null)[] }[]
}

/** Figures over time: of all runs that ended in each period. */
export type Metrics = Head & {
  by: 'month' | 'quarter'
  /** Of all these runs: each is scored with its own. */
  rubrics: readonly Report['rubric'][]
  periods: readonly {
    /** `2027-01`, or `2027-Q1`, in UTC. */
    period: string
    runs: readonly string[]
    sites: number
    lights: Readonly<Record<Light, number>>
    times: Readonly<Record<TimeName, Distribution>>
    /** Contacts that were written to, and those that sent back or refused. */
    contacts: { asked: number; answered: number; failed: number }
    coverage: { known: number; of: number }
  }[]
}

/** How good the contacts of one run are. */
export type ContactReport = Head & Pick<Report, 'run' | 'title'> & { contacts: readonly ContactQuality[] }

/** All documents, by kind. */
export type Documents = {
  run: Report
  site: SiteReport
  certificate: Certificate
  acknowledgement: Acknowledgement
  comparison: Comparison
  metrics: Metrics
  contacts: ContactReport
}
export type DocumentKind = keyof Documents
export const documentKinds = ['run', 'site', 'certificate', 'acknowledgement', 'comparison', 'metrics', 'contacts'] as const

/** A document and what it is. */
export type Document = { [Kind in DocumentKind]: { kind: Kind; content: Documents[Kind] } }[DocumentKind]

/** A picture that the core drew: an SVG without scripts, styles or links, the same bytes for the same document. */
export type Chart = {
  title: string
  /** What it shows, for those who cannot see it. */
  words: string
  svg: string
  width: number
  height: number
}

/** By name: which charts a document has, core/charts tells. */
export type Charts = Readonly<Record<string, Chart>>

export type Rendered = { contentType: string; body: string | Uint8Array }

/** `reports/<format>/index.ts` exports `report: ReportFormat`. */
export type ReportFormat = {
  /** The folder's name. */
  name: string
  summary: string
  /** The end of a file's name, without the dot. */
  extension: string
  /** Which documents it can make. */
  kinds: readonly DocumentKind[]
  /** The same document gives the same bytes. A document of another kind is never given to it. */
  render(document: Document, charts: Charts): Rendered | Promise<Rendered>
}
