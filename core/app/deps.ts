import type { ChallengeState } from '../domain/challenge.ts'
import type { RevocationSeen } from '../domain/event.ts'
import type { GocdbNews, GocdbQuestion } from '../domain/gocdb-news.ts'
import type { DueLetter } from '../domain/letters.ts'
import type { PakitiLine, PakitiQuestion } from '../domain/pakiti.ts'
import type { PlannedParty, PlannedSite } from '../domain/plan.ts'
import type { Prober, Submitter, SubmitterContext } from '../domain/submitter.ts'
import type { LaunchedRun, PlannedRun } from '../domain/work.ts'
import type { Carrier, Clock, Keys, Store, WrittenLetter } from '../ports.ts'

/** What a use case may touch. */
export type Core = { store: Store; clock: Clock; keys: Keys; sha256(data: string | Uint8Array): string }

/** What carrying out a run needs besides. */
export type Deps = Core & {
  /** Names this process in the effects that it is doing. */
  owner: string
  submitters: ReadonlyMap<string, Submitter>
  /** All that can ask whether an identity is let in, job systems among them. */
  probers: ReadonlyMap<string, Prober>
  contextOf(call: Call): SubmitterContext
  /** The hosts that a call to this endpoint reaches; none when it stays on this machine. */
  hostsOf(plugin: Submitter | Prober, endpoint: string): string[]
  /** Why the identity's credential is of no use now; undefined when it is good, or none is needed. */
  lapseOf(plugin: Submitter | Prober, subject: string): Promise<string | undefined>
  /** Whether the certificate of an identity stands in a CA's revocation list; `unknown` and why, when that cannot be told. */
  readCrl(question: { url: string; subject: string; signal: AbortSignal }): Promise<RevocationSeen>
  /** Absent where config.yaml names none. */
  gocdb?: Gocdb
  pakiti?: Pakiti
  /** What brings a letter to this addressee: mail, or a ticket system. */
  carrierOf(to: Addressed): Carrier
  /** How long a letter to this address has to wait, ms, so that no domain gets too many at once; 0 = it may go, and is counted. */
  paceMs(address: string): number
  /** Under which names an agent can be seen at a site. */
  agentNames: readonly string[]
  /** The agent for a challenge: a POSIX sh script. */
  renderJob(job: JobOrder): string
  writeLetter(order: LetterTask): Promise<WrittenLetter>
  /** Where the agents report to, in the order in which they try. */
  listenerUrls: readonly string[]
  /** Why nothing may be done, as a STOP file on this machine says; asked before each effect. */
  haltOf(run: string): string | undefined
  log(message: string, data?: Record<string, unknown>): void
}

/** Where sites declare their downtimes. Rejects when it cannot be had; `problems`: what of its answer was left out. */
export type Gocdb = { host: string; ask(question: GocdbQuestion): Promise<GocdbNews & { problems: readonly string[] }> }

/** Where hosts report their packages. Rejects when it cannot be had, or not whole. */
export type Pakiti = { host: string; ask(question: PakitiQuestion): Promise<readonly PakitiLine[]> }

/** One call of a plug-in, as an identity. */
export type Call = { plugin: Submitter | Prober; run: string; subject: string; endpoints: readonly string[]; signal: AbortSignal }

export type JobOrder = { run: LaunchedRun; site: PlannedSite; label: string; stream: string }

/** To whom a letter goes: a site (or its management, or its NGI), or a party of the whole run. */
export type Addressed = { site?: PlannedSite; party?: PlannedParty; name: string; timeZone: string; address: string }

/** A letter to be written; `state` is the log of whom it is about. */
export type LetterTask = { run: PlannedRun; to: Addressed; letter: Omit<DueLetter, 'due'>; stream: string; state: ChallengeState }
