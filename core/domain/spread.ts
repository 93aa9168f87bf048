import { type ChallengeState, foldChallenge } from './challenge.ts'
import { clockStart } from './clock-start.ts'
import { type ChallengeEvent, type Event, partyOfStream, siteOfStream } from './event.ts'
import { findEvidence, startOf } from './evidence.ts'
import type { SiteScore, Spread } from './report.ts'
import { compareText } from './text.ts'
import { evidenceOf } from './timeline.ts'

type Told = Spread['told'][number]
type Input = { sites: readonly SiteScore[]; streams: ReadonlyMap<string, readonly Event[]>; stoppedMs?: number | undefined }

/** Who told whom, and how far it went, in a run that alerts one site. */
export function spreadOf({ sites, streams, stoppedMs }: Input): Spread {
  const source = sites.find(({ isTold }) => isTold)
  const contained = sites.filter(({ times }) => times.containment !== undefined)
  const lastMs = Math.max(...contained.map(({ alerted, times }) => alerted! + times.containment!))
  const isEverywhere = sites.length > 0 && contained.length === sites.length
  return {
    ...(source && { alerted: source.site }),
    ...(source?.alerted !== undefined && { alertedMs: source.alerted }),
    told: toldOf({ sites, streams, stoppedMs }),
    ...countsOf(sites),
    of: sites.length,
    ...(isEverywhere && source?.alerted !== undefined && { everywhereMs: Math.max(0, lastMs - source.alerted) }),
  }
}

/** How many of these sites heard, and how many contained it. */
export function countsOf(sites: readonly SiteScore[]): Pick<Spread, 'heard' | 'contained'> {
  return {
    heard: sites.filter(({ alerted }) => alerted !== undefined).length,
    contained: sites.filter(({ times }) => times.containment !== undefined).length,
  }
}

/** What was logged of the word's way, and what shows that it came although nobody knows from where. */
function toldOf({ sites, streams, stoppedMs }: Input): Told[] {
  const challenges = new Map([...streams].map(([stream, events]) => [siteOfStream(stream), events as ChallengeEvent[]]))
  const silent = sites.filter((site) => !site.isTold && site.alerted !== undefined && site.heardFrom.length === 0)
  const told = [
    ...[...streams.values()].flat().flatMap(wordOf),
    ...silent.flatMap(({ site }) => unknownWord(site, foldChallenge(challenges.get(site) ?? []), stoppedMs)),
  ]
  return told.sort((a, b) => a.at - b.at || compareText(a.to, b.to) || compareText(a.from, b.from) || a.evidence.seq - b.evidence.seq)
}

function wordOf(event: Event): Told[] {
  if (event.type !== 'WordReached') return []
  const to = siteOfStream(event.stream) ?? partyOfStream(event.stream)
  return to === undefined
    ? []
    : [{ from: event.data.from, to, at: event.data.happenedMs, how: event.data.how, evidence: evidenceOf(event) }]
}

function unknownWord(to: string, state: ChallengeState, stoppedMs: number | undefined): Told[] {
  const start = clockStart(state, false, findEvidence({ evidence: 'contained' }, state, { startedMs: startOf(state)?.at, stoppedMs }))
  return start === undefined ? [] : [{ from: 'unknown', to, at: start.at, how: 'other', evidence: evidenceOf(start.event) }]
}
