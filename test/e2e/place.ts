import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { callVerb } from '../../core/cli/socket.ts'
import { type Config, readConfig, socketPath } from '../../core/config.ts'
import { type Instance, openInstance } from '../../core/instance.ts'
import { freshDatabase, freshHome } from '../services/homes.ts'
import { killAllIn, project, type Started, ssc, startSsc } from '../services/process.ts'

export type Answer = { code: number | null; out: string; err: string }

/** An instance of its own, with its folder, its database and its processes; all of it goes away at the end. */
export type Place = {
  home: string
  env: NodeJS.ProcessEnv
  config(): Config
  start(argv: readonly string[]): Started
  run(argv: readonly string[], cwd?: string): Promise<Answer>
  /** Through the socket of `serve`, without a process of its own. */
  call(argv: readonly string[], cwd?: string): Promise<Answer>
  /** Opens the store in this process: only while no other has it. */
  look<T>(body: (instance: Instance) => Promise<T>): Promise<T>
  remove(): Promise<void>
}

export async function makePlace(): Promise<Place> {
  const { home, remove } = freshHome()
  const database = await freshDatabase()
  const env: NodeJS.ProcessEnv = { ...process.env, SSC_HOME: home, ...(database && { DATABASE_URL: database.url }) }
  delete env.SSC_KEYS_DIR
  const config = () => readConfig(env, home)
  return {
    home,
    env,
    config,
    start: (argv) => startSsc(argv, { env }),
    run: (argv, cwd) => ssc(argv, { env, ...(cwd !== undefined && { cwd }) }),
    call: (argv, cwd = project) => call(config(), argv, cwd),
    look: async (body) => {
      const instance = await openInstance(config())
      try {
        return await body(instance)
      } finally {
        await instance.close()
      }
    },
    remove: async () => {
      await killAllIn(home)
      await database?.drop()
      remove()
    },
  }
}

async function call(config: Config, argv: readonly string[], cwd: string): Promise<Answer> {
  const text = { out: '', err: '' }
  const code = await callVerb(
    socketPath(config),
    { argv: [...argv], cwd, user: 'officer', isTerminal: false, columns: 80 },
    {
      out: (some) => {
        text.out += some
      },
      err: (some) => {
        text.err += some
      },
    },
  )
  if (code === undefined) throw new Error('nobody answers at the socket')
  return { code, ...text }
}

/** Where an instance of a test listens, and where its mails go. */
export function configure(place: Place, ports: { listener: number; operator: number; inbox: number; smtp: number }): void {
  const settings = Object.fromEntries(Object.entries({ sites: 0, ...ports }).map(([name, port]) => [name, { host: '127.0.0.1', port }]))
  writeFileSync(join(place.home, 'config.yaml'), stringify(settings))
}

/** The sample scenario with other times, as a folder of the user's own. */
export function addScenario(place: Place, id: string, change: (text: string) => string): void {
  const folder = join(place.home, 'scenarios', id)
  mkdirSync(join(place.home, 'scenarios'), { recursive: true })
  if (existsSync(folder)) rmSync(folder, { recursive: true })
  cpSync(join(project, 'scenarios/ssc6-cms'), folder, { recursive: true })
  const file = join(folder, 'scenario.yaml')
  writeFileSync(file, change(readFileSync(file, 'utf8')).replace(/^id: .*$/m, `id: ${id}`))
}

export type Wish = {
  scenario?: string
  sites?: number
  countries?: number
  window?: { from: string; to: string }
  alertAnyTime?: boolean
  seed?: number
}

/** A run that is small enough for a test. */
export function writeRun(place: Place, wish: Wish = {}, name = 'run.yaml'): string {
  const file = join(place.home, name)
  const sites = wish.sites ?? 8
  const run = {
    scenario: 'ssc6-cms',
    rehearsal: true,
    vo: { name: 'cms', from: 'scopes' },
    sites,
    countries: 6,
    maxPerCountry: 2,
    window: { from: '2027-01-11T00:00:00Z', to: '2027-01-23T00:00:00Z' },
    submitters: ['local'],
    identities: { attacker: '/DC=example/CN=Mallory', control: '/DC=example/CN=Carol' },
    consent: { basis: 'policy', by: 'EGI CSIRT' },
    limits: { sites, jobsPerSite: 1, mails: 5 * sites },
    seed: 7,
    ...wish,
  }
  writeFileSync(file, stringify(run))
  return file
}
