import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Prober } from '../../core/domain/submitter.ts'
import { prober as gridftp } from '../../submitters/gridftp/index.ts'
import { contextFor } from '../conformance/context.ts'
import { missing, openPlace } from '../services/grid.ts'
import type { Figure } from './figures.ts'

const prober: Prober = gridftp
const LISTINGS = 20
/** All at once, each in the background, as one would do by hand; no output is kept. */
const BY_HAND = `for i in $(seq "$1"); do globus-url-copy -list "$2" >/dev/null & done; wait`

type Env = Record<string, string>

/**
 * Real GridFTP listings through the plug-in against the same ones started from the shell: the same command, server, proxy and
 * environment, both all at once; alternating, so that a busy machine troubles both. No figures where the server is not installed.
 */
export async function measureListings({ rounds }: { rounds: number }): Promise<Figure[]> {
  const reason = missing('gridftp')
  if (reason !== undefined) {
    console.error(`no GridFTP listings: ${reason}`)
    return []
  }
  const place = await openPlace()
  try {
    return figuresOf(await measureRounds(await place.start('gridftp'), rounds))
  } finally {
    await place.close()
  }
}

type Round = { throughPluginMs: number; byHandMs: number }

async function measureRounds(env: Env, rounds: number): Promise<Round[]> {
  // Once each before it counts: files and programs are in memory then.
  await byHand(env)
  await throughPlugin(env)
  const measured: Round[] = []
  for (let i = 0; i < rounds; i++) {
    const pluginFirst = i % 2 === 0 ? await throughPlugin(env) : undefined
    const byHandMs = await byHand(env)
    measured.push({ byHandMs, throughPluginMs: pluginFirst ?? (await throughPlugin(env)) })
  }
  return measured
}

async function throughPlugin(env: Env): Promise<number> {
  const identity = { proxyFile: env.PROXY_USER ?? '' }
  const environment = { GLOBUS_HOSTNAME: 'localhost' }
  // As the engine does: a context for each call.
  const made = Array.from({ length: LISTINGS }, () => contextFor(prober, { identity, environment, caFolder: env.X509_CERT_DIR ?? '' }))
  const request = { site: 'SITE-ONE', vo: 'ops', identity: env.DN_USER ?? '', endpoint: env.GRIDFTP_URL ?? '' }
  const begun = performance.now()
  const results = await Promise.all(made.map(({ ctx }) => prober.probe(request, ctx)))
  const ms = performance.now() - begun
  for (const { close } of made) await close()
  const other = results.find(({ access }) => access !== 'accepted')
  if (other !== undefined) throw new Error(`a listing failed: ${other.words}`)
  return ms
}

async function byHand(env: Env): Promise<number> {
  const { X509_CERT_DIR = '', PROXY_USER = '', GRIDFTP_URL = '' } = env
  const clean = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/', LANG: 'C.UTF-8', GLOBUS_HOSTNAME: 'localhost', X509_CERT_DIR }
  const begun = performance.now()
  const argv = ['-c', BY_HAND, 'bash', String(LISTINGS), GRIDFTP_URL]
  const { stderr } = await promisify(execFile)('bash', argv, { env: { ...clean, X509_USER_PROXY: PROXY_USER } })
  const ms = performance.now() - begun
  if (stderr !== '') throw new Error(`a listing failed: ${stderr}`)
  return ms
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const remark = `${LISTINGS} real ones at once, each way`
  const ratios = rounds.map(({ throughPluginMs, byHandMs }) => throughPluginMs / byHandMs)
  return [
    { name: 'GridFTP listings ÷ the same from the shell', unit: '', values: ratios, goal: { most: 1.15 }, digits: 2, remark },
    { name: 'GridFTP listings through the plug-in', unit: 'ms', values: rounds.map((one) => one.throughPluginMs), digits: 0, remark },
  ]
}
