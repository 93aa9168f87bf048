import { execFile, execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe } from 'vitest'

export type Service = 'ca' | 'gram' | 'gridftp' | 'arc' | 'slurm' | 'sshd' | 'postgres' | 'rt' | 'mail'

const COMMON = ['iproute2', 'procps']
const CA = ['openssl', 'globus-proxy-utils']
const GRAM = ['gatekeeper', 'gram-job-manager', 'gram-job-manager-scripts', 'gram-job-manager-fork-setup-poll', 'gram-client-tools']
const COPY = 'globus-gass-copy-progs'

/** The Debian packages of each service and its clients. */
const PACKAGES: Record<Service, readonly string[]> = {
  ca: CA,
  gram: [...COMMON, ...CA, ...GRAM.map((name) => `globus-${name}`), COPY, 'socat', 'gcc', 'libc6-dev'],
  gridftp: [...COMMON, ...CA, 'globus-gridftp-server-progs', COPY],
  arc: [...COMMON, ...CA, 'curl', 'nordugrid-arc-arex', 'nordugrid-arc-client', 'nordugrid-arc-plugins-arcrest'],
  slurm: [...COMMON, 'slurmctld', 'slurmd', 'slurm-client', 'munge'],
  sshd: [...COMMON, 'openssh-server', 'openssh-client'],
  postgres: ['postgresql'],
  rt: [...COMMON, 'request-tracker5', 'rt5-db-sqlite', 'rt5-standalone', 'curl'],
  mail: [...COMMON, 'exim4-daemon-light', 'dovecot-imapd', 'openssl', 'curl'],
}
const NEEDS_CA: readonly Service[] = ['gram', 'gridftp', 'arc']

/** The words why suites of these services cannot run here (which Debian packages are missing), or undefined when they can. */
export function missing(...services: readonly Service[]): string | undefined {
  const packages = [...new Set(services.flatMap((service) => PACKAGES[service]))]
  const absent = packages.filter((name) => !installed().has(name))
  return absent.length === 0 ? undefined : `missing Debian packages: ${absent.join(' ')}`
}

let known: ReadonlySet<string> | undefined

function installed(): ReadonlySet<string> {
  known ??= new Set(listPackages())
  return known
}

/** None on systems without dpkg. */
function listPackages(): string[] {
  try {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders.
    const lines = execFileSync('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${Package}\n'], { encoding: 'utf8' }).split('\n')
    return lines.flatMap((line) => (line.startsWith('ii') ? line.split(' ').slice(-1) : []))
  } catch {
    return []
  }
}

export type Place = {
  /** The WORK folder. */
  work: string
  /** Starts a service (and the ca before it, where it needs it); gives what its env file exports, and what that of its ca does. */
  start(service: Service, env?: Record<string, string>): Promise<Record<string, string>>
  /** Runs one of the scripts with further arguments, e.g. run('ca', 'ban', 'attacker'); gives stdout. */
  run(service: Service, ...args: readonly string[]): Promise<string>
  /** Stops everything in reverse order, and removes the folder. */
  close(): Promise<void>
}

/** A folder for the services of one test file; short, since sockets lie in it, and open to the account of the grid's jobs. */
export async function openPlace(): Promise<Place> {
  const work = mkdtempSync(join(tmpdir(), 'ssc-grid-'))
  chmodSync(work, 0o711)
  const started: Service[] = []
  const start: Place['start'] = async (service, env = {}) => {
    const before = NEEDS_CA.includes(service) ? await start('ca') : {}
    // Before it is up: a start that fails half-way leaves something to stop, too.
    if (!started.includes(service)) started.push(service)
    return { ...before, ...exportsOf(await script(service, [work, 'start'], env)) }
  }
  const close = async () => {
    const faults: unknown[] = []
    for (const service of started.splice(0).reverse()) await script(service, [work, 'stop']).catch((error) => faults.push(error))
    rmSync(work, { recursive: true, force: true, maxRetries: 5 })
    if (faults.length > 0) throw new AggregateError(faults, `services of ${work} did not stop: ${faults.join('; ')}`)
  }
  return { work, start, close, run: (service, ...args) => script(service, [work, ...args]) }
}

/** A script's stdout; an Error with its stderr when it fails or takes more than two minutes. */
async function script(service: Service, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const file = fileURLToPath(new URL(`${service}.sh`, import.meta.url))
  const { stdout } = await promisify(execFile)(file, args, { env: { ...bareEnvironment(), ...env }, timeout: 120_000 })
  return stdout
}

/** What a test file has set for itself, a credential or a PORT, is nothing to a service. */
function bareEnvironment(): Record<string, string> {
  const { PATH = '/usr/bin:/bin', HOME = '/', TMPDIR } = process.env
  return { PATH: `${PATH}:/usr/sbin:/sbin`, HOME, ...(TMPDIR === undefined ? {} : { TMPDIR }) }
}

function exportsOf(text: string): Record<string, string> {
  const lines = text.matchAll(/^export (\w+)=('?)(.*)\2$/gm)
  return Object.fromEntries([...lines].map(([, name, , value]) => [name ?? '', value ?? '']))
}

/** describe() that skips with its reason in the title when services are missing. */
export function describeGrid(title: string, services: readonly Service[], body: () => void): void {
  const reason = missing(...services)
  if (reason === undefined) describe(title, body)
  else describe.skip(`${title} (${reason})`, body)
}
