import type { ChallengeState } from './challenge.ts'
import type { AnswerKey } from './event.ts'
import type { ReportKey } from './grade-report.ts'
import type { FormField } from './report-fields.ts'
import { type Action, type Order, orderWords } from './task.ts'
import { utcWords } from './zone.ts'

/** What was planned before the launch, under the names that officers read. Several lines where there are several. */
export function plannedTraces(key: AnswerKey): { name: string; lines: readonly string[] }[] {
  return [
    { name: 'Identity', lines: [key.identity] },
    ...(key.pilot === undefined ? [] : [{ name: 'Seen as', lines: [`${key.pilot} (a pilot brings the job)`] }]),
    { name: 'Job', lines: [key.label] },
    { name: 'Payload', lines: [`SHA-256 ${key.payloadHash}`] },
    { name: 'Addresses', lines: key.addresses },
    { name: 'Names', lines: key.names },
    { name: 'Between', lines: [`${utcWords(key.fromMs)} and ${utcWords(key.untilMs)}`] },
  ]
}

/** What was seen since, in the order of time (ms since 1970). `TaskReported` names a task by its sequence; what it was stands in the fact of its signing. */
export function observedTraces({ submitted, agentSeen, reported, tasks, farewells }: ChallengeState): { at: number; words: string }[] {
  const orders = new Map(tasks.map(({ data }) => [data.sequence, data]))
  const traces = [
    ...(submitted ? [{ at: submitted.at, words: `the job system took the job as ${submitted.data.nativeId}` }] : []),
    ...(agentSeen
      ? [{ at: agentSeen.at, words: `the agent was first seen, on ${agentSeen.data.host}, process ${agentSeen.data.pid}` }]
      : []),
    ...reported.map((one) => ({ at: one.at, words: reportWords(one.data, orders.get(one.data.task)) })),
    ...farewells.map((one) => ({ at: one.at, words: `the agent said farewell (${one.data.reason})` })),
  ]
  return traces.sort((a, b) => a.at - b.at)
}

function reportWords({ outcome, why, number, report }: ChallengeState['reported'][number]['data'], order?: Order): string {
  const seen = report && [
    `uid ${report.uid || 'unknown'}`,
    `batch job ${report.batchJob || 'unknown'}`,
    `folder ${report.folder || 'unknown'}`,
  ]
  const parts = [...(why === undefined ? [] : [why]), ...numberWords(order?.do, number), ...(seen ?? [])]
  const told = order === undefined ? 'a task that cannot be told' : orderWords(order)
  return `${told}: ${outcome}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`
}

/** What the number in an agent's answer says, where it says more than the order. */
function numberWords(action: Action | undefined, number: number | undefined): string[] {
  if (number === undefined) return []
  if (action === undefined) return [`answer ${number}`]
  if (action === 'spawn') return [`${number} ${number === 1 ? 'child' : 'children'} now`]
  return action === 'contact' && number >= 100 ? [`HTTP ${number}`] : []
}

/** What we know of what a field of the common report asks for; nothing where only a person can tell. */
export function knownOf(field: FormField, key: ReportKey): string[] {
  const known: Partial<Record<FormField, readonly (string | undefined)[]>> = {
    identity: [key.identity, key.pilot],
    jobs: [key.nativeId, key.label],
    hosts: key.hosts,
    addresses: key.addresses,
    'first-seen': [`not before ${utcWords(key.fromMs)}`],
    contained: [key.containedMs === undefined ? 'not seen by us' : utcWords(key.containedMs)],
    summary: key.names,
  }
  return (known[field] ?? []).filter((one) => one !== undefined)
}
