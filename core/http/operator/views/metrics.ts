import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { z } from 'zod'
import { readPlannedRun } from '../../../app/view.ts'
import { boardLights } from '../../../domain/board-row.ts'
import type { EffectState } from '../../../ports.ts'
import { hookRows } from '../../../webhooks.ts'
import { giving, type Office } from '../route.ts'

const PHASES = ['planned', 'approved', 'running', 'stopped', 'ended'] as const
const STATES: readonly EffectState[] = ['queued', 'doing', 'deferred', 'held', 'refused', 'unsure']

/** Of this process: memory, processor time, the lag of its loop. */
const ofProcess = new Registry()
collectDefaultMetrics({ register: ofProcess })

/** For Prometheus: how this instance and its runs fare. Sites are counted, never named. */
export const metricsFile = giving({
  name: 'metrics',
  path: '/metrics',
  summary: 'Figures for Prometheus; give it a token of an officer of the CSIRT',
  need: 'instance',
  query: z.object({}),
  give: async ({ office }) => {
    const register = new Registry()
    await fill(register, office)
    await fillHooks(register, office)
    const body = `${await ofProcess.metrics()}\n${await register.metrics()}`
    return { contentType: ofProcess.contentType, body }
  },
})

async function fill(register: Registry, { instance: { store }, boards }: Office): Promise<void> {
  const runs = new Gauge({ name: 'ssc_runs', help: 'Runs by phase', labelNames: ['phase'], registers: [register] })
  const sites = new Gauge({
    name: 'ssc_sites',
    help: 'Sites of a run that is under way, by light',
    labelNames: ['run', 'light'],
    registers: [register],
  })
  const work = new Gauge({
    name: 'ssc_work',
    help: 'Outside effects of a run that is under way, by state',
    labelNames: ['run', 'state'],
    registers: [register],
  })
  const agents = new Gauge({
    name: 'ssc_agents',
    help: 'Agents of a run that is under way, by state',
    labelNames: ['run', 'state'],
    registers: [register],
  })
  for (const phase of PHASES) runs.set({ phase }, 0)
  for (const { run } of await store.listRuns()) {
    const { phase } = await readPlannedRun(store, run)
    runs.inc({ phase })
    if (phase !== 'running' && phase !== 'stopped') continue
    for (const { light, count } of boardLights((await boards.read(run)).rows)) sites.set({ run, light }, count)
    const effects = await store.effects(run, STATES)
    for (const state of STATES) work.set({ run, state }, effects.filter((one) => one.state === state).length)
    for (const { state } of await store.liveness(run)) agents.inc({ run, state })
  }
}

async function fillHooks(register: Registry, { instance }: Office): Promise<void> {
  const labelNames = ['webhook']
  const failures = new Gauge({ name: 'ssc_webhook_failures', help: 'Failures of a webhook, in a row', labelNames, registers: [register] })
  const lost = new Gauge({ name: 'ssc_webhook_never_told', help: 'Notices that a webhook never took', labelNames, registers: [register] })
  for (const { name: webhook, state } of await hookRows(instance)) {
    failures.set({ webhook }, state?.failures ?? 0)
    lost.set({ webhook }, state?.givenUp ?? 0)
  }
}
