import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Submitter, SubmitterContext } from '../../core/domain/submitter.ts'
import { jobOf } from '../../submitters/arc/endpoint.ts'
import { submitter as arc } from '../../submitters/arc/index.ts'
import { type ContextSettings, contextFor } from '../conformance/context.ts'
import type { SubmitterRig } from '../conformance/rig.ts'
import { openPlace, type Place } from '../services/grid.ts'
import { freePorts, killAllIn, linesOf } from '../services/process.ts'

/** As the core knows it: whatever its options are. */
export const submitter: Submitter = arc

export type Env = Record<string, string>
/** What the tests of one file share: an ARC, and a port on which nobody ever answers. */
export type Site = { place: Place; env: Env; silent: Server }
export type ArcRig = SubmitterRig & { as(settings?: ContextSettings): SubmitterContext; labelOf(label: string): string }

export async function openSite(): Promise<Site> {
  const place = await openPlace()
  const env = await place.start('arc', { ARC_REFRESH: '1' })
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  return { place, env, silent }
}

export async function closeSite({ place, silent }: Site): Promise<void> {
  silent.close()
  await killAllIn(join(place.work, 'arc', 'session'))
  await place.close()
}

export function contextOf({ env }: Site, settings: ContextSettings = {}): ReturnType<typeof contextFor> {
  return contextFor(submitter, { identity: { proxyFile: env.PROXY_USER ?? '' }, caFolder: env.X509_CERT_DIR ?? '', ...settings })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** A-REX's own log of jobs has a line for each that it takes in. */
export function startsOf({ place }: Site, name: string): number {
  const words = `, name: "${name}",`
  return linesOf(join(place.work, 'arc', 'log', 'jobs')).filter((line) => line.includes(' Started - ') && line.includes(words)).length
}

const HOSTILE = [
  '',
  'http://localhost',
  'https://',
  'https://user@localhost/arex',
  'https://localhost:0/arex',
  'https://localhost:99999/arex',
  'https://localhost/arex/../etc',
  'https://localhost/arex?action=new',
  'https://localhost/arex#x',
  'https://localhost/elsewhere',
  'https://localhost/arex/rest/9.9',
  'localhost/arex\nx',
  'https://-localhost/arex',
  'gsiftp://localhost:2811/jobs',
  'file:///etc/passwd',
]

let rigs = 0

/** All rigs share the service and the identity, so that each has names of its own for its labels. */
export function makeRig(site: Site): ArcRig {
  const { place, env } = site
  const own = `t${++rigs}-`
  const labelOf = (label: string) => (/^job-\d$/.test(label) ? `${own}${label}` : label)
  const made = [contextOf(site)]
  const as = (settings: ContextSettings = {}) => {
    made.push(contextOf(site, settings))
    return made.at(-1)!.ctx
  }
  const endpoint = env.ARC_URL ?? ''
  const with_ = (one: Submitter): Submitter => ({
    ...one,
    find: async (label, ctx) => one.find?.(labelOf(label), ctx),
    status: paced(one.status),
  })
  const base = { lifeSeconds: 600, site: 'SITE-ONE', vo: 'ops', identity: env.DN_USER ?? '', endpoint }
  return {
    as,
    labelOf,
    submitter: with_(submitter),
    ctx: made[0]!.ctx,
    job: (label, script) => ({ ...base, label: labelOf(label), script }),
    restart: async () => with_(await again()),
    begun: async (label) => startsOf(site, labelOf(label)),
    unknownId: `${env.ARC_REST}/jobs/nosuchjob`,
    siteCancel: async (id) => void (await arcctl(site, 'job', 'kill', jobOf(id)?.id ?? 'none')),
    ban: async () => void (await place.run('ca', 'ban', 'user')),
    cases: {
      denied: async () => ({ ctx: as({ identity: { proxyFile: env.PROXY_ATTACKER ?? '' } }) }),
      expired: async () => ({ ctx: as({ identity: { proxyFile: (await place.run('ca', 'expired', 'user')).trim() } }) }),
      dead: async () => ({ job: { endpoint: `https://localhost:${(await freePorts(1))[0]}/arex` } }),
      hanging: async () => ({
        ctx: as({ options: { timeoutSeconds: 2 } }),
        job: { endpoint: `https://localhost:${portOf(site.silent)}/arex` },
      }),
      bad: async () => ({ ctx: as({ options: { queue: 'nosuch' } }), words: /queue nosuch is not allowed/ }),
    },
    hostile: HOSTILE.map((one) => ({ endpoint: one })),
    patienceMs: 60_000,
    close: async () => {
      await place.run('ca', 'allow', 'user')
      await killAllIn(join(place.work, 'arc', 'session'))
      for (const one of made) await one.close()
    },
  }
}

/** Each question costs a handshake: asked without a pause, they keep A-REX from its work. */
function paced(status: Submitter['status']): Submitter['status'] {
  let nextMs = 0
  return async (ids, ctx) => {
    await pause(Math.max(0, nextMs - Date.now()))
    nextMs = Date.now() + 400
    return status(ids, ctx)
  }
}

/** A new instance of the plug-in alone: the core's classes of errors stay what the suite compares with. */
async function again(): Promise<Submitter> {
  const address = `../../submitters/arc/index.ts?again=${rigs}`
  return (await import(address)).submitter
}

/** The site's own administration. */
async function arcctl({ place }: Site, ...argv: string[]): Promise<string> {
  const config = join(place.work, 'arc', 'arc.conf')
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/', ARC_CONFIG: config }
  return (await promisify(execFile)('arcctl', ['--config', config, ...argv], { env })).stdout
}
