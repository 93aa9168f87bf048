import type { RunState, Tick } from './run-state.ts'
import type { Scenario } from './scenario.ts'

export type Step = { id: string; text: string; command?: string; tick?: Tick }
export type ChecklistPhase = { id: string; title: string; steps: Step[] }

/** The steps of each phase in the order of the story; a phase in which nothing is done by hand is left out. RUN is the run's name in its commands. */
export function checklistOf({ phases, checklist }: Scenario, { run, ticks }: Pick<RunState, 'ticks'> & { run: string }): ChecklistPhase[] {
  const steps = checklist.map(({ id, when, text, command }) => ({
    when,
    step: { id, text, ...(command !== undefined && { command: command.replace(/\bRUN\b/g, () => run) }), ...tickOf(ticks[id]) },
  }))
  const grouped = phases.map(({ id, title }) => ({ id, title, steps: steps.filter(({ when }) => when === id).map(({ step }) => step) }))
  return grouped.filter((phase) => phase.steps.length > 0)
}

function tickOf(tick: Tick | undefined): { tick?: Tick } {
  return tick === undefined ? {} : { tick }
}
