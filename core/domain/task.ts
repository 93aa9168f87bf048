import { z } from 'zod'
import { JobName } from './heartbeat.ts'

/**
 * All that an agent can be told, with the bounds of the one number that an action may have. The list is closed: it is compiled
 * into the agent, and there is no word for a command, a file, a download, an address or a text.
 */
export const catalogue = {
  /** Nothing. */
  idle: null,
  /** Host name, user id, batch job id, working folder and time. */
  report: null,
  /** A marker file in the job's own folder; the number is the file's. */
  mark: { least: 1, most: 9 },
  /** So many children that sleep until the expiry, under a telling name. */
  spawn: { least: 1, most: 5 },
  /** One HTTPS request to the n-th of the challenge's own endpoints. */
  contact: { least: 1, most: 8 },
  /** So many seconds of one processor at nice 19. */
  load: { least: 1, most: 60 },
  /** To the n-th of the listener's addresses. */
  'move-listener': { least: 1, most: 8 },
  /** The end of the agent. */
  stop: null,
} as const satisfies Record<string, { least: number; most: number } | null>

export type Action = keyof typeof catalogue
export const actions = Object.keys(catalogue) as readonly Action[]
export const Action = z.enum(actions as [Action, ...Action[]])

/** What an agent is to do: `number` exactly where the catalogue has bounds for one. */
export const Order = z.strictObject({ do: Action, number: z.number().int().exactOptional() }).superRefine(({ do: action, number }, ctx) => {
  const problem = numberProblem(action, number)
  if (problem !== undefined) ctx.addIssue({ code: 'custom', path: ['number'], message: problem })
})
export type Order = z.infer<typeof Order>

/** `stop`, `mark 3` */
export function orderWords({ do: action, number }: Order): string {
  return number === undefined ? action : `${action} ${number}`
}

/** The seconds of one processor that an agent burns for it. */
export function loadSeconds({ do: action, number = 0 }: Order): number {
  return action === 'load' ? number : 0
}

/** What agents may be told: what the scenario declared, and always `idle` and `stop`. */
export function allowedActions(declared: readonly Action[]): Action[] {
  return [...new Set<Action>(['idle', 'stop', ...declared])]
}

function numberProblem(action: Action, number: number | undefined): string | undefined {
  const bounds = catalogue[action]
  if (bounds === null) return number === undefined ? undefined : `'${action}' takes no number`
  if (number !== undefined && number >= bounds.least && number <= bounds.most) return undefined
  return `'${action}' needs a number from ${bounds.least} to ${bounds.most}`
}

/** An order for one job, as it is signed. `sequence` grows from task to task; `expires` in seconds since 1970 by the machines' clocks. */
export type Task = Order & { job: string; sequence: number; expires: number }

/** The very characters that are signed: `ssc-task 1 JOB SEQUENCE EXPIRES ACTION NUMBER`, with `-` for no number. Throws on what is not in the catalogue. */
export function taskText({ job, sequence, expires, ...order }: Task): string {
  const { do: action, number } = Order.parse(order)
  const [at, until] = [sequence, expires].map((one) => z.number().int().positive().parse(one))
  return `ssc-task 1 ${JobName.parse(job)} ${at} ${until} ${action} ${number ?? '-'}`
}

/** The end of all agents of a run: signed at the launch, and good for nothing else. Any web server can hand it out. */
export function stopText(run: string): string {
  return `ssc-stop 1 ${JobName.parse(run)}`
}

/** What goes over the wire: the text, a blank, and the signature in base64. */
export function signedLine(text: string, signature: string): string {
  return `${text} ${signature}`
}

/** Where any web server can hand the signed stops out, below each address of the listener. */
export const STOP_FOLDER = '/v1/stop'

export function stopPath(run: string): string {
  return `${STOP_FOLDER}/${JobName.parse(run)}`
}
