import { z } from 'zod'
import { HostName, ServiceType } from '../../domain/federation.ts'
import type { Downtime } from '../../domain/site.ts'
import { readPage } from './document.ts'
import { quote } from './notes.ts'
import { checkRecord, elementsAt, field, place, present, type Reading } from './record.ts'
import type { SourceFile } from './source.ts'
import type { KnownSites, StrangerSites } from './strangers.ts'
import type { XmlElement } from './xml.ts'

const ELEMENTS = {
  id: 'PRIMARY_KEY',
  severity: 'SEVERITY',
  description: 'DESCRIPTION',
  declaredMs: 'INSERT_DATE',
  startMs: 'START_DATE',
  endMs: 'END_DATE',
} as const

/** Seconds since 1970, in ms. */
export const Seconds = z
  .string()
  .regex(/^\d{1,11}$/, 'not a time in seconds since 1970')
  .transform((text) => Number(text) * 1000)

const Times = z
  .object({
    id: z.string().max(100),
    severity: z.enum(['OUTAGE', 'WARNING']),
    description: z.string().max(5000).optional(),
    declaredMs: Seconds,
    startMs: Seconds,
    endMs: Seconds,
  })
  .refine((times) => !(times.endMs < times.startMs), { path: ['endMs'], message: 'the downtime ends before it begins' })
type Times = z.infer<typeof Times>

const Service = z.object({ hostName: HostName, serviceType: ServiceType, site: z.string() })
const SERVICE_ELEMENTS = { hostName: 'HOSTNAME', serviceType: 'SERVICE_TYPE', site: 'HOSTED_BY' } as const

/**
 * The downtimes of get_downtime. GOCDB repeats a downtime for each of its services, while its nested form holds
 * them in SERVICES: both become one downtime with its services.
 */
export function readDowntimes(files: readonly SourceFile[], sites: KnownSites, use: Reading & { strangers: StrangerSites }): Downtime[] {
  const downtimes = new Map<string, Downtime>()
  const take = (record: XmlElement) => {
    const times = readTimes(record, use)
    const services = readServices(record, use).filter((service) => {
      if (!sites.has(service.site)) use.strangers.add(service.site, record)
      return sites.has(service.site)
    })
    if (times === undefined || services.length === 0) return
    const known = downtimes.get(times.id)
    if (known === undefined) downtimes.set(times.id, { ...times, services })
    else if (sameTimes(known, times)) known.services.push(...services)
    else use.problems.add(place(record), `downtime ${quote(times.id)} is there twice with different times`)
  }
  for (const file of files) readPage(file, 'get_downtime', { reading: use, take })
  return [...downtimes.values()]
}

function readTimes(record: XmlElement, { problems }: Reading): Times | undefined {
  const text = Object.fromEntries(Object.entries(ELEMENTS).map(([key, element]) => [key, field(record, element)]))
  const raw = present({ ...text, id: text.id ?? record.attributes.PRIMARY_KEY ?? record.attributes.ID })
  return checkRecord(Times as z.ZodType<Times>, raw, { record, elements: ELEMENTS, problems })
}

function readServices(record: XmlElement, { problems }: Reading): Downtime['services'] {
  const nested = elementsAt(record, 'SERVICES', 'SERVICE')
  const records = nested.length === 0 ? [record] : nested
  return records.flatMap((service) => {
    const raw = Object.fromEntries(Object.entries(SERVICE_ELEMENTS).map(([key, element]) => [key, field(service, element)]))
    return checkRecord(Service, present(raw), { record: service, elements: SERVICE_ELEMENTS, problems }) ?? []
  })
}

function sameTimes(a: Omit<Downtime, 'services'>, b: Times): boolean {
  return a.startMs === b.startMs && a.endMs === b.endMs && a.declaredMs === b.declaredMs && a.severity === b.severity
}
