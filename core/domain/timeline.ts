import type { ChallengeEvent, RevocationSeen } from './event.ts'
import type { TaskResult } from './heartbeat.ts'
import { judgementWords } from './judgement-words.ts'
import { mailWords } from './mail-words.ts'
import { compareEvents } from './order.ts'
import type { Evidence, SiteScore } from './report.ts'
import { orderWords } from './task.ts'
import { durationWords, plainLine } from './text.ts'

/** When it happened: a note, and a mail that lay on a shelf, tell of something earlier; all else happened when it was logged. */
export function happenedAt(event: ChallengeEvent): number {
  if (event.type === 'MailReceived' || event.type === 'ReportReceived') return event.data.cameMs ?? event.at
  if (event.type === 'OfficerNoted' || event.type === 'WordReached') return event.data.happenedMs
  if (event.type === 'DowntimeSeen') return event.data.declaredMs
  return event.type === 'CertificationSeen' ? event.data.changedMs : event.at
}

export function evidenceOf(event: ChallengeEvent, words = wordsOf(event) ?? event.type): Evidence {
  return { stream: event.stream, seq: event.seq, at: happenedAt(event), words }
}

/** What happened at a site, in plain words and in the order of time; our own intents are left out. */
export function timelineOf(events: readonly ChallengeEvent[]): SiteScore['timeline'] {
  const lines: { at: number; what: string; event: ChallengeEvent }[] = []
  for (const event of events) {
    const what = wordsOf(event)
    if (what !== undefined) lines.push({ at: happenedAt(event), what, event })
  }
  lines.sort((a, b) => a.at - b.at || compareEvents(a.event, b.event))
  return lines.map(({ at, what }) => ({ at, what }))
}

const farewells = {
  told: 'The agent stopped because we told it to',
  expired: 'The agent stopped by itself at its set time',
  signal: 'The agent was stopped by a signal that we did not send',
}

/** A fact in plain words; undefined for an intent, whose outcome is a fact of its own. */
export function wordsOf(event: ChallengeEvent): string | undefined {
  switch (event.type) {
    case 'JobSubmitting':
    case 'MailSending':
      return undefined
    case 'ChallengePlanned':
    case 'PartyPlanned':
      return `The ${event.type === 'PartyPlanned' ? 'party' : 'challenge'} was planned`
    case 'JobSubmitted':
      return `The job was submitted (${plainLine(event.data.nativeId, 120)})`
    case 'JobRefused':
      return `The job was refused by the ${event.data.by}: ${plainLine(event.data.reason)}`
    case 'JobPaused':
      return `The job is held back: ${plainLine(event.data.reason)}`
    case 'JobUnsure':
      return `It is not known whether the job was submitted: ${plainLine(event.data.reason)}`
    case 'JobStateSeen':
      return `The job system says ${event.data.state} (${plainLine(event.data.native, 60)})`
    case 'JobCancelRequested':
      return 'We asked the job system to cancel the job'
    case 'AccessChanged':
      return accessWords(event.data)
    case 'AccessFinding':
      return `Seen at ${plainLine(event.data.service, 80)}: ${plainLine(event.data.what)}`
    case 'OfficerNoted':
      return noteWords(event.data)
    case 'TaskSigned':
      return `The agent is told: ${orderWords(event.data)}`
    case 'TaskOrdered':
      return `${plainLine(event.data.by, 60)} had the agent told: ${orderWords(event.data)}`
    case 'TaskRefused':
      return `The agent was not told '${orderWords(event.data)}': ${plainLine(event.data.reason)}`
    case 'TaskReported':
      return taskWords(event.data)
    case 'WordReached':
    case 'PauseAgreed':
    case 'DowntimeSeen':
    case 'CertificationSeen':
    case 'PackagesSeen':
    case 'AnswerGraded':
    case 'ScoreOverridden':
    case 'AppealReceived':
    case 'AppealAnswered':
      return judgementWords(event)
    case 'RevocationSeen':
      return revocationWords(event.data)
    default:
      return isAgentEvent(event) ? agentWords(event) : mailWords(event)
  }
}

function isAgentEvent(event: ChallengeEvent): event is AgentEvent {
  return event.type.startsWith('Agent')
}

type AgentEvent = Extract<ChallengeEvent, { type: `Agent${string}` }>

function agentWords(event: AgentEvent): string {
  switch (event.type) {
    case 'AgentSeen':
      return `The agent's first heartbeat came, from ${plainLine(event.data.host, 80)}`
    case 'AgentLate':
      return "The agent's heartbeat is late"
    case 'AgentLost':
      return "The agent's heartbeats are lost"
    case 'AgentBack':
      return `The agent is back after ${durationWords(event.data.silentMs)}`
    case 'AgentStopped':
      return farewells[event.data.reason]
    default:
      return unforeseen(event)
  }
}

function taskWords({ outcome, why, report, number }: TaskResult): string {
  if (outcome === 'refused') return `The agent refused an order: ${why ?? 'no reason was given'}`
  const seen = report && `uid ${report.uid || 'unknown'}, batch job ${report.batchJob || 'unknown'}, folder ${report.folder || 'unknown'}`
  const told = seen ?? (number === undefined ? undefined : String(number))
  return `${outcome === 'done' ? 'The agent did as it was told' : 'The agent could not do as it was told'}${told === undefined ? '' : ` (${told})`}`
}

function accessWords(data: Extract<ChallengeEvent, { type: 'AccessChanged' }>['data']): string {
  const revoked = data.revoked === undefined ? '' : `, the revoked identity is ${data.revoked}`
  return `Access probe (${plainLine(data.service, 80)}): the malicious identity is ${data.attacker}, the control identity is ${data.control}${revoked}`
}

function revocationWords({ listed, why }: RevocationSeen): string {
  const words = { yes: 'stands in the list', no: 'does not stand in the list', unknown: 'is not known to stand in the list' }[listed]
  return `Revocation list of the CA: the compromised certificate ${words} (${plainLine(why)})`
}

function noteWords(data: Extract<ChallengeEvent, { type: 'OfficerNoted' }>['data']): string {
  const meaning = data.fulfils === undefined ? '' : ` [${data.fulfils}]`
  return `Noted by ${plainLine(data.by, 60)}${meaning}: ${plainLine(data.text)}`
}

function unforeseen(event: never): never {
  throw new Error(`a fact of an unknown type in a challenge's log: ${String((event as { type?: unknown }).type)}`)
}
