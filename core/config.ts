import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { MailAddress } from './domain/site.ts'
import { readYaml } from './io/read-yaml.ts'

const port = z.number().int().min(0).max(65535)

/** What may stand in `config.yaml` of SSC_HOME. Everything has a default that works on one machine. */
export const Settings = z.strictObject({
  /** Faces the agents at the sites. `url` is what they are told, when it is not this host and port. */
  listener: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8471), url: z.url().optional() }).prefault({}),
  /** Faces the officers. */
  operator: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8470) }).prefault({}),
  /** Where mails go out. The password is read from a file, when it is needed. */
  smtp: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: port.default(25),
      secure: z.boolean().default(false),
      user: z.string().optional(),
      passwordFile: z.string().optional(),
    })
    .prefault({}),
  /** Where answers come in by SMTP. */
  inbox: z.strictObject({ host: z.string().default('127.0.0.1'), port: port.default(8425) }).prefault({}),
  /** The address that mails come from; answers go to it with a `+tag`. */
  mail: MailAddress.default('ssc@ssc.example'),
  /** Whom a site can ask whether this is an exercise. */
  contact: z
    .strictObject({ name: z.string().min(1), address: MailAddress })
    .prefault({ name: 'the officers of this exercise', address: 'csirt@ssc.example' }),
})
export type Settings = z.infer<typeof Settings>

export type Config = Settings & {
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
    keysFolder: env.SSC_KEYS_DIR === undefined ? join(home, 'keys') : resolve(cwd, env.SSC_KEYS_DIR),
    databaseUrl: env.DATABASE_URL || undefined,
    redisUrl: env.REDIS_URL || undefined,
  }
}

/** The file of the Unix socket through which the verbs work while `serve` runs. */
export function socketPath(config: Pick<Config, 'home'>): string {
  return join(config.home, 'ssc.sock')
}
