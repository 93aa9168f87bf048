import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import type { PlanRequest } from '../../core/app/plan-run.ts'
import { Run } from '../../core/domain/run.ts'
import type { Scenario } from '../../core/domain/scenario.ts'
import type { Site } from '../../core/domain/site.ts'
import type { Submitter } from '../../core/domain/submitter.ts'
import { sha256 } from '../../core/io/keys.ts'
import { sampleRubric, sampleScenario } from '../domain/sample-run.ts'
import { sampleIdentities } from '../domain/sample-sites.ts'

const HOUR_MS = 3_600_000

/** A job system that takes every job at once and does nothing; calls back when it has taken so many. */
export function noopSubmitter(jobs: number, onLast: () => void): Submitter {
  let taken = 0
  return {
    name: 'noop',
    summary: 'does nothing',
    serviceTypes: ['example.noop'],
    options: z.strictObject({}),
    submit: async (job) => {
      taken += 1
      if (taken === jobs) onLast()
      return { ok: true, value: { nativeId: job.label } }
    },
    status: async () => new Map(),
    check: async () => [],
  }
}

/** A run of so many generated sites, one job each. The seed tells one from another; the endpoints are on this machine. */
export function planRequest(seed: number, count: number, endpoints?: readonly string[]): PlanRequest {
  const run = Run.parse({
    scenario: sampleScenario.id,
    vo: { name: 'vo.example', from: 'scopes' },
    sites: count,
    window: { from: new Date(Date.now() - HOUR_MS).toISOString(), to: new Date(Date.now() + 24 * HOUR_MS).toISOString() },
    submitters: ['noop'],
    identities: sampleIdentities,
    consent: { basis: 'policy', by: 'bench' },
    limits: { sites: count, mails: 3 * count },
    canaries: 0,
    seed,
  })
  const scenario: Scenario = sampleScenario
  const submitters = [{ name: 'noop', serviceTypes: ['example.noop'] }]
  const federation = {
    sites: Array.from({ length: count }, (_, i) => site(i, endpoints?.[i] ?? `https://127.0.0.1/site-${i}`)),
    downtimes: [],
    ngis: [],
  }
  return {
    run,
    scenario,
    rubric: sampleRubric,
    federation,
    submitters,
    probers: [{ name: 'door', serviceTypes: ['example.noop'] }],
    holidays: () => ['2027-01-01', '2027-01-06'],
    sha256,
    listeners: listenerUrls,
  }
}

/** Where the agents would report to. */
export const listenerUrls = ['http://127.0.0.1:8471']

/** Who the sample's identities are; they carry no credential. */
export function writeIdentities(home: string): void {
  const { attacker, control } = sampleIdentities
  const entries = [
    { subject: attacker, kind: 'attacker', holder: 'the bench' },
    { subject: control, kind: 'control', holder: 'the bench' },
  ]
  writeFileSync(join(home, 'identities.yaml'), stringify(entries))
}

function site(n: number, url: string): Site {
  return {
    name: `SITE-${n}`,
    country: 'DE',
    ngi: 'NGI_DE',
    certification: 'Certified',
    infrastructure: 'Production',
    timeZone: 'Europe/Berlin',
    securityContact: `csirt@site-${n}.example`,
    scopes: ['vo.example'],
    extensions: {},
    voNames: {},
    endpoints: [{ serviceType: 'example.noop', hostName: '127.0.0.1', url, inProduction: true }],
  }
}
