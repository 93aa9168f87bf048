import { type ChallengeState, foldChallenge } from './challenge.ts'
import { type ChallengeEvent, challengeStream, partyStream, siteOfStream } from './event.ts'
import type { Plan, PlannedParty } from './plan.ts'

/** The logs that tell of a party: its own, and of an NGI those of its sites, as it is written to where one of them does not answer. */
export function streamsOfParty({ id, sites }: Pick<Plan, 'id' | 'sites'>, party: PlannedParty): string[] {
  const own = partyStream(id, party.id)
  if (party.role !== 'ngi') return [own]
  return [own, ...sites.filter(({ ngi }) => ngi === party.name).map(({ name }) => challengeStream(id, name))]
}

/** What these logs hold of the party: of a site's log only the letters to its NGI, and what came back. */
export function foldParty(logs: readonly (readonly ChallengeEvent[])[]): ChallengeState {
  return foldChallenge(logs.flat().flatMap(ofParty))
}

function ofParty(event: ChallengeEvent): ChallengeEvent[] {
  const site = siteOfStream(event.stream)
  if (site === undefined || event.type === 'MailJudged') return [event]
  if (!isOfLetter(event) || event.data.role !== 'ngi') return []
  // Two sites have letters of one name.
  return [{ ...event, data: { ...event.data, letter: `${event.data.letter} of ${site}` } } as ChallengeEvent]
}

type OfLetter = Extract<ChallengeEvent, { data: { letter: string } }>

function isOfLetter(event: ChallengeEvent): event is OfLetter {
  return 'letter' in event.data
}
