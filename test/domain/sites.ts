import type { PlanInput } from '../../core/domain/plan.ts'
import { Run } from '../../core/domain/run.ts'
import type { Downtime, Site } from '../../core/domain/site.ts'
import { sha256 } from '../../core/io/keys.ts'

/** A site that may take part in every run of these tests; `over` changes what a test is about. */
export function aSite(name: string, over: Partial<Site> = {}): Site {
  return {
    name,
    country: name.slice(0, 2),
    ngi: `NGI_${name.slice(0, 2)}`,
    certification: 'Certified',
    infrastructure: 'Production',
    timeZone: 'Europe/Paris',
    securityContact: `csirt@${name.toLowerCase()}.example`,
    scopes: ['EGI', 'cms'],
    extensions: { SUPPORTED_VOS: 'cms, ops' },
    voNames: {},
    endpoints: [anEndpoint(`ce01.${name.toLowerCase()}.example`)],
    ...over,
  }
}

export function anEndpoint(hostName: string, serviceType = 'ARC-CE') {
  return { serviceType, hostName, url: `https://${hostName}:443/arex`, inProduction: true }
}

export function anOutage(site: string, hostName: string, over: Partial<Downtime> = {}): Downtime {
  const startMs = Date.parse('2027-01-12T00:00:00Z')
  return {
    id: '1G0',
    severity: 'OUTAGE',
    declaredMs: startMs - 1,
    startMs,
    endMs: startMs + 3_600_000,
    services: [{ site, hostName, serviceType: 'ARC-CE' }],
    ...over,
  }
}

export const writtenRun = {
  scenario: 'ssc6-cms',
  rehearsal: true,
  vo: { name: 'cms', from: 'scopes' },
  sites: 2,
  window: { from: '2027-01-11T00:00:00Z', to: '2027-01-23T00:00:00Z' },
  submitters: ['arc'],
  identities: { attacker: '/CN=Mallory', control: '/CN=Carol' },
  consent: { basis: 'policy', by: 'EGI CSIRT' },
  limits: { sites: 40, mails: 100 },
  seed: 1,
}

export function aPlanInput(
  sites: Site[],
  over: {
    run?: Record<string, unknown>
    downtimes?: Downtime[]
    submitters?: PlanInput['submitters']
    probers?: PlanInput['probers']
  } = {},
): PlanInput {
  const run = Run.parse({ ...writtenRun, ...over.run })
  return {
    run,
    scenario: { job: {}, alert: 'all' },
    federation: { sites, downtimes: over.downtimes ?? [], ngis: [] },
    submitters: over.submitters ?? [{ name: 'arc', serviceTypes: ['ARC-CE'] }],
    probers: over.probers ?? [],
    holidays: () => [],
    rank: (name) => sha256(`${run.seed} ${name}`),
  }
}
