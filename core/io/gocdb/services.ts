import { z } from 'zod'
import { EndpointUrl, HostName, ServiceType, sameEndpoint } from '../../domain/federation.ts'
import type { Endpoint, Site } from '../../domain/site.ts'
import { readPage } from './document.ts'
import { checkRecord, elementsAt, field, place, present, type Reading } from './record.ts'
import type { SourceFile } from './source.ts'
import type { StrangerSites } from './strangers.ts'
import type { XmlElement } from './xml.ts'

const ELEMENTS = { site: 'SITENAME', serviceType: 'SERVICE_TYPE', hostName: 'HOSTNAME', url: 'URL', inProduction: 'IN_PRODUCTION' } as const

const MAX_ENDPOINTS = 1000

const Service = z.object({
  site: z.string(),
  serviceType: ServiceType,
  hostName: HostName,
  url: EndpointUrl.optional(),
  inProduction: z.enum(['Y', 'N']).transform((word) => word === 'Y'),
})
type Service = z.infer<typeof Service>

/** Adds the endpoints of get_service_endpoint to their sites. */
export function readServices(
  files: readonly SourceFile[],
  sites: ReadonlyMap<string, Site>,
  use: Reading & { strangers: StrangerSites },
): void {
  const take = (record: XmlElement) => {
    const raw = Object.fromEntries(Object.entries(ELEMENTS).map(([key, element]) => [key, field(record, element)]))
    const service = checkRecord(Service as z.ZodType<Service>, present(raw), { record, elements: ELEMENTS, problems: use.problems })
    if (service === undefined) return
    const site = sites.get(service.site)
    if (site === undefined) use.strangers.add(service.site, record)
    else addEndpoints(site, endpointsOf(service, record, use), { record, reading: use })
  }
  for (const file of files) readPage(file, 'get_service_endpoint', { reading: use, take })
}

function addEndpoints(site: Site, endpoints: readonly Endpoint[], at: { record: XmlElement; reading: Reading }): void {
  for (const endpoint of endpoints) {
    // One too many stays, so that it is told once; nothing is imported then.
    if (site.endpoints.length > MAX_ENDPOINTS || site.endpoints.some((other) => sameEndpoint(other, endpoint))) continue
    site.endpoints.push(endpoint)
    if (site.endpoints.length > MAX_ENDPOINTS)
      at.reading.problems.add(place(at.record), `${site.name} has more than ${MAX_ENDPOINTS} endpoints`)
  }
}

/** A service may have a URL of its own and any number of endpoints, each with a URL and an interface. */
function endpointsOf(service: Service, record: XmlElement, { problems }: Reading): Endpoint[] {
  const { serviceType, hostName, inProduction } = service
  const inner = elementsAt(record, 'ENDPOINTS', 'ENDPOINT').flatMap((endpoint) => {
    const raw = present({ url: field(endpoint, 'URL'), serviceType: interfaceOf(endpoint) ?? serviceType })
    if (raw.url === undefined) return []
    const elements = { url: 'URL', serviceType: 'INTERFACENAME' }
    return checkRecord(z.object({ url: EndpointUrl, serviceType: ServiceType }), raw, { record: endpoint, elements, problems }) ?? []
  })
  const url = service.url ?? inner.find((endpoint) => endpoint.serviceType === serviceType)?.url ?? inner[0]?.url
  const own = { serviceType, hostName, ...(url !== undefined && { url }), inProduction }
  return [own, ...inner.map((endpoint) => ({ ...endpoint, hostName, inProduction }))]
}

/** The interface, when it reads like a service type ("SRM v2 (old)" does not). */
function interfaceOf(endpoint: XmlElement): string | undefined {
  return ServiceType.safeParse(field(endpoint, 'INTERFACENAME')).data
}
