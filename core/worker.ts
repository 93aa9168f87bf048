import { agentNames } from './agent/names.ts'
import { renderAgent } from './agent/render.ts'
import type { Deps, Gocdb, JobOrder, Pakiti } from './app/deps.ts'
import type { Config } from './config.ts'
import type { Reach } from './context.ts'
import { TransientError } from './domain/errors.ts'
import { hostOf } from './domain/loopback.ts'
import type { Instance } from './instance.ts'
import { openRegister } from './io/identities.ts'
import { processIdentity } from './io/process-identity.ts'
import { openStopFile } from './io/stop-file.ts'
import { type LetterParts, writeLetter } from './letters.ts'
import type { Reachers } from './plugins.ts'
import type { Carrier, Mailer } from './ports.ts'

/** The outside as a worker reaches it: the machine's own, or a rehearsal's. */
export type Outside = LetterParts & {
  mailer: Mailer
  /** Ticket systems, by their names in config.yaml. */
  tickets?: ReadonlyMap<string, Carrier>
  /** See `Deps`. */
  paceMs?: Deps['paceMs']
  plugins: Reachers
  /** In the place of those that config.yaml names. */
  gocdb?: Gocdb
  pakiti?: Pakiti
  reach: Reach
  listenerUrls: readonly string[]
  /** In a rehearsal the agents beat on the machine's time, which stands still for the story. */
  agentTiming?: { heartbeatSeconds: number; silenceSeconds: number }
  log(message: string, data?: Record<string, unknown>): void
  /** What the plug-ins say of their own; the same log unless said otherwise. */
  pluginLog?: Outside['log']
}

/** Joins the parts: all that the use cases may touch. */
export function joinDeps(instance: Instance, outside: Outside): Deps {
  const { store, clock, keys, sha256, config } = instance
  const register = openRegister(config.home)
  const gocdb = outside.gocdb ?? gocdbOf(config)
  const pakiti = outside.pakiti ?? pakitiOf(config)
  return {
    store,
    clock,
    keys,
    sha256,
    owner: processIdentity(),
    ...outside.plugins,
    contextOf: ({ plugin, run, subject, endpoints, signal }) => {
      const identity = register.identityOf(subject)
      return outside.reach.contextOf({ plugin, run, identity, endpoints, signal, log: outside.pluginLog ?? outside.log })
    },
    hostsOf: outside.reach.hostsOf,
    lapseOf: async (plugin, subject) => ('local' in plugin && plugin.local ? undefined : register.lapseOf(subject, clock.wall())),
    readCrl: async (question) => {
      const { readCrl } = await import('./io/crl.ts')
      return readCrl({ caFolder: config.certificates, identityOf: register.identityOf, nowMs: clock.wall }, question)
    },
    ...(gocdb && { gocdb }),
    ...(pakiti && { pakiti }),
    // A ticket's requestor is the site's security contact: to all others letters go by mail.
    carrierOf: ({ site, address }) => carrierOf(outside, address === site?.securityContact ? site.carrier : undefined),
    paceMs: outside.paceMs ?? (() => 0),
    listenerUrls: outside.listenerUrls,
    haltOf: openStopFile(config.home).haltOf,
    agentNames,
    renderJob: (order) => renderJob(instance, outside, order),
    writeLetter: (task) => writeLetter(instance, outside, task),
    log: outside.log,
  }
}

function gocdbOf({ gocdb }: Config): Gocdb | undefined {
  if (gocdb === undefined) return undefined
  return { host: hostOf(gocdb.url), ask: async (question) => (await import('./io/gocdb-source.ts')).askGocdb(gocdb, question) }
}

function pakitiOf({ pakiti, certificates }: Config): Pakiti | undefined {
  if (pakiti === undefined) return undefined
  return { host: hostOf(pakiti.url), ask: async (question) => (await import('./io/pakiti.ts')).askPakiti(pakiti, certificates, question) }
}

/** The way of a letter: by mail unless the plan names a ticket system. */
function carrierOf({ mailer, tickets }: Outside, name: string | undefined): Carrier {
  if (name === undefined)
    return { name: 'mail', host: mailer.host, send: async ({ composed }) => ({ answer: await mailer.send(composed) }) }
  const carrier = tickets?.get(name)
  if (carrier === undefined) throw new TransientError(`config.yaml knows no ticket system '${name}'; name it there under tickets`)
  return carrier
}

/** The agent of a challenge: the same order gives the same script. */
export function renderJob(
  { keys, config }: Pick<Instance, 'keys' | 'config'>,
  outside: Pick<Outside, 'listenerUrls' | 'agentTiming'>,
  { run, label }: JobOrder,
): string {
  const { job } = run.scenario
  if (job === undefined) throw new Error(`the scenario ${run.scenario.id} sends no job`)
  const timing = outside.agentTiming ?? { heartbeatSeconds: job.heartbeatEvery / 1000, silenceSeconds: job.silenceEnds / 1000 }
  const { actions, traces, children } = job
  const { contacts, limits } = run.plan.run
  return renderAgent({
    run: run.plan.id,
    job: label,
    token: keys.jobToken(label),
    publicKey: keys.orders.publicKey(),
    listenerUrls: [...outside.listenerUrls],
    contactUrls: contacts,
    actions,
    traces,
    cpuSeconds: Math.min(limits.cpuSeconds, 3_600),
    expiresAt: run.agentsEndMs,
    lifeSeconds: Math.max(1, Math.ceil((run.agentsEndMs - run.agentsStartMs) / 1000)),
    ...timing,
    contact: config.contact.address,
    notice: `This is part of the security exercise ${run.plan.id} (${run.scenario.title}). It does no harm and ends by itself. Ask: ${config.contact.name}`,
    childCount: children,
  })
}
