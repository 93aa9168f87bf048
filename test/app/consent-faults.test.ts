import { expect, test } from 'vitest'
import { giveConsent, withdrawConsent } from '../../core/app/consent-run.ts'
import { stopRun } from '../../core/app/stop-run.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { realClock, withStore } from '../services/store.ts'
import { keepLaunched } from './gating.ts'

const stream = 'challenge/r-1/DE-ONE'
const word = { run: 'r-1', of: { site: 'DE-ONE' }, by: 'Eve', recordedBy: 'Ada' }
const beat = (sequence: number) => ({ job: 'j', sequence, host: 'wn', pid: 1 })

test.each([
  ['before its agent was seen', [], 'go on'],
  ['after its agent was seen', ['beat'], 'stop'],
  ['and the run was stopped', ['stop'], 'stop'],
])('given a site that withdrew and agrees again %s, then its agent hears what holds now', (_, before, heard) =>
  withStore(async ({ store }) => {
    await keepLaunched(store, launchedRun())
    await store.commit({ run: 'r-1', jobs: [{ job: 'j', run: 'r-1', stream }] })
    if (before.includes('beat')) await store.takeHeartbeats([beat(1)], 1)
    await withdrawConsent({ store }, { ...word, reason: 'x' })
    if (before.includes('stop')) await stopRun({ store }, { run: 'r-1', by: 'Ada', reason: 'x' })
    await giveConsent({ store, clock: realClock }, word)
    expect(await store.takeHeartbeats([beat(2)], 2)).toMatchObject([{ word: heard }])
  }),
)

test('given an NGI that withdrew, when one of its sites agrees, then the agent there is told to stop all the same', () =>
  withStore(async ({ store }) => {
    await keepLaunched(store, launchedRun())
    await store.commit({ run: 'r-1', jobs: [{ job: 'j', run: 'r-1', stream }] })
    await withdrawConsent({ store }, { ...word, of: { ngi: 'NGI_DE' }, reason: 'x' })
    await giveConsent({ store, clock: realClock }, word)
    expect(await store.takeHeartbeats([beat(1)], 1)).toMatchObject([{ word: 'stop' }])
  }))
