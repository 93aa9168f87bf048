import type { Light } from '../../../domain/report.ts'
import type { Phase } from '../../../domain/run-state.ts'

/** A letter and a word beside the colour and the shape, so that nobody needs colours. */
export const lightNames: Record<Light, { letter: string; word: string }> = {
  green: { letter: 'G', word: 'green' },
  amber: { letter: 'A', word: 'amber' },
  red: { letter: 'R', word: 'red' },
  grey: { letter: '?', word: 'not known' },
  pending: { letter: '…', word: 'pending' },
}

export function lightView(light: Light): { light: Light; letter: string; word: string } {
  return { light, ...lightNames[light] }
}

export const phaseWords: Record<Phase, string> = {
  planned: 'planned: a second person has to approve it',
  approved: 'approved: it can be launched',
  running: 'running',
  stopped: 'stopped',
  ended: 'ended',
}
