import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { dirname, join } from 'node:path'
import { vi } from 'vitest'
import type { Submitter } from '../../core/domain/submitter.ts'
import { readNativeId } from '../../submitters/globus/contact.ts'
import { submitter as globus } from '../../submitters/globus/index.ts'
import { type ContextSettings, contextFor } from '../conformance/context.ts'
import type { SubmitterRig } from '../conformance/rig.ts'
import { openPlace, type Place } from '../services/grid.ts'
import { freePorts, killAllIn, processesIn } from '../services/process.ts'

export const submitter: Submitter = globus
const HOSTILE = ['-help', 'a b', 'h:0', 'h/../x', 'h/$(x)', "h'", 'user@h', 'h:2119/jobmanager:/CN=other', 'h\n', 'ftp://h', '[::1]:2119']

/** A gatekeeper with its fork job manager, and a server beside it that takes connections and never says a word. */
export type GramPlace = {
  place: Place
  env: Record<string, string>
  silent: string
  /** Where jobs leave their folders. */
  jobs: string
  /** Ends the job manager at once; the next request begins a new one. */
  killManager(): void
  contextOf(proxyFile?: string, settings?: ContextSettings): ReturnType<typeof contextFor>
  makeRig(): Promise<SubmitterRig>
  close(): Promise<void>
}

export async function openGram(): Promise<GramPlace> {
  const place = await openPlace()
  const env = await place.start('gram').catch(async (error) => {
    await place.close()
    throw error
  })
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const contextOf = (proxyFile = env.PROXY_USER ?? '', settings: ContextSettings = {}) => {
    const environment = { GLOBUS_HOSTNAME: 'localhost', LD_PRELOAD: env.LD_PRELOAD ?? '' }
    return contextFor(submitter, { identity: { proxyFile }, caFolder: env.X509_CERT_DIR ?? '', environment, ...settings })
  }
  const jobs = join(env.GRAM_LOGS ?? '', '..', 'home', '.ssc-jobs')
  const killManager = () => {
    const all = processesIn(dirname(env.GRAM_LOGS ?? ''))
    for (const { pid } of all.filter(({ command }) => command.startsWith('/usr/sbin/globus-job-manager'))) process.kill(pid, 'SIGKILL')
  }
  const gram = { place, env, silent: `localhost:${portOf(server)}`, jobs, killManager, contextOf }
  const close = async () => {
    server.close()
    await place.close()
  }
  return { ...gram, close, makeRig: () => makeRig(gram) }
}

async function makeRig(gram: Omit<GramPlace, 'makeRig' | 'close'>): Promise<SubmitterRig> {
  const { place, env, jobs } = gram
  const made = [gram.contextOf()]
  const as = (proxyFile?: string, settings?: ContextSettings) => {
    const one = gram.contextOf(proxyFile, settings)
    made.push(one)
    return one.ctx
  }
  const request = { lifeSeconds: 600, site: 'SITE-ONE', vo: 'ops', identity: env.DN_USER ?? '', endpoint: env.GRAM_CONTACT ?? '' }
  const nosuch = { endpoint: `localhost:${env.GRAM_PORT}/jobmanager-nosuch` }
  return {
    submitter,
    ctx: made[0]!.ctx,
    job: (label, script) => ({ ...request, label, script }),
    restart,
    begun: async (label) => labelsIn(jobs).filter((one) => one === label).length,
    unknownId: `https://localhost:1/123/456/#localhost:${env.GRAM_PORT}/jobmanager-fork`,
    siteCancel: async (id) => {
      for (const { pid } of processesIn(join(jobs, readNativeId(id)?.key ?? 'none'))) process.kill(pid, 'SIGTERM')
    },
    ban: async () => void (await place.run('ca', 'ban', 'user')),
    cases: {
      denied: async () => ({ ctx: as(env.PROXY_ATTACKER) }),
      expired: async () => ({ ctx: as((await place.run('ca', 'expired', 'user')).trim()) }),
      dead: async () => ({ job: { endpoint: `localhost:${(await freePorts(1))[0]}` } }),
      hanging: async () => ({ job: { endpoint: gram.silent }, ctx: as(undefined, { signal: AbortSignal.timeout(1_500) }) }),
      bad: async () => ({ job: nosuch, words: /failed to find the requested service/ }),
    },
    hostile: HOSTILE.map((endpoint) => ({ endpoint })),
    patienceMs: 50_000,
    close: async () => {
      await place.run('ca', 'allow', 'user')
      await killAllIn(jobs)
      rmSync(jobs, { recursive: true, force: true, maxRetries: 5 })
      for (const { close } of made) await close()
    },
  }
}

async function restart(): Promise<Submitter> {
  vi.resetModules()
  return (await import('../../submitters/globus/index.ts')).submitter
}

/** The labels of the jobs that really began. */
function labelsIn(folder: string): string[] {
  try {
    return readdirSync(folder).map((key) => readFileSync(join(folder, key, 'label'), 'utf8').trim())
  } catch {
    return []
  }
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port
}
