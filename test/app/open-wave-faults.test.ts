import { expect, test } from 'vitest'
import { openWaveWhenSeen } from '../../core/app/open-wave.ts'
import { readLaunchedRun } from '../../core/app/view.ts'
import type { ChallengeFact } from '../../core/domain/event.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { aSite } from '../domain/sites.ts'
import { withStore } from '../services/store.ts'
import { keepLaunched, tell } from './gating.ts'

const seen: ChallengeFact = { type: 'AgentSeen', data: { host: 'wn', pid: 1 } }
const sent: ChallengeFact = { type: 'JobSubmitting', data: { effect: 'e', label: 'l', payloadHash: 'h' } }

test.each([
  ['before its job was sent', [], true],
  ['after its job was sent', [sent], false],
])('given a canary that withdrew %s, and the other one was seen, then the rest follows only if nothing had been sent', (_, facts, opens) =>
  withStore(async ({ store }) => {
    const run = launchedRun({ sites: ['DE-A', 'DE-B', 'FR-C', 'FR-D'].map((name) => aSite(name)), run: { canaries: 2 } })
    await keepLaunched(store, run)
    const [one, two] = run.plan.sites.filter((site) => site.canary).map((site) => site.name)
    const keep = (site: string | undefined, list: ChallengeFact[]) =>
      store.commit({ run: 'r-1', facts: list.map((fact) => ({ stream: `challenge/r-1/${site}`, ...fact })) })
    await keep(one, facts)
    await tell(store, { type: 'ConsentWithdrawn', data: { of: { site: one! }, by: 'Eve', recordedBy: 'Ada', reason: 'x' } })
    await openWaveWhenSeen({ store }, await readLaunchedRun(store, 'r-1'))
    expect((await readLaunchedRun(store, 'r-1')).waveMs).toBeUndefined()
    await keep(two, [seen])
    await openWaveWhenSeen({ store }, await readLaunchedRun(store, 'r-1'))
    expect((await readLaunchedRun(store, 'r-1')).waveMs !== undefined).toBe(opens)
  }),
)
