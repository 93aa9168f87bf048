import { accessOf } from '../../../domain/access.ts'
import { type ChallengeState, jobStateOf } from '../../../domain/challenge.ts'
import { visibleText } from '../../../domain/text.ts'

/** A line on how things are at the site; `at`: since when, ms since 1970. */
export type StateRow = { what: string; is: string; at: number | null }

/** How the job and the agent are, and who is let in. */
export function stateRows(state: ChallengeState): StateRow[] {
  const access = accessOf(state.access).map(({ service, attacker, control, since }) => ({
    ...{ what: `Access, ${visibleText(service)}`, at: since.byMs },
    is: `malicious identity ${attacker}, control identity ${control}`,
  }))
  return [jobRow(state), agentRow(state), ...access]
}

function jobRow(state: ChallengeState): StateRow {
  const { jobRefused, jobUnsure, jobPaused, submitted } = state
  const reached = jobStateOf(state)
  if (reached !== undefined) {
    const { at, data } = state.jobStates[reached]!
    return { what: 'Job', is: `${reached} (the job system says "${visibleText(data.native)}")`, at }
  }
  if (submitted !== undefined) return { what: 'Job', is: `submitted as ${visibleText(submitted.data.nativeId)}`, at: submitted.at }
  const held = jobRefused ?? jobUnsure ?? jobPaused
  if (held === undefined) return { what: 'Job', is: 'none was submitted', at: null }
  const words = { JobRefused: 'refused', JobUnsure: 'not known whether it was submitted', JobPaused: 'held back' }[held.type]
  return { what: 'Job', is: `${words}: ${visibleText(held.data.reason)}`, at: held.at }
}

function agentRow({ agentSeen, agentLost, farewells, lastSignMs }: ChallengeState): StateRow {
  const last = farewells.at(-1)
  if (last !== undefined) return { what: 'Agent', is: `stopped (${last.data.reason})`, at: last.at }
  if (agentSeen === undefined) return { what: 'Agent', is: 'never seen', at: null }
  const isLost = agentLost !== undefined && agentLost.at >= (lastSignMs ?? 0)
  const where = `on ${visibleText(agentSeen.data.host)}, process ${agentSeen.data.pid}`
  return { what: 'Agent', is: `${isLost ? 'lost' : 'alive'}, ${where}`, at: isLost ? agentLost.at : agentSeen.at }
}
