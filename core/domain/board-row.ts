import { z } from 'zod'
import { accessOf, isBan } from './access.ts'
import { type ChallengeState, jobStateOf } from './challenge.ts'
import { kindOf } from './correspondence.ts'
import { lights } from './lights.ts'
import type { Light, SiteScore } from './report.ts'

const LightWord = z.enum(['green', 'amber', 'red', 'grey', 'pending'])

/** One site on the board of a run: each word from a short list, so that it can be chosen by. */
export const BoardRow = z.object({
  site: z.string(),
  ngi: z.string(),
  country: z.string(),
  light: LightWord,
  /** The light of each category, in the order of the rubric. */
  categories: z.array(z.object({ category: z.string(), light: LightWord })).readonly(),
  known: z.number().int(),
  of: z.number().int(),
  job: z.enum(['none', 'planned', 'submitting', 'queued', 'running', 'ended', 'refused', 'unsure', 'held back']),
  agent: z.enum(['none', 'alive', 'lost', 'stopped']),
  mail: z.enum(['none', 'sending', 'accepted', 'refused', 'unsure']),
  reply: z.enum(['none', 'automatic', 'bounced', 'human', 'report']),
  access: z.enum(['none', 'let in', 'partly banned', 'banned', 'unknown']),
  /** The next deadline of the site that is still open, ms since 1970. */
  nextMs: z.number().exactOptional(),
  /** The newest fact of its log, ms since 1970. */
  changedMs: z.number().exactOptional(),
})
export type BoardRow = z.infer<typeof BoardRow>

export type BoardSort = 'light' | 'site' | 'ngi' | 'next' | 'changed'

/** A row from the site's log and its scores. */
export function boardRow(state: ChallengeState, score: SiteScore, about: { hasJob: boolean; changedMs?: number }): BoardRow {
  const open = score.scores.filter(({ light, deadline }) => light === 'pending' && deadline !== undefined)
  const nextMs = open.length === 0 ? undefined : Math.min(...open.map(({ deadline }) => deadline!))
  return {
    ...{ site: score.site, ngi: score.ngi, country: score.country, light: score.overall },
    categories: score.categories.map(({ category, light }) => ({ category, light })),
    ...score.coverage,
    job: about.hasJob ? jobOf(state) : 'none',
    agent: agentOf(state),
    mail: mailOf(state),
    reply: replyOf(state),
    access: accessWord(state),
    ...(nextMs !== undefined && { nextMs }),
    ...(about.changedMs !== undefined && { changedMs: about.changedMs }),
  }
}

function jobOf(state: ChallengeState): BoardRow['job'] {
  if (state.jobRefused !== undefined) return 'refused'
  const seen = jobStateOf(state)
  if (seen === 'ended' || seen === 'failed' || seen === 'cancelled') return 'ended'
  if (seen === 'running' || seen === 'queued') return seen
  if (state.submitted !== undefined) return 'queued'
  if (state.jobUnsure !== undefined) return 'unsure'
  if (state.submitting !== undefined) return 'submitting'
  return state.jobPaused === undefined ? 'planned' : 'held back'
}

function agentOf(state: ChallengeState): BoardRow['agent'] {
  if (state.farewells.length > 0) return 'stopped'
  if (state.agentSeen === undefined) return 'none'
  const isLost = state.agentLost !== undefined && state.agentLost.at >= (state.lastSignMs ?? 0)
  return isLost ? 'lost' : 'alive'
}

function mailOf({ mails: { alert } }: ChallengeState): BoardRow['mail'] {
  if (alert.accepted !== undefined) return 'accepted'
  if (alert.refused !== undefined) return 'refused'
  if (alert.unsure !== undefined) return 'unsure'
  return alert.sending === undefined ? 'none' : 'sending'
}

function replyOf(state: ChallengeState): BoardRow['reply'] {
  if (state.reports.length > 0) return 'report'
  const kinds = new Set(state.received.map((one) => kindOf(state, one)))
  if (kinds.has('human')) return 'human'
  if (kinds.has('bounce')) return 'bounced'
  return kinds.has('automatic') ? 'automatic' : 'none'
}

function accessWord({ access }: ChallengeState): BoardRow['access'] {
  const services = accessOf(access)
  if (services.length === 0) return 'none'
  const bans = services.filter(isBan).length
  if (bans === services.length) return 'banned'
  if (bans > 0) return 'partly banned'
  return services.some(({ attacker }) => attacker === 'accepted') ? 'let in' : 'unknown'
}

/** How many sites have each light, in the order in which lights are named. */
export function boardLights(rows: readonly Pick<BoardRow, 'light'>[]): { light: Light; count: number }[] {
  return lights.map((light) => ({ light, count: rows.filter((row) => row.light === light).length }))
}

/** What calls for a look first: red before pending before the rest. */
const urgency: readonly Light[] = ['red', 'pending', 'amber', 'grey', 'green']

export function inOrder(rows: readonly BoardRow[], by: BoardSort): BoardRow[] {
  const late = Number.MAX_SAFE_INTEGER
  const keys: Record<BoardSort, (row: BoardRow) => number | string> = {
    light: (row) => urgency.indexOf(row.light),
    site: (row) => row.site,
    ngi: (row) => row.ngi,
    next: (row) => row.nextMs ?? late,
    changed: (row) => -(row.changedMs ?? 0),
  }
  const key = keys[by]
  const order = (a: number | string, b: number | string) => (a < b ? -1 : a > b ? 1 : 0)
  return [...rows].sort((a, b) => order(key(a), key(b)) || order(a.site, b.site))
}
