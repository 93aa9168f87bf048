import type { ConsentOf, PauseCause, RunEvent } from './event.ts'
import type { Plan } from './plan.ts'
import type { Audience, Report } from './report.ts'
import type { Rubric } from './rubric.ts'
import type { Scenario } from './scenario.ts'

export type Phase = Report['phase']
export type Outage = Report['outages'][number]

/** A time in which nothing new is sent; without an end it lasts. Times in ms since 1970. */
export type Pause = { fromMs: number; untilMs?: number; by: string; reason: string; because: PauseCause }

/** Who did a step of the checklist, and when it was said. `at` in ms since 1970. */
export type Tick = { by: string; at: number; note: string }

/** What a site or an NGI said of the run, in the order in which it was said. */
export type ConsentWord = { of: ConsentOf; by: string; at: number; given: boolean; fromMs?: number; toMs?: number }

export type RunState = {
  phase: Phase
  /** Up to which place of its own log it was read; absent where that does not matter. */
  seq?: number
  plan?: Plan
  plannedBy?: string
  scenario?: Scenario
  rubric?: Rubric
  approvals: readonly { hash: string; by: string; at: number }[]
  launchedMs?: number
  /** Between which moments an agent may run, by the machines' clocks. */
  agentsStartMs?: number
  agentsEndMs?: number
  /** Ends every agent of the run, whoever hands it out. */
  stopLine?: string
  /** When the sites behind the canaries were let go. */
  waveMs?: number
  consents: readonly ConsentWord[]
  pauses: readonly Pause[]
  /** What officers decided of work that fell into a pause, by its id. */
  decisions: Readonly<Record<string, { go: boolean; by: string; dueMs: number }>>
  stopped?: { at: number; by: string; reason: string }
  endedMs?: number
  outages: readonly Outage[]
  /** Who may read the run's documents, besides its officers. */
  published: readonly { audience: Audience; by: string; at: number }[]
  /** What was done by hand of the scenario's checklist, by the id of the step. */
  ticks: Readonly<Record<string, Tick>>
}

const phases: readonly Phase[] = ['planned', 'approved', 'running', 'stopped', 'ended']

export function initialRun(): RunState {
  return { phase: 'planned', approvals: [], consents: [], pauses: [], decisions: {}, outages: [], published: [], ticks: {} }
}

/** A run goes through its phases in one direction only. */
function later(state: RunState, phase: Phase): Phase {
  return phases.indexOf(phase) > phases.indexOf(state.phase) ? phase : state.phase
}

export function evolveRun(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'RunPlanned': {
      const { plan, scenario, rubric, by } = event.data
      return { ...state, plan, scenario, rubric, plannedBy: by }
    }
    case 'RunApproved': {
      const approval = { hash: event.data.hash, by: event.data.by, at: event.at }
      return { ...state, phase: later(state, 'approved'), approvals: [...state.approvals, approval] }
    }
    case 'RunLaunched': {
      const { by: _, ...launched } = event.data
      return { ...state, ...launched, phase: later(state, 'running'), launchedMs: Math.min(state.launchedMs ?? event.at, event.at) }
    }
    case 'RunStopped':
      if (state.stopped && state.stopped.at <= event.at) return state
      return { ...state, phase: later(state, 'stopped'), stopped: { at: event.at, by: event.data.by, reason: event.data.reason } }
    case 'RunEnded':
      return { ...state, phase: 'ended', endedMs: Math.min(state.endedMs ?? event.at, event.at) }
    case 'ContentPurged':
      return state
    case 'PublicationChanged': {
      const { audience, shown, by } = event.data
      const others = state.published.filter((one) => one.audience !== audience)
      return { ...state, published: shown ? [...others, { audience, by, at: event.at }] : others }
    }
    case 'StepTicked':
      return { ...state, ticks: ticksWith(state.ticks, event) }
    case 'OutageRecorded':
      return { ...state, outages: [...state.outages, event.data] }
    default:
      return evolveControl(state, event)
  }
}

type ControlEvent = Extract<
  RunEvent,
  { type: 'ConsentGiven' | 'ConsentWithdrawn' | 'WaveOpened' | 'RunPaused' | 'RunResumed' | 'HeldDecided' }
>

/** What officers and sites say while it runs. */
function evolveControl(state: RunState, event: ControlEvent): RunState {
  switch (event.type) {
    case 'ConsentGiven': {
      const { recordedBy: _, ...word } = event.data
      return { ...state, consents: [...state.consents, { ...word, at: event.at, given: true }] }
    }
    case 'ConsentWithdrawn':
      return { ...state, consents: [...state.consents, { of: event.data.of, by: event.data.by, at: event.at, given: false }] }
    case 'WaveOpened':
      return { ...state, waveMs: Math.min(state.waveMs ?? event.at, event.at) }
    case 'RunPaused':
      return { ...state, pauses: pausesWith(state, { fromMs: event.at, ...event.data }) }
    case 'RunResumed':
      return { ...state, pauses: state.pauses.map((pause) => ({ untilMs: event.at, ...pause })) }
    case 'HeldDecided': {
      const { effect, ...decision } = event.data
      return { ...state, decisions: { ...state.decisions, [effect]: decision } }
    }
    default:
      return unforeseen(event)
  }
}

/** Who ticked a step first did it: a second tick changes nothing. */
function ticksWith(ticks: RunState['ticks'], { at, data }: Extract<RunEvent, { type: 'StepTicked' }>): RunState['ticks'] {
  const { step, done, by, note } = data
  const { [step]: before, ...others } = ticks
  return done ? { ...others, [step]: before ?? { by, at, note } } : others
}

/** A pause that lasts stays as it is, unless a real incident comes on top: of that all are told. */
function pausesWith(state: RunState, pause: Pause): readonly Pause[] {
  const lasting = pausedBy(state)
  if (lasting === undefined) return [...state.pauses, pause]
  if (pause.because !== 'real incident') return state.pauses
  return state.pauses.map((one) => (one === lasting ? { ...pause, fromMs: one.fromMs } : one))
}

/** The pause that lasts. */
export function pausedBy(state: Pick<RunState, 'pauses'>): Pause | undefined {
  return state.pauses.find((pause) => pause.untilMs === undefined)
}

/**
 * What stops all clocks, as known at `asOf` (ms since 1970). While a pause lasts no clock runs out; with its end it becomes a fact. Of
 * an outage of our own side the log says nothing before it ends (core/app/watch-ourselves.ts), so that a light of a deadline within
 * it can be red until then.
 */
export function outagesAt(state: Pick<RunState, 'outages' | 'pauses'>, asOf: number): readonly Outage[] {
  const pause = pausedBy(state)
  if (pause === undefined) return state.outages
  return [...state.outages, { fromMs: pause.fromMs, untilMs: asOf, what: `the run is paused: ${pause.reason}` }]
}

/** Whether two people stand for this very plan: one who made it, another who approved it. A rehearsal reaches nobody, and one will do. */
export function approvalOf({ plan, plannedBy, approvals }: Pick<RunState, 'plan' | 'plannedBy' | 'approvals'>) {
  return approvals.find(({ hash, by }) => hash === plan?.hash && (plan.run.rehearsal || !isSamePerson(by, plannedBy ?? '')))
}

/** Names are compared as people would. */
export function isSamePerson(a: string, b: string): boolean {
  return nameKey(a) === nameKey(b)
}

/** Two names that people would take for one another have the same. */
export function nameKey(name: string): string {
  return name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ').toLowerCase()
}

export function foldRun(events: Iterable<RunEvent>): RunState {
  let state = initialRun()
  for (const event of events) state = evolveRun(state, event)
  return state
}

function unforeseen(event: never): never {
  throw new Error(`a fact of an unknown type in a run's log: ${String((event as { type?: unknown }).type)}`)
}
