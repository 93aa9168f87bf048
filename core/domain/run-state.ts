import type { RunEvent } from './event.ts'
import type { Plan } from './plan.ts'
import type { Report } from './report.ts'
import type { Rubric } from './rubric.ts'
import type { Scenario } from './scenario.ts'

export type Phase = Report['phase']
export type Outage = Report['outages'][number]

export type RunState = {
  phase: Phase
  plan?: Plan
  scenario?: Scenario
  rubric?: Rubric
  /** The plan's hash that was approved last. */
  approvedHash?: string
  approvals: readonly { hash: string; by: string; at: number }[]
  launchedMs?: number
  /** Between which moments an agent may run, by the machines' clocks. */
  agentsStartMs?: number
  agentsEndMs?: number
  stopped?: { at: number; by: string; reason: string }
  endedMs?: number
  outages: readonly Outage[]
}

const phases: readonly Phase[] = ['planned', 'approved', 'running', 'stopped', 'ended']

export function initialRun(): RunState {
  return { phase: 'planned', approvals: [], outages: [] }
}

/** A run goes through its phases in one direction only. */
function later(state: RunState, phase: Phase): Phase {
  return phases.indexOf(phase) > phases.indexOf(state.phase) ? phase : state.phase
}

export function evolveRun(state: RunState, event: RunEvent): RunState {
  switch (event.type) {
    case 'RunPlanned':
      return { ...state, plan: event.data.plan, scenario: event.data.scenario, rubric: event.data.rubric }
    case 'RunApproved': {
      const approval = { hash: event.data.hash, by: event.data.by, at: event.at }
      return { ...state, phase: later(state, 'approved'), approvedHash: approval.hash, approvals: [...state.approvals, approval] }
    }
    case 'RunLaunched':
      return {
        ...state,
        phase: later(state, 'running'),
        launchedMs: Math.min(state.launchedMs ?? event.at, event.at),
        agentsStartMs: event.data.agentsStartMs,
        agentsEndMs: event.data.agentsEndMs,
      }
    case 'RunStopped':
      if (state.stopped && state.stopped.at <= event.at) return state
      return { ...state, phase: later(state, 'stopped'), stopped: { at: event.at, by: event.data.by, reason: event.data.reason } }
    case 'RunEnded':
      return { ...state, phase: 'ended', endedMs: Math.min(state.endedMs ?? event.at, event.at) }
    case 'OutageRecorded':
      return { ...state, outages: [...state.outages, event.data] }
    default:
      return unforeseen(event)
  }
}

export function foldRun(events: Iterable<RunEvent>): RunState {
  let state = initialRun()
  for (const event of events) state = evolveRun(state, event)
  return state
}

function unforeseen(event: never): never {
  throw new Error(`a fact of an unknown type in a run's log: ${String((event as { type?: unknown }).type)}`)
}
