import type { JudgementEvent } from './challenge.ts'
import { plainLine } from './text.ts'
import { utcWords } from './zone.ts'

/** A fact that clocks and lights rest on, in plain words. */
export function judgementWords(event: JudgementEvent): string {
  switch (event.type) {
    case 'WordReached':
      return `Word reached the site from ${plainLine(event.data.from, 80)} (${event.data.how}): ${plainLine(event.data.words)}`
    case 'PauseAgreed':
      return `${plainLine(event.data.by, 60)} agreed that the clocks stand still from ${utcWords(event.data.fromMs)} to ${utcWords(event.data.untilMs)}: ${plainLine(event.data.reason)}`
    case 'DowntimeSeen':
      return `GOCDB shows a downtime (${plainLine(event.data.severity, 20)}) from ${utcWords(event.data.startMs)} to ${utcWords(event.data.endMs)}`
    case 'CertificationSeen':
      return `GOCDB: the site's certification went from ${plainLine(event.data.before, 40)} to ${plainLine(event.data.now, 40)}`
    case 'PackagesSeen':
      return `Pakiti: ${plainLine(event.data.words)}`
    case 'AnswerGraded':
      return `${plainLine(event.data.by, 60)} says of the answer to the question ${event.data.question}: ${event.data.verdict} (${plainLine(event.data.why)})`
    case 'ScoreOverridden':
      return `${plainLine(event.data.by, 60)} decided that ${event.data.expectation} is ${event.data.light}: ${plainLine(event.data.reason)}`
    case 'AppealReceived':
      return `The site appealed against the light of ${plainLine(event.data.expectation, 60)}`
    case 'AppealAnswered':
      return `${plainLine(event.data.by, 60)} ${event.data.granted ? 'granted' : 'did not grant'} the appeal: ${plainLine(event.data.words)}`
    default:
      return unforeseen(event)
  }
}

function unforeseen(event: never): never {
  throw new Error(`a fact of an unknown type in a challenge's log: ${String((event as { type?: unknown }).type)}`)
}
