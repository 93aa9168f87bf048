import { type Asked, acting } from '../route.ts'
import { pathOfRun } from './board-view.ts'
import { Done, decide, Note, note, Verdict } from './challenge-acts.ts'
import { Judgement, judge } from './judge-acts.ts'
import { partyOf, partyPage } from './party.ts'

export const notePartyAct = acting({
  name: 'note-party',
  path: '/runs/:run/parties/:party/notes',
  summary: 'Puts a word of yours into the log of a party: a phone call is evidence, too',
  need: { run: 'act' },
  on: partyPage,
  body: Note,
  answer: Done,
  act: async (asked) => ({ data: {}, said: await note(asked, { party: partyOf(asked).id }), to: back(asked) }),
})

export const overridePartyAct = acting({
  name: 'override-party',
  path: '/runs/:run/parties/:party/verdicts',
  summary: "Puts your verdict on a party's light in the place of the rubric's; both stay visible",
  need: { run: 'act' },
  on: partyPage,
  body: Verdict,
  answer: Done,
  act: async (asked) => ({ data: {}, said: await decide(asked, partyOf(asked)), to: back(asked) }),
})

export const judgePartyAct = acting({
  name: 'judge-party',
  path: '/runs/:run/parties/:party/judgements',
  summary: 'Says what kind of answer a letter of theirs is; your word counts before ours',
  need: { run: 'act' },
  on: partyPage,
  body: Judgement,
  answer: Done,
  act: async (asked) => ({ data: {}, said: await judge(asked, partyOf(asked)), to: back(asked) }),
})

function back({ run, params }: Asked): string {
  return `${pathOfRun(run!.plan.id)}/parties/${encodeURIComponent(params.party!)}`
}
