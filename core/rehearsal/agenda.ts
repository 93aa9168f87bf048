import type { Due } from './actions.ts'
import type { Entry } from './ledger.ts'
import type { Action, Persona } from './persona.ts'

type Personas = ReadonlyMap<string, Persona>
type Reached = Exclude<Entry, { what: 'done' }>

/** What the teams are still to do, with its time: what reached them, times what a team does after it, less what is done. */
export function agendaOf(entries: readonly Entry[], personas: Personas): Due[] {
  const done = new Set(entries.flatMap((entry) => (entry.what === 'done' ? keyOf(entry.site, entry.action, entry.of) : [])))
  return entries.filter(isFirst).flatMap((entry) => {
    const { site } = entry
    const actions = personas.get(site)?.actions.filter((one) => isCalledFor(one, entry) && !done.has(keyOf(site, one.id, of(entry)))) ?? []
    const actedMs = entries.find((one) => one.site === site && actsAgainst(one, personas))?.at
    return actions.map((action) => ({ at: entry.at + action.delayMs, site, action, mail: entry, actedMs, of: of(entry) }))
  })
}

/** Each question is answered; of all else a team does what it does once. */
function of(entry: Reached): string {
  return entry.what === 'mail' && entry.mail === 'question' ? entry.messageId : ''
}

function keyOf(site: string, action: string, of: string): string {
  return `${site} ${action} ${of}`
}

/** The word of another site alarms a team as an alert does. */
function isCalledFor({ after }: Action, entry: Reached): boolean {
  return entry.what === 'word' ? after === 'alert' : after === entry.mail
}

/** Whoever heard it once needs no second word. */
function isFirst(entry: Entry, i: number, all: readonly Entry[]): entry is Reached {
  if (entry.what === 'done') return false
  return entry.what !== 'word' || !all.some((one, k) => k < i && one.site === entry.site && alarms(one))
}

/** Whether it tells a team of the incident. */
export function alarms(entry: Entry): boolean {
  return entry.what === 'word' || (entry.what === 'mail' && entry.mail === 'alert')
}

/** Whether it ended the job or kept the user out. */
function actsAgainst(entry: Entry, personas: Personas): boolean {
  if (entry.what !== 'done') return false
  const action = personas.get(entry.site)?.actions.find((one) => one.id === entry.action)
  return action !== undefined && ['ban', 'stop-job', 'cancel-job', 'kill-job'].includes(action.do)
}
