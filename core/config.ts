import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { ClaimRule } from './domain/claims.ts'
import { PakitiOptions } from './domain/pakiti.ts'
import { AgentUrl } from './domain/run.ts'
import { MailAddress } from './domain/site.ts'
import { WebhookOptions } from './domain/webhook.ts'
import { GocdbOptions } from './io/gocdb/options.ts'
import { Signing, Smtp } from './io/mail/signing.ts'
import { readYaml } from './io/read-yaml.ts'
import { RtOptions } from './io/tickets/rt-options.ts'

const port = z.number().int().min(0).max(65535)

const Path = z.string().regex(/^\/[^\0\r\n]*$/, 'give the whole path, beginning with /')

const SubmitterSettings = z.strictObject({
  /** The name of one of `hosts`: its commands run there, and not on this machine. */
  on: z.string().optional(),
  /** Folders where its commands are looked for first. */
  path: z.array(Path).default([]),
  /** Added to the clean environment of its commands. No secrets: they can be seen on the host. */
  environment: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not the name of a variable'), z.string().max(4000)).default({}),
  /** Its own options; its readme tells them. */
  options: z.record(z.string(), z.unknown()).default({}),
})

const Oidc = z.strictObject({
  /** As its button names it. */
  title: z.string().min(1).max(60).default('your institution'),
  issuer: AgentUrl,
  clientId: z.string().min(1).max(300),
  clientSecretFile: Path.exactOptional(),
  scopes: z.array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'not a scope of OAuth 2')).default(['openid', 'profile']),
  roles: z.array(ClaimRule).min(1).max(200),
})
export type Oidc = z.infer<typeof Oidc>

/** What may stand in `config.yaml` of SSC_HOME. Everything has a default that works on one machine. */
export const Settings = z.strictObject({
  /** Faces the agents at the sites. `url` is what they are told, when it is not this host and port; `more` are further addresses that lead to a listener, which agents try in turn. */
  listener: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: port.default(8471),
      url: AgentUrl.optional(),
      more: z.array(AgentUrl).max(7).default([]),
    })
    .prefault({}),
  /**
   * Faces the officers. `url` is what they type, when it is not this host and port; with a key and a certificate (PEM) it speaks TLS.
   * Behind a proxy of ours, `trustedProxies` are its addresses: what it says of who asks is then believed.
   */
  operator: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: port.default(8470),
      url: AgentUrl.exactOptional(),
      keyFile: Path.exactOptional(),
      certificateFile: Path.exactOptional(),
      trustedProxies: z
        .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
        .max(20)
        .default([]),
    })
    .refine(({ keyFile, certificateFile }) => (keyFile === undefined) === (certificateFile === undefined), {
      message: 'keyFile and certificateFile go together: give both, or none',
    })
    .prefault({}),
  /** Where officers sign in with an OpenID Connect provider, such as EGI Check-in; `roles`: what its claims are worth here. */
  oidc: Oidc.optional(),
  /** Where the sites find the form of their common report: a door of its own. `url` is what they are told. */
  sites: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8472), url: AgentUrl.optional() }).prefault({}),
  /** Where mails go out. */
  smtp: Smtp.prefault({}),
  /** How mails are signed, and to whom they are encrypted. */
  signing: Signing,
  /** At most so many letters in a minute to one domain, and so many at once; `totalPerMinute` spreads all letters together. */
  pace: z
    .strictObject({
      perMinute: z.number().int().positive().default(60),
      burst: z.number().int().positive().default(30),
      totalPerMinute: z.number().int().positive().exactOptional(),
    })
    .prefault({}),
  /** Where answers come in by SMTP; with a key and a certificate (PEM) it offers STARTTLS. */
  inbox: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: port.default(8425),
      keyFile: Path.exactOptional(),
      certificateFile: Path.exactOptional(),
    })
    .prefault({}),
  /** A mailbox that is read besides, by IMAP: nothing in it is changed. */
  imap: z
    .strictObject({
      host: z.string().min(1).max(253),
      port: port.default(993),
      /** TLS from the first byte on; else STARTTLS, but on this machine. */
      secure: z.boolean().default(true),
      user: z.string().min(1).max(200),
      passwordFile: Path,
      mailbox: z.string().min(1).max(200).default('INBOX'),
    })
    .optional(),
  /** Ticket systems that can carry a run's letters, by the names that run.yaml uses. */
  tickets: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'small letters, digits and - only'), RtOptions).default({}),
  /** Where sites declare their downtimes: read again while a run waits for a downtime, or for a certification. */
  gocdb: GocdbOptions.optional(),
  /** Where sites' hosts report their packages: asked while a run waits for them. */
  pakiti: PakitiOptions.optional(),
  /** Who is told what happens in runs, by names of ours: signed messages over https. */
  webhooks: z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/, 'small letters, digits and - only'), WebhookOptions).default({}),
  /** Personal content is kept for so many days after a run's end; what is older `serve` erases once a day, and `ssc purge` at once. */
  retentionDays: z.number().int().min(1).max(3650).default(180),
  /** The address that mails come from; answers go to it with a `+tag`. */
  mail: MailAddress.default('ssc@ssc.example'),
  /** Whom a site can ask whether this is an exercise. */
  contact: z
    .strictObject({ name: z.string().min(1), address: MailAddress })
    .prefault({ name: 'the officers of this exercise', address: 'csirt@ssc.example' }),
  /** The folder with the certificates of the CAs and their revocation lists. */
  certificates: Path.default('/etc/grid-security/certificates'),
  /** Host keys that ssh accepts, as OpenSSH writes them; default: known_hosts in SSC_HOME. */
  knownHosts: Path.optional(),
  /** User-interface hosts, on which commands of submitters can run. */
  hosts: z
    .record(
      z.string(),
      z.strictObject({
        host: z.string().min(1).max(253),
        port: port.default(22),
        user: z.string().min(1).max(64),
        keyFile: Path.exactOptional(),
        /** The socket of an ssh agent, in place of a key. */
        agent: Path.exactOptional(),
      }),
    )
    .default({}),
  submitters: z.record(z.string(), SubmitterSettings).default({}),
})
export type Settings = z.infer<typeof Settings>

export type Config = Settings & {
  knownHosts: string
  /** Absolute: the folder with the database, the keys and the reports. */
  home: string
  keysFolder: string
  databaseUrl: string | undefined
  redisUrl: string | undefined
}

/** Reads the environment (SSC_HOME, SSC_KEYS_DIR, DATABASE_URL, REDIS_URL) and SSC_HOME/config.yaml, where there is one. */
export function readConfig(env: Record<string, string | undefined>, cwd: string): Config {
  const home = resolve(cwd, env.SSC_HOME ?? '.ssc')
  const file = join(home, 'config.yaml')
  const settings = existsSync(file) ? readYaml(file, Settings) : Settings.parse({})
  return {
    ...settings,
    home,
    knownHosts: settings.knownHosts ?? join(home, 'known_hosts'),
    keysFolder: env.SSC_KEYS_DIR === undefined ? join(home, 'keys') : resolve(cwd, env.SSC_KEYS_DIR),
    databaseUrl: env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
  }
}

/** The file of the Unix socket through which the verbs work while `serve` runs. */
export function socketPath(config: Pick<Config, 'home'>): string {
  return join(config.home, 'ssc.sock')
}
