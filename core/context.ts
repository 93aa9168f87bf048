import { join } from 'node:path'
import type { Config } from './config.ts'
import { InputError, PermanentError } from './domain/errors.ts'
import type { Identity } from './domain/identity.ts'
import { hostOf, outsideHost } from './domain/loopback.ts'
import type { Shell } from './domain/reach.ts'
import { createSlots, type Slots } from './domain/slots.ts'
import type { Prober, Submitter, SubmitterContext } from './domain/submitter.ts'
import type { HttpPool } from './io/http/client.ts'
import { shellHere } from './io/shell/here.ts'
import type { SshHost, SshPool } from './io/shell/remote.ts'

/** Each plug-in has a lane of its own: one that hangs keeps no other waiting. */
const MOST = { processes: 48, sockets: 512 }
const PATH = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin']
/** What a host that is reached by ssh says by itself. */
const HERE = { PATH: PATH.join(':'), HOME: '/' }

type AnyPlugin = Submitter | Prober
type Settings = Pick<Config, 'home' | 'certificates' | 'knownHosts' | 'hosts' | 'submitters'>

export type Call = {
  plugin: AnyPlugin
  /** The run, or another word that names the plug-in's folder. */
  run: string
  identity?: Identity | undefined
  /** The endpoint of the call: no other host than its own and those that the plug-in declares is reached by HTTP. */
  endpoints: readonly string[]
  signal: AbortSignal
  log: SubmitterContext['log']
}

export type Reach = {
  contextOf(order: Call): SubmitterContext
  hostsOf(plugin: AnyPlugin, endpoint: string): string[]
  close(): Promise<void>
}

/** Joins commands, ssh and HTTP to what a plug-in gets in its context. What is not used is not loaded. */
export function createReach(settings: Settings): Reach {
  const lanes = new Map<string, { processes: Slots; sockets: Slots }>()
  const pools: { ssh?: Promise<SshPool>; http?: Promise<HttpPool> } = {}
  const ssh = () => (pools.ssh ??= import('./io/shell/remote.ts').then(({ createSshPool }) => createSshPool()))
  const http = () => (pools.http ??= import('./io/http/client.ts').then(({ createHttpPool }) => createHttpPool()))

  function contextOf({ plugin, run, identity, endpoints, signal, log }: Call): SubmitterContext {
    const options = optionsOf(settings, plugin)
    const { on } = settings.submitters[plugin.name] ?? {}
    const lane = laneOf(lanes, plugin.name)
    const how = (env: Record<string, string>) => ({ env, signal, limit: lane.processes })
    const remote = (host: SshHost, env: Record<string, string>) => lazily(async () => (await ssh()).shell(host, how(env)))
    const environment = environmentOf(settings, plugin.name)
    const shell =
      on === undefined
        ? shellHere(how({ ...HERE, ...environment, ...credentialOf(identity) }))
        : remote(uiHost(settings, on), { ...environment, ...credentialOf(identity?.on[on]) })
    const hosts = endpoints.flatMap((endpoint) => hostsOf(plugin, endpoint))
    const trust = { caFolder: settings.certificates, ...(identity === undefined ? {} : { identity }) }
    return {
      ...shell,
      options,
      folder: workFolder(settings.home, run, plugin.name),
      signal,
      endpoints,
      ...(identity === undefined ? {} : { identity }),
      at: (endpoint) => remote(siteHost(settings, endpoint, { identity, hosts }), environment),
      request: async (request) => (await http()).request(request, { ...trust, hosts, signal, limit: lane.sockets }),
      log,
    }
  }

  function hostsOf(plugin: AnyPlugin, endpoint: string): string[] {
    if ('local' in plugin && plugin.local) return []
    const { on } = settings.submitters[plugin.name] ?? {}
    const further = plugin.reaches?.(optionsOf(settings, plugin)) ?? []
    return [hostOf(endpoint), ...further.map(hostOf), ...(on === undefined ? [] : [uiHost(settings, on).host])]
  }

  async function close(): Promise<void> {
    await Promise.all([pools.ssh, pools.http].map(async (pool) => (await pool)?.close()))
  }

  return { contextOf, hostsOf, close }
}

const CHECK_MS = 60_000

/** Why it is not asked: it would reach somebody, and nobody said that they agreed. Undefined when it stays on this machine. */
export function notAskedReason(reach: Reach, plugin: AnyPlugin, at?: { site: string; endpoint: string }): string | undefined {
  const far = outsideHost(reach.hostsOf(plugin, at?.endpoint ?? 'localhost'))
  const words = `ssc submitters check ${plugin.name}${at === undefined ? '' : ` --site ${at.site}`} --outside`
  return far === undefined ? undefined : `not asked: it would reach ${far}; ask it with: ${words}`
}

/** What a plug-in needs and has not, in plain words. May reach outside: ask `notAskedReason` first. */
export async function setUpProblems(reach: Reach, plugin: AnyPlugin, identity?: Identity): Promise<string[]> {
  const call = { plugin, run: 'check', identity, endpoints: ['localhost'], signal: AbortSignal.timeout(CHECK_MS), log: () => {} }
  return plugin.check(reach.contextOf(call))
}

/** The plug-in's own options as config.yaml gives them. Every mistake is named. */
export function optionsOf(settings: Pick<Config, 'submitters'>, plugin: Pick<AnyPlugin, 'name' | 'options'>): unknown {
  const read = plugin.options.safeParse(settings.submitters[plugin.name]?.options ?? {})
  if (read.success) return read.data
  const problems = read.error.issues.map(({ path, message }) => `submitters.${[plugin.name, 'options', ...path].join('.')}: ${message}`)
  throw new InputError(`config.yaml does not say what the submitter ${plugin.name} needs:`, problems)
}

/** Where a submitter keeps what it needs for a run. */
export function workFolder(home: string, run: string, submitter: string): string {
  return join(home, 'work', run, submitter)
}

function laneOf(lanes: Map<string, { processes: Slots; sockets: Slots }>, name: string) {
  const lane = lanes.get(name) ?? { processes: createSlots(MOST.processes), sockets: createSlots(MOST.sockets) }
  lanes.set(name, lane)
  return lane
}

/** Nothing of our own environment: a certificate of the host that we run on would win over the identity's proxy. */
function environmentOf(settings: Settings, name: string): Record<string, string> {
  const { path = [], environment = {} } = settings.submitters[name] ?? {}
  const searched = path.length === 0 ? {} : { PATH: [...path, ...PATH].join(':') }
  return { ...searched, LANG: 'C.UTF-8', X509_CERT_DIR: settings.certificates, ...environment }
}

/** Where the commands find the credential. On a site's own host none of ours is. */
function credentialOf(files: Pick<Identity, 'proxyFile' | 'tokenFile'> | undefined): Record<string, string> {
  return {
    ...(files?.proxyFile === undefined ? {} : { X509_USER_PROXY: files.proxyFile }),
    ...(files?.tokenFile === undefined ? {} : { BEARER_TOKEN_FILE: files.tokenFile }),
  }
}

function uiHost(settings: Settings, name: string): SshHost {
  const host = settings.hosts[name]
  if (host === undefined) throw new InputError(`config.yaml names no host '${name}': add it below hosts`, [])
  return { ...host, knownHostsFile: settings.knownHosts }
}

/** The host of a site, with the account and the key of the identity. A ban must show: no connection of an earlier call is used. */
function siteHost(settings: Settings, endpoint: string, { identity, hosts }: { identity: Identity | undefined; hosts: string[] }): SshHost {
  const text = endpoint.includes('://') ? endpoint : `ssh://${endpoint}`
  if (!URL.canParse(text)) throw new InputError(`${endpoint}: not an endpoint for ssh, such as ssh://login.site.example:22`, [])
  const { hostname, port } = new URL(text)
  if (!hosts.includes(hostname)) throw new PermanentError(`${hostname} is not a host of this call: nothing was started`)
  if (identity?.ssh === undefined)
    throw new InputError(`identities.yaml names no ssh account and key for ${identity?.subject ?? 'this identity'}`, [])
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? 22 : Number(port),
    user: identity.ssh.user,
    keyFile: identity.ssh.keyFile,
    knownHostsFile: settings.knownHosts,
    fresh: true,
  }
}

/** Opened at its first use, and then kept. */
function lazily(open: () => Promise<Shell>): Shell {
  let opened: Promise<Shell> | undefined
  const shell = () => (opened ??= open())
  return {
    run: async (argv, how) => (await shell()).run(argv, how),
    withFiles: async (files, body) => (await shell()).withFiles(files, body),
  }
}
