import { z } from 'zod'
import { plainAddress } from './address.ts'
import { Subject } from './identity.ts'
import { hostOf, isLoopback } from './loopback.ts'
import { MailAddress } from './site.ts'

/** `90m`, `4h`, `3d`: a whole number and a unit, in ms. */
export const Duration = z
  .string()
  .regex(/^\d{1,6}[smhd]$/, 'a duration is a whole number and s, m, h or d, for example 4h')
  .transform((text) => Number(text.slice(0, -1)) * { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[text.at(-1) as 's'])

/** A moment with its zone. Read from YAML as text, so that no zone is ever guessed. */
const Moment = z.iso.datetime({ offset: true, error: 'a time needs a date, a time and a zone, for example 2027-01-11T08:00:00Z' })

const VoSource = z.discriminatedUnion('from', [
  z.strictObject({ name: z.string().min(1), from: z.literal('scopes') }),
  z.strictObject({ name: z.string().min(1), from: z.literal('extension'), key: z.string().min(1) }),
  z.strictObject({ name: z.string().min(1), from: z.literal('csv') }),
  /** Every site, whatever it supports: of use where no job is sent. */
  z.strictObject({ name: z.string().min(1), from: z.literal('any') }),
])

/** In the place of the identities of a run that sends no job. */
export const NOBODY = 'nobody'

const positive = z.number().int().positive()

/** A place that an agent reports to or asks: TLS, but on this machine. No user, query or fragment. */
export const AgentUrl = plainAddress('a plain address, with no user, query or fragment').refine(
  (url) => url.startsWith('https:') || isLoopback(hostOf(url)),
  'https, as it is not this machine',
)

const TicketName = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, "a ticket system is named as in config.yaml, for example 'rtir'")

const Domain = z
  .string()
  .max(253)
  .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a domain in small letters, for example csirt.example')

export const Party = z.strictObject({
  role: z.enum(['vo', 'ca', 'nren', 'ngi', 'announce']),
  name: z.string().min(1).max(100),
  address: MailAddress,
  timeZone: z.string().max(100).default('UTC'),
  /** ISO 3166-1 alpha-2, for its holidays. */
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'not a two-letter country code')
    .default('EU'),
  /** Of a CA: where its revocation list is. */
  crl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .exactOptional(),
})
export type Party = z.infer<typeof Party>

/** What people write in run.yaml. */
export const Run = z
  .strictObject({
    scenario: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, "a scenario is named as its folder, for example 'ssc6-cms'"),
    /** Only loopback is reached, and `local` may be used. */
    rehearsal: z.boolean().default(false),
    vo: VoSource,
    sites: positive.max(2000),
    countries: positive.max(250).default(1),
    maxPerCountry: positive.max(2000).default(2000),
    /** Only sites of these NGIs; only these sites; only sites that GOCDB says are so. */
    ngis: z.array(z.string().min(1)).min(1).exactOptional(),
    only: z.array(z.string().min(1)).min(1).exactOptional(),
    certification: z
      .array(z.enum(['Candidate', 'Uncertified', 'Certified', 'Suspended']))
      .min(1)
      .default(['Certified']),
    /** The one site that is alerted, in a scenario that alerts one; without it a small one is drawn. */
    alertSite: z.string().min(1).exactOptional(),
    window: z.strictObject({ from: Moment, to: Moment }),
    /** None where the scenario sends no job. */
    submitters: z.array(z.string().regex(/^[a-z0-9][a-z0-9-]*$/)).default([]),
    /**
     * `attacker` sends the jobs, or owns their payload; `pilot` is what the sites see where a pilot brings it; `control` must
     * stay accepted; `revoked` stands in a revocation list and must be refused.
     */
    identities: z
      .strictObject({ attacker: Subject, control: Subject, pilot: Subject.optional(), revoked: Subject.optional() })
      .default({ attacker: NOBODY, control: NOBODY }),
    /** The plug-ins that ask for access; default: those of `submitters` that can. */
    probes: z.array(z.string().regex(/^[a-z0-9][a-z0-9-]*$/)).optional(),
    consent: z.strictObject({ basis: z.enum(['policy', 'ngi', 'site']), by: z.string().min(1).max(200) }),
    /** Enforced before each effect; over one of them the run halts. Processor seconds are those of `load`, of all agents together. */
    limits: z.strictObject({
      sites: positive,
      jobsPerSite: positive.default(1),
      mails: positive,
      cpuSeconds: z.number().int().min(0).max(1_000_000).default(0),
      heartbeats: positive.default(2_000_000),
    }),
    /** So many sites get their job first; the others when the agents of these were seen. */
    canaries: z.number().int().min(0).max(100).default(2),
    /** The challenge's own endpoints, which agents may be told to contact. */
    contacts: z.array(AgentUrl).max(8).default([]),
    /** Others who take part: the VO's CSIRT, the CA, NRENs, a list for public words. The NGIs of the sites come by themselves. */
    parties: z.array(Party).max(100).default([]),
    /** Domains that letters may go to, besides those of the contacts in the plan. */
    mailDomains: z.array(Domain).max(100).default([]),
    /** The ticket system of `config.yaml` that carries the letters, and another one for some NGIs; without it they go by mail. */
    tickets: z.strictObject({ default: TicketName.exactOptional(), ngis: z.record(z.string(), TicketName).default({}) }).prefault({}),
    /** Alerts wait for the site's working hours unless this says otherwise. */
    alertAnyTime: z.boolean().default(false),
    seed: z
      .number()
      .int()
      .min(0)
      .max(2 ** 31),
  })
  .superRefine((run, ctx) => {
    const wrong = (path: (string | number)[], message: string) => ctx.addIssue({ code: 'custom', path, message })
    if (Date.parse(run.window.to) <= Date.parse(run.window.from)) wrong(['window', 'to'], 'the window ends before it begins')
    if (run.sites > run.limits.sites) wrong(['limits', 'sites'], `the limit is below the ${run.sites} sites wanted`)
    if (run.countries > run.sites) wrong(['countries'], `${run.countries} countries cannot be reached with ${run.sites} sites`)
  })
export type Run = z.infer<typeof Run>
