import type { AuditFact } from './audit.ts'
import type { TaskResult } from './heartbeat.ts'
import type { Launched } from './launched.ts'
import type { MailKind, Role } from './mail.ts'
import type { Plan, PlannedParty, PlannedSite } from './plan.ts'
import type { Audience } from './report.ts'
import type { Rubric } from './rubric.ts'
import type { Scenario } from './scenario.ts'
import type { JobState } from './submitter.ts'
import type { Order } from './task.ts'

/** What came back: `human` only when nothing says that a machine wrote it. */
export type ReplyKind = 'human' | 'automatic' | 'bounce'

/** What a person's answer shows of its writer. */
export type Depth = 'trivial' | 'knows' | 'investigates'

/** What an officer has the framework write, besides what the scenario calls for. `id` tells one from another. */
export type LetterOrder = {
  id: string
  mail: MailKind
  role: Role
  text: string
  /** Names of sites, where the letter names several. */
  sites?: readonly string[]
}

/** Which letter of a challenge: `letter` is its name there, unique; `role`, to whom it goes. */
export type LetterName = { mail: MailKind; letter: string; role: Role }

/** Whether an identity is let in: `unreachable` and `unknown` are never a ban. */
export type Access = 'accepted' | 'refused' | 'unreachable' | 'unknown'

/** What an officer's note can stand for. */
export type Fulfils = 'started' | 'heads-up' | 'contained' | 'closure' | 'downtime' | 'vo-contacted' | 'packages' | 'assessed'

/** Why a side effect was not done: by whom and in which words. */
export type Refusal = { effect: string; by: 'gate' | 'other side' | 'framework'; reason: string }

export type RunFact =
  | { type: 'RunPlanned'; data: { plan: Plan; scenario: Scenario; rubric: Rubric; by: string } }
  | { type: 'RunApproved'; data: { hash: string; by: string } }
  /** Between which moments an agent may run, by the machines' clocks: the last one ends every agent by itself. */
  | { type: 'RunLaunched'; data: Launched }
  /** An NGI's or a site's own word, where the run's basis asks for one. `from` and `to`, ms since 1970, narrow the run's window. */
  | { type: 'ConsentGiven'; data: { of: ConsentOf; by: string; recordedBy: string; fromMs?: number; toMs?: number } }
  | { type: 'ConsentWithdrawn'; data: { of: ConsentOf; by: string; recordedBy: string; reason: string } }
  /** The canaries did well, or an officer says so: the other sites get their jobs. */
  | { type: 'WaveOpened'; data: { by: string; reason: string } }
  /** Nothing new is sent until it is resumed. */
  | { type: 'RunPaused'; data: { by: string; reason: string; because: PauseCause } }
  | { type: 'RunResumed'; data: { by: string; reason: string } }
  /** What fell into a pause is done after all, or never. */
  | { type: 'HeldDecided'; data: { effect: string; go: boolean; by: string; dueMs: number } }
  | { type: 'RunStopped'; data: { by: string; reason: string } }
  | { type: 'RunEnded'; data: Record<string, never> }
  /** Our own side was down: pauses every clock of the run. Times in ms since 1970. */
  | { type: 'OutageRecorded'; data: { fromMs: number; untilMs: number; what: string } }
  /** Who reads the run's documents from now on, or does so no longer: without it only its officers do. */
  | { type: 'PublicationChanged'; data: { audience: Audience; shown: boolean; by: string } }
  /** A step of the scenario's checklist was done by hand, or was not after all. */
  | { type: 'StepTicked'; data: { step: string; done: boolean; by: string; note: string } }
  /** Personal content was erased; its hashes stay. */
  | { type: 'ContentPurged'; data: { by: string; erased: number; olderThanMs: number } }

/** Who consents: one site, or an NGI for all of its sites. */
export type ConsentOf = { site: string } | { ngi: string }
export type PauseCause = 'officer' | 'limit' | 'real incident'

export type ChallengeFact =
  | { type: 'ChallengePlanned'; data: { site: PlannedSite; key: AnswerKey } }
  | { type: 'JobSubmitting'; data: { effect: string; label: string; payloadHash: string } }
  | { type: 'JobSubmitted'; data: { effect: string; nativeId: string } }
  | { type: 'JobRefused'; data: Refusal }
  /** Held back for now, as the credential has run out; told once a reason. */
  | { type: 'JobPaused'; data: { effect: string; reason: string } }
  | { type: 'JobUnsure'; data: { effect: string; reason: string } }
  | { type: 'JobStateSeen'; data: { state: JobState; native: string } }
  | { type: 'JobCancelRequested'; data: { effect: string; nativeId: string } }
  | { type: 'AgentSeen'; data: { host: string; pid: number } }
  | { type: 'AgentLate'; data: { lastSeenMs: number } }
  | { type: 'AgentLost'; data: { lastSeenMs: number } }
  | { type: 'AgentBack'; data: { silentMs: number } }
  /** The agent's farewell. `told` = we asked it to stop; `expired`; `signal` = somebody else stopped it (SIGTERM). */
  | { type: 'AgentStopped'; data: { reason: 'told' | 'expired' | 'signal' } }
  /** An officer wants the agent to do this. `id` tells one order from another. */
  | { type: 'TaskOrdered'; data: Order & { id: string; by: string } }
  /** Signed, and with the listener. */
  | { type: 'TaskSigned'; data: Order & { effect: string; sequence: number; expires: number } }
  | { type: 'TaskRefused'; data: Refusal & Order }
  /** What the agent says became of a task. */
  | { type: 'TaskReported'; data: TaskResult }
  | { type: 'MailOrdered'; data: LetterOrder & { by: string } }
  /** `contentHash`: of the very bytes, which lie in the erasable table; `carrier`: `mail`, or the ticket system. */
  | { type: 'MailSending'; data: LetterName & { effect: string; messageId: string; to: string; carrier: string; contentHash: string } }
  | { type: 'MailAccepted'; data: LetterName & { effect: string; messageId: string; answer: string; ticket?: string } }
  | { type: 'MailRefused'; data: Refusal & LetterName }
  | { type: 'MailUnsure'; data: LetterName & { effect: string; reason: string } }
  /** An officer has it sent once more: what became of it before counts no longer. */
  | { type: 'MailResent'; data: LetterName & { effect: string; by: string } }
  | { type: 'MailReceived'; data: ReceivedMail }
  /** An officer's word on what kind of answer it is. */
  | { type: 'MailJudged'; data: { contentHash: string; kind: ReplyKind; depth?: Depth; by: string } }
  | { type: 'ReportReceived'; data: ReceivedReport }
  /** What the ticket system says of the challenge's ticket. */
  | { type: 'TicketChanged'; data: { ticket: string; status: string; by: string } }
  /** Begins the log of a party of the run. */
  | { type: 'PartyPlanned'; data: { party: PlannedParty } }
  /** What a CA's revocation list says of the compromised certificate; logged when it changes. */
  | { type: 'RevocationSeen'; data: RevocationSeen }
  /** Logged when a round of probes gives another answer than the round before. */
  | { type: 'AccessChanged'; data: AccessAnswer }
  /** Something at a service that should not be so; told once. */
  | { type: 'AccessFinding'; data: { service: string; endpoint: string; what: string; words: string } }
  | { type: 'OfficerNoted'; data: { by: string; text: string; fulfils?: Fulfils; happenedMs: number } }
  /** The site heard of the incident from somebody else: in a run that alerts one site, the others' clocks begin with it. */
  | { type: 'WordReached'; data: WordReached }
  /** Agreed with the site: its clocks stand still. Times in ms since 1970. */
  | { type: 'PauseAgreed'; data: { fromMs: number; untilMs: number; by: string; reason: string } }
  /** A downtime of the site that GOCDB showed after the plan was made, or that it changed; told once a version. */
  | { type: 'DowntimeSeen'; data: SeenDowntime }
  /** A change of the site's certification in GOCDB; told once. `changedMs` is GOCDB's own time. */
  | { type: 'CertificationSeen'; data: { before: string; now: string; changedMs: number } }
  /** What Pakiti knows of the site's hosts; logged when it changes. */
  | { type: 'PackagesSeen'; data: PackagesSeen }
  /** An officer's word on whether a question was answered rightly. */
  | { type: 'AnswerGraded'; data: { contentHash: string; question: string; verdict: FieldVerdict; why: string; by: string } }
  /** An officer's verdict in the place of the rubric's, for good reason; the rubric's stays visible. */
  | { type: 'ScoreOverridden'; data: { expectation: string; light: FinalLight; points: number; reason: string; by: string } }
  /** The site does not agree with a light; its words lie in the erasable table. */
  | { type: 'AppealReceived'; data: { appeal: string; expectation: string; contentHash: string } }
  | { type: 'AppealAnswered'; data: { appeal: string; granted: boolean; words: string; by: string } }

/** What an officer can decide a light to be. */
export type FinalLight = 'green' | 'amber' | 'red' | 'grey'

/** `from`: a site's name, a party's id, `csirt`, or `unknown`. `mail`: the hash of the mail that shows it. */
export type WordReached = {
  from: string
  how: 'mail' | 'ticket' | 'phone' | 'other'
  words: string
  by: string
  happenedMs: number
  mail?: string
}

/** Times in ms since 1970; `id` is GOCDB's, `declaredMs` its INSERT_DATE. */
export type SeenDowntime = { id: string; declaredMs: number; startMs: number; endMs: number; severity: string }

/** `reportedMs`: the newest report of a host, ms since 1970, 0 when there is none; `vulnerable`: what Pakiti tagged, per CVE. */
export type PackagesSeen = {
  hosts: number
  reportedMs: number
  vulnerable: readonly { cve: string; tag: string; hosts: number }[]
  words: string
}

/** How one service of a site answered in a round of probes. */
export type AccessAnswer = {
  attacker: Access
  control: Access
  /** Of an identity that stands in a revocation list: `accepted` means that the service does not heed it. */
  revoked?: Access
  /** The plug-in that asked. */
  service: string
  endpoint?: string
  /** The other side's own words to the attacker. */
  words: string
  /** When the round before asked, ms since 1970: between then and now it changed. */
  beforeMs?: number
}

/** The planned part of the forensic traces: what a good closure report names. */
export type AnswerKey = {
  identity: string
  label: string
  payloadHash: string
  /** Where the agent reports to and what it may contact. */
  addresses: readonly string[]
  /** Under which names it can be seen: processes, files, the name that it gives itself to web servers. */
  names: readonly string[]
  /** Between which moments it may run, ms since 1970. */
  fromMs: number
  untilMs: number
  /** The identity that the site itself sees, where a pilot brings the payload. */
  pilot?: string
}

/**
 * A mail, or an entry of a ticket, that was matched to its challenge. The original and what was read in it (sender, subject, text)
 * lie in the erasable table under their hashes.
 */
export type ReceivedMail = {
  messageId: string
  contentHash: string
  detailsHash: string
  /** Who wrote it: whose known address it came from. */
  sender: Role | 'other'
  kind: ReplyKind
  /** What a person's answer shows. */
  depth?: Depth
  /** Why it was held to be of that kind. */
  because: string
  /** Which of our letters it answers. */
  answers: MailKind
  letter: string
  role: Role
  matchedBy: 'references' | 'recipient' | 'ticket' | 'subject' | 'officer' | 'form'
  /** When it came, where that was before it was put here: ms since 1970. */
  cameMs?: number
  /** Who else it went to, of the run's sites (by name) and parties (by id): whose known addresses stand among the recipients. */
  told?: readonly string[]
  /** What it says to the question of the scenario that it answers, held against the key. */
  graded?: { question: string; verdict: FieldVerdict; why: string }
}

/** A common report that came in, graded against the answer key; its content lies in the erasable table. */
export type ReceivedReport = {
  via: 'mail' | 'form' | 'json'
  contentHash: string
  /** The mail that held it. */
  mail?: string
  receipt: string
  /** Each field's verdict. */
  grade: Readonly<Record<string, FieldVerdict>>
  /** The findings that were sent with it: never opened. */
  evidence: readonly { sha256: string; bytes: number }[]
  /** When the mail came that held it, where that was before it was put here: ms since 1970. */
  cameMs?: number
}

export type FieldVerdict = 'right' | 'partly' | 'wrong' | 'missing' | 'for a person'

/** `listed`: whether the certificate stands in the list; `unknown` when the list could not be had. `thisUpdateMs` is the list's own date. */
export type RevocationSeen = { listed: 'yes' | 'no' | 'unknown'; why: string; thisUpdateMs?: number; beforeMs?: number }

/** Where mails are kept that belong to no challenge, or that nobody could read. */
export type Shelf = 'corrupt' | 'to-sort' | 'spam'

/** The log of what came in and could not be matched: of no run. */
export type MailroomFact =
  | { type: 'MailShelved'; data: ShelvedMail }
  | { type: 'MailSorted'; data: { contentHash: string; by: string; to: string } }

export type ShelvedMail = {
  contentHash: string
  detailsHash?: string
  shelf: Shelf
  because: string
  proposals: readonly Proposal[]
  /** The letter by which its sender was asked which site is meant. */
  asked?: string
}

/** A challenge that a mail may belong to, and why. */
export type Proposal = { run: string; site: string; because: string }

export type Fact = RunFact | ChallengeFact | MailroomFact | AuditFact

/** A fact in the log: `at` in ms since 1970 by the server's clock. `key` makes a fact that may be told twice stand once. */
export type Event<F extends Fact = Fact> = F & { stream: string; seq: number; at: number; key?: string; hash: string }

export type RunEvent = Event<RunFact>
export type ChallengeEvent = Event<ChallengeFact>

/** Whose word a fact of a run is where no officer spoke. */
export const FRAMEWORK = 'the framework'

export function runStream(run: string): string {
  return `run/${run}`
}

export function challengeStream(run: string, site: string): string {
  return `challenge/${run}/${site}`
}

/** The log of a party of the run as a whole, such as the VO. */
export function partyStream(run: string, party: string): string {
  return `party/${run}/${party}`
}

/** The log of what belongs to no challenge. */
export const MAILROOM = 'mailroom'

/** The party of a stream, or undefined for any other. */
export function partyOfStream(stream: string): string | undefined {
  const [kind, , party] = stream.split('/')
  return kind === 'party' ? party : undefined
}

/** The site of a challenge's stream, or undefined for the run's own. */
export function siteOfStream(stream: string): string | undefined {
  const [kind, , site] = stream.split('/')
  return kind === 'challenge' ? site : undefined
}
