import { audienceWords } from './audience.ts'
import type { AuditFact } from './audit.ts'
import type { ConsentOf, RunFact } from './event.ts'
import { plainLine } from './text.ts'

/** A fact of a run in plain words, with who did it. */
export function runFactWords({ type, data }: RunFact): string {
  switch (type) {
    case 'RunPlanned':
      return `${plainLine(data.by)} planned the run: ${data.plan.sites.length} sites`
    case 'RunApproved':
      return `${plainLine(data.by)} approved the plan ${data.hash.slice(0, 12)}`
    case 'RunLaunched':
      return `${plainLine(data.by)} launched the run`
    case 'ConsentGiven':
      return `${plainLine(data.by)} of ${nameOf(data.of)} agreed to take part, written down by ${plainLine(data.recordedBy)}`
    case 'ConsentWithdrawn':
      return `${plainLine(data.by)} of ${nameOf(data.of)} takes part no longer: ${plainLine(data.reason)}; written down by ${plainLine(data.recordedBy)}`
    case 'WaveOpened':
      return `The sites behind the canaries were let go (${plainLine(data.by)}): ${plainLine(data.reason)}`
    case 'RunPaused':
      return `Paused by ${plainLine(data.by)}: ${plainLine(data.reason)}`
    case 'RunResumed':
      return `${plainLine(data.by)} let it go on: ${plainLine(data.reason)}`
    case 'HeldDecided':
      return `${plainLine(data.by)} decided on what was held: ${data.effect} is ${data.go ? 'done after all' : 'never done'}`
    case 'RunStopped':
      return `${plainLine(data.by)} stopped the run for good: ${plainLine(data.reason)}`
    case 'RunEnded':
      return 'The run ended'
    case 'OutageRecorded':
      return `Our own side was down for ${Math.round((data.untilMs - data.fromMs) / 1000)} s: ${plainLine(data.what)}`
    case 'PublicationChanged':
      return `${plainLine(data.by)} ${data.shown ? 'published' : 'shows no longer'} what is for ${audienceWords(data.audience)}`
    case 'StepTicked':
      return stepWords(data)
    case 'ContentPurged':
      return `${plainLine(data.by)} had ${data.erased} pieces of personal content erased`
  }
}

function stepWords({ by, step, done, note }: Extract<RunFact, { type: 'StepTicked' }>['data']): string {
  const words = done ? `ticked ${step} of the checklist` : `took the tick back from ${step} of the checklist`
  return `${plainLine(by)} ${words}${note === '' ? '' : `: ${plainLine(note)}`}`
}

function nameOf(of: ConsentOf): string {
  return 'site' in of ? of.site : of.ngi
}

/** What somebody did through the pages, or what was done to an account. */
export function auditWords({ type, data }: AuditFact): string {
  switch (type) {
    case 'AccountChanged':
      return `${plainLine(data.name)}: ${data.what}, by ${plainLine(data.by)}`
    case 'SignedIn':
      return `${plainLine(data.name)} came in with ${data.with === 'openid' ? 'OpenID Connect' : `a ${data.with}`}, from ${plainLine(data.from)}`
    case 'Acted':
      return `${plainLine(data.name)}: ${data.route}${data.about === '' ? '' : ` of ${plainLine(data.about)}`}${data.outcome === 'done' ? '' : `, which ${data.outcome === 'failed' ? 'failed' : 'was refused'}`}`
  }
}
