import type { Due } from './actions.ts'
import type { Entry } from './ledger.ts'
import type { Persona } from './persona.ts'

type Personas = ReadonlyMap<string, Persona>

/** What the teams are still to do, with its time: the mails that came, times what a team does after each, less what is done. */
export function agendaOf(entries: readonly Entry[], personas: Personas): Due[] {
  const done = new Set(entries.flatMap((entry) => (entry.what === 'done' ? `${entry.site} ${entry.action}` : [])))
  return entries.flatMap((entry) => {
    if (entry.what !== 'mail') return []
    const { site } = entry
    const actions = personas.get(site)?.actions.filter((one) => one.after === entry.mail && !done.has(`${site} ${one.id}`)) ?? []
    const actedMs = entries.find((one) => one.site === site && actsAgainst(one, personas))?.at
    return actions.map((action) => ({ at: entry.at + action.delayMs, site, action, mail: entry, actedMs }))
  })
}

/** Whether it ended the job or kept the user out. */
function actsAgainst(entry: Entry, personas: Personas): boolean {
  if (entry.what !== 'done') return false
  const action = personas.get(entry.site)?.actions.find((one) => one.id === entry.action)
  return action !== undefined && ['ban', 'stop-job', 'cancel-job', 'kill-job'].includes(action.do)
}
