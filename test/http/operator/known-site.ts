import { importGocdb } from '../../../core/app/import-sites.ts'
import type { Site } from '../../../core/domain/site.ts'
import type { Rig } from './rig.ts'

type Named = Pick<Site, 'name' | 'ngi' | 'officialName'>

/** Makes these sites known, and no others, as an import does. */
export async function knowSite({ instance }: Rig, ...sites: Named[]): Promise<void> {
  await importGocdb(instance.store, { sites: sites.map(siteOf), downtimes: [], ngis: [] })
}

function siteOf({ name, ngi, officialName }: Named): Site {
  return {
    ...{ country: 'DE', certification: 'Certified', infrastructure: 'Production', timeZone: 'Europe/Berlin', scopes: ['EGI'] },
    ...{ securityContact: `csirt@${name.toLowerCase()}.example`, extensions: {}, voNames: {} },
    endpoints: [{ serviceType: 'ARC-CE', hostName: 'ce.site.example', inProduction: true }],
    ...{ name, ngi, ...(officialName !== undefined && { officialName }) },
  }
}
