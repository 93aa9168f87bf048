import type { Ran } from '../../core/domain/reach.ts'

/**
 * What the client's words mean. The shapes are those of bin/crab.py, ClientExceptions.py and Commands/*.py
 * (https://github.com/dmwm/CRABClient); what stands after "Reason is:" comes from the server.
 * `credential`, `setup`: something of ours · `unreachable`: no connection came about · `lost`: it did not come to an end ·
 * `refusal`: the request is not one that can be done.
 */
export type FaultKind = 'credential' | 'setup' | 'denied' | 'unreachable' | 'lost' | 'refusal' | 'unclear'
export type Fault = { kind: FaultKind; words: string }

/** The first that fits counts. That the frontend "is not responding" is said of every failure of the connection. */
const MEANINGS: readonly (readonly [RegExp, FaultKind])[] = [
  [/cmssw_version is not defined|ssl support in pycurl|using a version of python|crab: not found/i, 'setup'],
  [
    /proxy .{0,80}(?:expired|not valid|not found|missing|failed)|no valid proxy|impossible to retrieve proxy|creat\w+ (?:the )?proxy/i,
    'credential',
  ],
  [/timed? ?out|connection reset|empty reply|execution error/i, 'lost'],
  [
    /connection refused|failed to connect|couldn'?t connect|could ?n[o']t resolve host|service unavailable|no route to host/i,
    'unreachable',
  ],
  [/not authori[sz]ed|not allowed to access|access .{0,40}denied|forbidden|\b403\b/i, 'denied'],
  [
    /invalid crab configuration|error in crab configuration|invalid input parameter|wrong format|crab configuration file .{0,300} not found/i,
    'refusal',
  ],
]

/** Exit codes of ClientExceptions.py, of which the system keeps the last 8 bits. */
const BY_CODE: Readonly<Record<number, FaultKind>> = {
  [3008 % 256]: 'refusal',
  [3010 % 256]: 'credential',
  [3012 % 256]: 'denied',
  [3013 % 256]: 'credential',
}

export function faultOf(ran: Pick<Ran, 'out' | 'err' | 'code'>): Fault {
  const words = shorten(textOf(ran)) || `exit code ${ran.code}`
  const kind = MEANINGS.find(([pattern]) => pattern.test(words))?.[1] ?? BY_CODE[ran.code ?? 0] ?? 'unclear'
  return { kind, words }
}

/** RESTTask.py of CRABServer: the search for a task that is in no database. */
export function isUnknownTask(text: string): boolean {
  return /impossible to find task/i.test(text)
}

/** Both streams without colours: which of them a line goes to has changed between versions. */
export function textOf({ out, err }: Pick<Ran, 'out' | 'err'>): string {
  return `${out}\n${err}`.replaceAll(COLOUR, '')
}

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]{0,20}m`, 'g')

/** One line of at most 800 characters, without control characters: fit for a log. */
export function shorten(text: string): string {
  const line = text
    .slice(0, 20_000)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  return line.length > 800 ? `${line.slice(0, 800)}…` : line
}
