import { describe, expect, test } from 'vitest'
import { readLaunchedRun } from '../../core/app/view.ts'
import type { RunFact } from '../../core/domain/event.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { anEffect, anIntent, atGate, gateDeps, inWindow, keepLaunched, tell } from './gating.ts'

const paused: RunFact = { type: 'RunPaused', data: { by: 'Ada', reason: 'x', because: 'real incident' } }
const withdrawn: RunFact = { type: 'ConsentWithdrawn', data: { of: { site: 'DE-ONE' }, by: 'Eve', recordedBy: 'Ada', reason: 'x' } }
const noted: RunFact = { type: 'OutageRecorded', data: { fromMs: 1, untilMs: 2, what: 'x' } }

describe('a word that comes after the run was read, and before the gate has let the work pass', () => {
  test.each<[string, RunFact, string]>([
    ['a pause', paused, 'held'],
    ['a withdrawal', withdrawn, 'Eve withdrew the consent'],
    ['something that changes nothing for it', noted, 'doing'],
  ])('given %s, then the work is judged by it', (_, fact, outcome) =>
    withStore(
      async ({ store }) => {
        await keepLaunched(store, launchedRun())
        const run = await readLaunchedRun(store, 'r-1')
        await tell(store, fact)
        const intent = anIntent('send-mail', { run, effect: anEffect('send-mail', { due: inWindow - 1 }) })
        expect(await atGate(gateDeps(store), intent)).toBe(outcome)
      },
      { now: () => inWindow, wall: () => inWindow },
    ),
  )
})
