import type { MailKind } from '../domain/mail.ts'

/** What a simulated team does, some time after a mail of ours reached it. */
export type Action = {
  /** Unique at its site. */
  id: string
  after: MailKind
  delayMs: number
  do: 'answer' | 'receipt' | 'bounce' | 'stop-job' | 'kill-job' | 'cancel-job' | 'ban'
  /** How many fields of the report form it fills in. */
  fields?: number
}

export type Persona = {
  name: string
  /** Its mail server says no at once. */
  refusesMail?: true
  /** It banned the identity before the job came. */
  bannedBefore?: true
  actions: readonly Action[]
}

type Hours = readonly [least: number, most: number]
type Sketch = Omit<Action, 'delayMs' | 'id'> & { hours: Hours }
type Kind = Omit<Persona, 'actions'> & { weight: number; does: readonly Sketch[] }

const answer = (hours: Hours): Sketch => ({ after: 'alert', do: 'answer', hours })
const act = (what: Action['do'], hours: Hours): Sketch => ({ after: 'alert', do: what, hours })
const closure = (days: Hours, fields: number): Sketch => ({
  after: 'report-request',
  do: 'answer',
  hours: [days[0] * 24, days[1] * 24],
  fields,
})

/** Teams as challenges met them: good, late, half-hearted, robots, and silence. */
const kinds: readonly Kind[] = [
  { name: 'answers well', weight: 9, does: [answer([0.5, 2]), act('stop-job', [1, 5]), act('ban', [2, 8]), closure([1, 6], 5)] },
  { name: 'bans only', weight: 4, does: [answer([1, 3]), act('ban', [3, 20]), closure([2, 9], 5)] },
  { name: 'cancels in its batch system', weight: 4, does: [answer([0.5, 3]), act('cancel-job', [2, 12]), closure([2, 12], 4)] },
  { name: 'is late', weight: 5, does: [answer([6, 20]), act('stop-job', [30, 60]), closure([19, 26], 3)] },
  { name: 'answers in part', weight: 4, does: [answer([1, 3.5]), closure([3, 10], 2)] },
  {
    name: 'needs a reminder',
    weight: 3,
    does: [{ after: 'reminder', do: 'answer', hours: [1, 6] }, act('ban', [9, 22]), closure([4, 12], 5)],
  },
  {
    name: 'has a robot and a person',
    weight: 3,
    does: [act('receipt', [0.02, 0.05]), answer([1, 3]), act('stop-job', [2, 20]), closure([2, 8], 5)],
  },
  { name: 'has a robot only', weight: 2, does: [act('receipt', [0.02, 0.05])] },
  { name: 'pulls the plug', weight: 2, does: [answer([1, 3]), act('kill-job', [2, 6]), closure([3, 9], 4)] },
  { name: 'never answers', weight: 3, does: [] },
  { name: 'has a dead mailbox', weight: 2, does: [act('bounce', [0.02, 0.05])] },
  { name: 'refuses our mail', weight: 1, refusesMail: true, does: [] },
  { name: 'had closed the door', weight: 1, bannedBefore: true, does: [] },
]

/** Teams act on the quarter of an hour: fewer moments make a shorter rehearsal. */
const QUARTER_MS = 15 * 60_000

/** The team of a site: the same seed gives the same team. `hash` gives hexadecimal digits. */
export function personaOf(seed: number, site: string, hash: (text: string) => string): Persona {
  const chance = (what: string) => Number.parseInt(hash(`${seed} ${site} ${what}`).slice(0, 12), 16) / 16 ** 12
  const { weight: _, does, ...rest } = draw(chance('team'))
  const actions = does.map((sketch, i): Action => {
    const [least, most] = sketch.hours
    const quarters = Math.max(1, Math.round((least + (most - least) * chance(`action ${i}`)) * 4))
    const { hours: _hours, ...action } = sketch
    return { ...action, id: `${sketch.after}-${i}-${sketch.do}`, delayMs: quarters * QUARTER_MS }
  })
  return { ...rest, actions }
}

function draw(chance: number): Kind {
  const total = kinds.reduce((sum, kind) => sum + kind.weight, 0)
  let left = chance * total
  for (const kind of kinds) {
    left -= kind.weight
    if (left < 0) return kind
  }
  return kinds[0]!
}
