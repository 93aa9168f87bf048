import { foldChallenge } from '../../core/domain/challenge.ts'
import type { ChallengeEvent, ChallengeFact } from '../../core/domain/event.ts'
import type { PlannedParty } from '../../core/domain/plan.ts'
import type { PartyScore, Score } from '../../core/domain/report.ts'
import type { ScoringRun } from '../../core/domain/score.ts'
import { scoreParty } from '../../core/domain/score-party.ts'
import { came, named, trail } from './letter-facts.ts'
import { chain, sampleRubric } from './sample-run.ts'

const hour = 3_600_000
/** A Monday, 08:00 UTC: the party is told then, and all else happens in hours after it. */
const toldMs = Date.parse('2027-01-11T08:00:00Z')

export type PartyFact = { at: number; fact: ChallengeFact }

export function hoursAfter(hours: number): number {
  return toldMs + hours * hour
}

export function aParty(role: PlannedParty['role'] = 'ca', over: Partial<PlannedParty> = {}): PlannedParty {
  const party = {
    id: `${role}-Example`,
    role,
    name: `Example ${role}`,
    address: `${role}@${role}.example`,
    timeZone: 'UTC',
    country: 'EU',
    holidays: [],
  }
  return role === 'ca' ? { ...party, crl: 'https://ca.example/ca.crl', ...over } : { ...party, ...over }
}

type Setting = { facts: readonly PartyFact[]; party?: PlannedParty; asOf?: number; run?: Partial<ScoringRun> }

export function scoredParty({ facts, party = aParty(), asOf = hoursAfter(2000), run = {} }: Setting): PartyScore {
  const events = chain(facts.map((one) => ({ ...one, stream: `party/r/${party.id}` }))) as ChallengeEvent[]
  return scoreParty(foldChallenge(events), { rubric: sampleRubric, outages: [], ...run }, { party, asOf })
}

/** Of one expectation. */
export function scoreOf(id: string, setting: Setting): Score {
  return scoredParty(setting).scores.find((one) => one.expectation === id)!
}

function at(hours: number, { when: _, ...fact }: ReturnType<typeof came>): PartyFact {
  return { at: hoursAfter(hours), fact }
}

const notification = named('notification', { mail: 'notification', role: 'ca' })

export function told(type: Parameters<typeof trail>[0] = 'accepted', hours = 0, letter = notification): PartyFact {
  return at(hours, trail(type, letter, 0))
}

export function answered(hours: number, kind: 'human' | 'automatic' | 'bounce' = 'human'): PartyFact {
  return at(hours, came(`hash-${hours}`, { kind, answers: 'notification', letter: 'notification', role: 'ca', sender: 'ca' }, 0))
}

export function noted(fulfils: 'contained' | 'heads-up', hours: number): PartyFact {
  const data = { by: 'Ada', text: 'by phone', fulfils, happenedMs: hoursAfter(hours) }
  return { at: hoursAfter(hours + 10), fact: { type: 'OfficerNoted', data } }
}

export function list(listed: 'yes' | 'no' | 'unknown', hours: number, madeHours?: number): PartyFact {
  const data = { listed, why: 'the test says so', ...(madeHours === undefined ? {} : { thisUpdateMs: hoursAfter(madeHours) }) }
  return { at: hoursAfter(hours), fact: { type: 'RevocationSeen', data } }
}

/** One party of each role, with lights of every kind. */
export function sampleParties(): PartyScore[] {
  const run = { endedMs: hoursAfter(1500) }
  return [
    scoredParty({ facts: [told(), answered(2), list('no', 3), list('yes', 30)], run }),
    scoredParty({ facts: [], party: aParty('ngi'), run }),
    scoredParty({ facts: [told()], party: aParty('nren'), asOf: hoursAfter(1) }),
    scoredParty({ facts: [told(), answered(2)], party: aParty('vo'), run }),
  ]
}
