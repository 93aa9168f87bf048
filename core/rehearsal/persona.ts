import type { MailKind } from '../domain/mail.ts'

/** What reaches a team: a mail of ours, or the word of another site. */
export type Trigger = MailKind | 'word'

/** What a simulated team does, some time after something reached it. */
export type Action = {
  /** Unique at its site. */
  id: string
  after: Trigger
  delayMs: number
  do: 'answer' | 'receipt' | 'bounce' | 'stop-job' | 'kill-job' | 'cancel-job' | 'ban' | 'tell' | 'declare-downtime' | 'run-pakiti'
  /** How many fields of the report form it fills in; how many other sites it tells; how many vulnerabilities Pakiti finds. */
  fields?: number
  others?: number
  vulnerable?: number
  /** How much of a question's answer it finds. */
  share?: number
  /** A copy of its answer goes to the VO's team. */
  tellsVo?: true
  /** What its first answer shows of its writer; without it, mere thanks. */
  shows?: 'knows' | 'investigates'
}

/** What a scenario asks of its teams besides. */
export type Demand = 'jobs' | 'spread' | 'downtimes' | 'packages'

export type Persona = {
  name: string
  /** Its mail server says no at once. */
  refusesMail?: true
  /** It banned the identity before the job came. */
  bannedBefore?: true
  actions: readonly Action[]
}

type Hours = readonly [least: number, most: number]
type Sketch = Omit<Action, 'delayMs' | 'id'> & { hours: Hours; on?: Demand }
type Kind = Omit<Persona, 'actions'> & { weight: number; does: readonly Sketch[] }

const answer = (hours: Hours, shows?: Action['shows']): Sketch => ({ ...act('answer', hours), ...(shows && { shows, tellsVo: true }) })
const act = (what: Action['do'], hours: Hours): Sketch => ({ after: 'alert', do: what, hours })
const closure = (days: Hours, fields: number): Sketch => ({
  after: 'report-request',
  do: 'answer',
  hours: [days[0] * 24, days[1] * 24],
  fields,
  on: 'jobs',
})

/** The answer to each question, and what of it is right. */
const answers = (hours: Hours, share: number): Sketch => ({ after: 'question', do: 'answer', hours, share })
/** The word goes on to others in the federation. */
const tells = (hours: Hours, others: number): Sketch => ({ ...act('tell', hours), others, on: 'spread' })
const declares = (hours: Hours): Sketch => ({ ...act('declare-downtime', hours), on: 'downtimes' })
const runsPakiti = (hours: Hours, vulnerable: number): Sketch => ({ ...act('run-pakiti', hours), vulnerable, on: 'packages' })

/** Teams as challenges met them: good, late, half-hearted, robots, and silence. */
const kinds: readonly Kind[] = [
  {
    name: 'answers well',
    weight: 9,
    does: [
      answer([0.5, 2], 'investigates'),
      act('stop-job', [1, 5]),
      act('ban', [2, 8]),
      closure([1, 6], 5),
      answers([0.5, 3], 1),
      tells([0.5, 2], 4),
      declares([6, 12]),
      runsPakiti([2, 20], 0),
    ],
  },
  {
    name: 'bans only',
    weight: 4,
    does: [
      answer([1, 3], 'knows'),
      act('ban', [3, 20]),
      closure([2, 9], 5),
      answers([1, 3.5], 1),
      tells([1, 4], 2),
      runsPakiti([10, 40], 0),
    ],
  },
  {
    name: 'cancels in its batch system',
    weight: 4,
    does: [
      answer([0.5, 3], 'investigates'),
      act('cancel-job', [2, 12]),
      closure([2, 12], 4),
      answers([1, 6], 0.5),
      tells([1, 6], 2),
      declares([14, 20]),
      runsPakiti([5, 30], 0),
    ],
  },
  {
    name: 'is late',
    weight: 5,
    does: [
      answer([6, 20]),
      act('stop-job', [30, 60]),
      closure([19, 26], 3),
      answers([24, 40], 0.5),
      tells([12, 30], 1),
      runsPakiti([80, 120], 1),
    ],
  },
  { name: 'answers in part', weight: 4, does: [answer([1, 3.5]), closure([3, 10], 2), answers([1, 4], 0.5), runsPakiti([20, 60], 2)] },
  {
    name: 'needs a reminder',
    weight: 3,
    does: [{ after: 'reminder', do: 'answer', hours: [1, 6] }, act('ban', [9, 22]), closure([4, 12], 5), answers([2, 9], 1)],
  },
  {
    name: 'has a robot and a person',
    weight: 3,
    does: [
      act('receipt', [0.02, 0.05]),
      answer([1, 3]),
      act('stop-job', [2, 20]),
      closure([2, 8], 5),
      answers([1, 3], 1),
      tells([2, 8], 3),
    ],
  },
  { name: 'has a robot only', weight: 2, does: [act('receipt', [0.02, 0.05])] },
  { name: 'pulls the plug', weight: 2, does: [answer([1, 3]), act('kill-job', [2, 6]), closure([3, 9], 4), declares([3, 8])] },
  { name: 'never answers', weight: 3, does: [] },
  { name: 'has a dead mailbox', weight: 2, does: [act('bounce', [0.02, 0.05])] },
  { name: 'refuses our mail', weight: 1, refusesMail: true, does: [] },
  { name: 'had closed the door', weight: 1, bannedBefore: true, does: [] },
]

/** Teams act on the quarter of an hour: fewer moments make a shorter rehearsal. */
const QUARTER_MS = 15 * 60_000

export type Casting = { seed: number; hash(text: string): string; demands: ReadonlySet<Demand> }

/** The team of a site: the same seed gives the same team. `hash` gives hexadecimal digits. */
export function personaOf(site: string, { seed, hash, demands }: Casting): Persona {
  const chance = (what: string) => Number.parseInt(hash(`${seed} ${site} ${what}`).slice(0, 12), 16) / 16 ** 12
  const { weight: _, does, ...rest } = draw(chance('team'))
  const actions = does.flatMap((sketch, i): Action[] => {
    const { hours, on, ...action } = sketch
    if (on !== undefined && !demands.has(on)) return []
    const [least, most] = hours
    const quarters = Math.max(1, Math.round((least + (most - least) * chance(`action ${i}`)) * 4))
    return [{ ...action, id: `${sketch.after}-${i}-${sketch.do}`, delayMs: quarters * QUARTER_MS }]
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
