import { z } from 'zod'

/** A GOCDB short name. Nothing else may reach a path, a mail header or a command. */
export const SiteName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'a site name has letters, digits, dot, dash and underscore only')

/** One address, no display name, no control characters, no list. */
export const MailAddress = z
  .string()
  .max(254)
  .regex(/^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/, 'not a single mail address')

/** A service of a site that jobs or probes can reach. */
export const Endpoint = z.object({
  /** GOCDB's SERVICE_TYPE, for example `org.nordugrid.arex`. */
  serviceType: z.string().min(1).max(200),
  hostName: z.string().max(253),
  url: z.string().max(2000).optional(),
  inProduction: z.boolean(),
})
export type Endpoint = z.infer<typeof Endpoint>

export const Site = z.object({
  name: SiteName,
  officialName: z.string().max(500).optional(),
  /** ISO 3166-1 alpha-2. */
  country: z.string().regex(/^[A-Z]{2}$/, 'not a two-letter country code'),
  countryName: z.string().max(200).optional(),
  ngi: z.string().max(200),
  /** GOCDB's word: Candidate, Uncertified, Certified, Suspended or Closed. */
  certification: z.string().max(100),
  /** GOCDB's word: Production or Test. */
  infrastructure: z.string().max(100),
  /** IANA name, for example Europe/Paris. */
  timeZone: z.string().max(100),
  tier: z.string().max(20).optional(),
  /** Degrees, WGS 84, as GOCDB has them. */
  location: z.object({ latitude: z.number().min(-90).max(90), longitude: z.number().min(-180).max(180) }).optional(),
  securityContact: MailAddress.optional(),
  contact: MailAddress.optional(),
  scopes: z.array(z.string().max(200)).max(500),
  /** GOCDB's extension properties, for example SUPPORTED_VOS. */
  extensions: z.record(z.string(), z.string().max(5000)),
  /** VOs and the VO's own name of the site (`T2_XX_Somewhere`, a PanDA queue), from a CSV file. */
  voNames: z.record(z.string(), z.string().max(200)),
  endpoints: z.array(Endpoint).max(1000),
})
export type Site = z.infer<typeof Site>

export const Downtime = z.object({
  id: z.string().max(100),
  /** GOCDB's word: OUTAGE or WARNING. */
  severity: z.string().max(50),
  description: z.string().max(5000).optional(),
  /** All times in ms since 1970, UTC. `declaredMs` is GOCDB's INSERT_DATE. */
  declaredMs: z.number().int(),
  startMs: z.number().int(),
  endMs: z.number().int(),
  services: z.array(z.object({ hostName: z.string(), serviceType: z.string(), site: z.string() })),
})
export type Downtime = z.infer<typeof Downtime>

export const Ngi = z.object({ name: z.string().max(200), securityContact: MailAddress.optional(), contact: MailAddress.optional() })
export type Ngi = z.infer<typeof Ngi>

/** All that is known of the federation: the result of an import. */
export const Federation = z.object({ sites: z.array(Site), downtimes: z.array(Downtime), ngis: z.array(Ngi) })
export type Federation = z.infer<typeof Federation>
