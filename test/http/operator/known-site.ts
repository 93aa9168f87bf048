import { importGocdb } from '../../../core/app/import-sites.ts'
import type { Site } from '../../../core/domain/site.ts'
import type { Rig } from './rig.ts'

/** Makes a site known, as an import does. */
export async function knowSite({ instance }: Rig, { name, ngi, officialName }: Pick<Site, 'name' | 'ngi' | 'officialName'>): Promise<void> {
  const site: Site = {
    ...{ country: 'DE', certification: 'Certified', infrastructure: 'Production', timeZone: 'Europe/Berlin', scopes: ['EGI'] },
    ...{ securityContact: `csirt@${name.toLowerCase()}.example`, extensions: {}, voNames: {} },
    endpoints: [{ serviceType: 'ARC-CE', hostName: 'ce.site.example', inProduction: true }],
    ...{ name, ngi, ...(officialName !== undefined && { officialName }) },
  }
  await importGocdb(instance.store, { sites: [site], downtimes: [], ngis: [] })
}
