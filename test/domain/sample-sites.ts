import type { AnswerKey } from '../../core/domain/event.ts'
import type { PlannedSite } from '../../core/domain/plan.ts'

export const launchMs = Date.parse('2027-01-11T08:00:00Z')
export const agentsEndMs = launchMs + 4 * 86_400_000
export const sampleIdentities = { attacker: '/DC=org/DC=example/CN=Robot: Mallory', control: '/DC=org/DC=example/CN=Robot: Control' }

/** Country, time zone and how many sites: 40 invented ones in 21 countries, at most 4 in each. */
const countries: readonly [code: string, zone: string, sites: number][] = [
  ['AM', 'Asia/Yerevan', 1],
  ['BG', 'Europe/Sofia', 1],
  ['CH', 'Europe/Zurich', 2],
  ['CZ', 'Europe/Prague', 1],
  ['DE', 'Europe/Berlin', 4],
  ['EE', 'Europe/Tallinn', 1],
  ['ES', 'Europe/Madrid', 4],
  ['FI', 'Europe/Helsinki', 1],
  ['FR', 'Europe/Paris', 3],
  ['GR', 'Europe/Athens', 1],
  ['HR', 'Europe/Zagreb', 1],
  ['HU', 'Europe/Budapest', 1],
  ['IT', 'Europe/Rome', 4],
  ['KR', 'Asia/Seoul', 1],
  ['NL', 'Europe/Amsterdam', 2],
  ['NP', 'Asia/Kathmandu', 1],
  ['PL', 'Europe/Warsaw', 2],
  ['PT', 'Europe/Lisbon', 2],
  ['RO', 'Europe/Bucharest', 2],
  ['TW', 'Asia/Taipei', 1],
  ['UK', 'Europe/London', 4],
]

const trees = ['ALDER', 'BIRCH', 'CEDAR', 'HAZEL', 'LARCH', 'MAPLE', 'OLIVE', 'ROWAN', 'SORB', 'WILLOW']

export function samplePlannedSites(count: number): PlannedSite[] {
  const places = countries.flatMap(([country, timeZone, sites]) => Array.from({ length: sites }, () => ({ country, timeZone })))
  return Array.from({ length: count }, (_, i) => {
    const { country, timeZone } = places[i % places.length]!
    const name = `${country}-${trees[(i * 7) % trees.length]}-${String(i + 1).padStart(2, '0')}`
    return plannedSite({ name, country: country === 'UK' ? 'GB' : country, ngi: `NGI_${country}`, timeZone })
  })
}

/** The planned part of the traces of one job. */
export function sampleKey(label: string, payloadHash = '0'.repeat(64)): AnswerKey {
  return {
    identity: sampleIdentities.attacker,
    label,
    payloadHash,
    addresses: ['https://listener.example'],
    names: ['ssc-agent'],
    fromMs: launchMs,
    untilMs: agentsEndMs,
  }
}

/** A site with nothing special about it, changed as a test needs it. */
export function plannedSite(change: Partial<PlannedSite> = {}): PlannedSite {
  const name = change.name ?? 'DE-ALDER-01'
  const host = `${name.toLowerCase()}.example`
  return {
    name,
    country: 'DE',
    ngi: 'NGI_DE',
    timeZone: 'Europe/Berlin',
    securityContact: `csirt@${host}`,
    submitter: 'local',
    serviceType: 'org.nordugrid.arex',
    endpoint: `https://arex.${host}/arex`,
    probes: [{ service: 'local', endpoint: `https://arex.${host}/arex` }],
    holidays: [],
    downtimes: [],
    ...change,
  }
}
