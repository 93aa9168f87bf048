import { accessSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Config } from './config.ts'
import { createReach, notAskedReason, setUpProblems } from './context.ts'
import { messageOf } from './domain/errors.ts'
import { hostOf, outsideHost } from './domain/loopback.ts'
import type { Prober, Submitter } from './domain/submitter.ts'
import { sharedPorts } from './doors.ts'
import { type Instance, queueOf } from './instance.ts'
import { createHttpPool } from './io/http/client.ts'
import { makeKeys } from './io/keys.ts'
import { openMailCrypto } from './io/mail/signing.ts'
import { askPakiti } from './io/pakiti.ts'
import { readText } from './io/read-yaml.ts'
import { OPEN_TO_ALL, readSmallFile } from './io/secret-file.ts'
import { openStopFile } from './io/stop-file.ts'
import { readSecrets } from './io/webhook.ts'
import { officeTlsProblem } from './office-tls.ts'
import { loadMailTemplates, loadReportFormats, loadScenario, loadSubmitters, pluginFolders } from './plugins.ts'
import { openTickets } from './tickets.ts'
import { officeOriginOf } from './urls.ts'

/** One thing that was looked at: `problem` says what is wrong and what to do, `notAsked` what is unknown, as it lies outside. */
export type Finding = { what: string; problem: string | null; notAsked?: string[] }
type Found = string | undefined | Omit<Finding, 'what'>
type Check = () => Promise<Found> | Found

/** Looks at all that a run needs, and reaches nobody but what is our own. A check that itself fails is a problem, never silence. */
export async function examine(config: Config, instance: () => Promise<Instance>): Promise<Finding[]> {
  const checks: [string, Check][] = [
    ['Node.js', nodeProblem],
    ['folder', () => folderProblem(config)],
    ['ports', () => sharedPorts(config).join('; ') || undefined],
    ['STOP file', () => stopProblem(config)],
    ['store', () => storeProblem(instance)],
    ['queue', () => queueProblem(instance)],
    ['keys', () => keysProblem(config, instance)],
    ['mail templates', () => void loadMailTemplates(config.home)],
    ['scenarios', () => void [...pluginFolders('scenarios', config.home).keys()].map((id) => loadScenario(id, config.home))],
    ['report formats', async () => void (await loadReportFormats(config.home))],
    ['submitters', () => submittersProblem(config)],
    ["officers' TLS", () => officeTlsProblem(config, officeOriginOf(config.operator), Date.now())],
    ['mail server', () => mailProblem(config)],
    ['signing of mails', async () => void (await openMailCrypto(config.signing, { home: config.home, log: () => {} }))],
    ['mailbox', () => mailboxProblem(config)],
    ['ticket systems', () => ticketsProblem(config)],
    ['Pakiti', () => pakitiProblem(config)],
    ['webhooks', () => webhooksProblem(config)],
  ]
  // At once: what does not answer is waited for once.
  return Promise.all(checks.map(async ([what, check]) => ({ what, ...(await ask(check)) })))
}

async function ask(check: Check): Promise<Omit<Finding, 'what'>> {
  try {
    const found = await check()
    return typeof found === 'object' ? found : { problem: found ?? null }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

function nodeProblem(): string | undefined {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major > 20 || (major === 20 && minor >= 19) ? undefined : `${process.version} is too old: install Node.js 20.19 or newer`
}

function folderProblem({ home }: Config): undefined {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  accessSync(home, constants.W_OK)
}

function stopProblem({ home }: Config): string | undefined {
  const { file, words } = openStopFile(home)
  const word = words().find(({ run }) => run === undefined)
  return word === undefined ? undefined : `${file} stops all runs (${word.reason}): nothing is started here until it is removed`
}

async function storeProblem(instance: () => Promise<Instance>): Promise<undefined> {
  await (await instance()).store.listRuns()
}

async function queueProblem(instance: () => Promise<Instance>): Promise<string | undefined> {
  let fault: string | undefined
  const queue = queueOf(await instance(), 'doctor', (error) => {
    fault = error.message
  })
  try {
    const done = new Promise<void>((resolve) => queue.work(async () => resolve(), 1))
    await Promise.race([queue.add(['check-up']).then(() => done), late(5_000)])
    return undefined
  } catch (error) {
    return `${fault ?? messageOf(error)}: see that the server of REDIS_URL runs, or unset REDIS_URL`
  } finally {
    await Promise.race([queue.close(), late(2_000)]).catch(() => {})
  }
}

function late(ms: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms).unref())
}

async function keysProblem({ keysFolder }: Config, instance: () => Promise<Instance>): Promise<string | undefined> {
  const fileOf = (name: string) => join(keysFolder, name)
  // A machine that only listens has this one alone, and must not make others of its own.
  const listensOnly = existsSync(fileOf('jobs.key')) && !existsSync(fileOf('master.key'))
  if (!listensOnly) makeKeys((await instance()).keys)
  const open = readdirSync(keysFolder).find((name) => (statSync(fileOf(name)).mode & 0o077) !== 0)
  return open === undefined ? undefined : `${fileOf(open)} can be read by others: chmod 600 ${fileOf(open)}`
}

async function submittersProblem(config: Config): Promise<Omit<Finding, 'what'>> {
  const problems: string[] = []
  const notAsked: string[] = []
  const { submitters, probers } = await loadSubmitters(config.home)
  const reach = createReach(config)
  // Those that were set up here, and the one that every rehearsal needs.
  const plugins = new Set<Submitter | Prober>([...submitters.values(), ...probers.values()])
  for (const plugin of plugins) {
    if (!(('local' in plugin && plugin.local) || plugin.name in config.submitters)) continue
    const reason = notAskedReason(reach, plugin)
    if (reason !== undefined) notAsked.push(`${plugin.name}: ${reason}`)
    else problems.push(...(await setUpProblems(reach, plugin)).map((one) => `${plugin.name}: ${one}`))
  }
  await reach.close()
  return { problem: problems.length === 0 ? null : problems.join('; '), ...(notAsked.length === 0 ? {} : { notAsked }) }
}

function mailProblem({ smtp }: Config): Promise<string | undefined> {
  return answerProblem(smtp, `no mail server answers at ${smtp.host}:${smtp.port}: set smtp in config.yaml (a rehearsal does not need it)`)
}

/** Whether the password is right shows when `serve` reads it: nobody logs in here. */
async function mailboxProblem({ imap }: Config): Promise<string | undefined> {
  if (imap === undefined) return undefined
  readText(imap.passwordFile)
  return answerProblem(imap, `no IMAP server answers at ${imap.host}:${imap.port}: set imap in config.yaml`)
}

/** Those that config.yaml names are asked for their version, queue and rights. */
async function ticketsProblem(config: Config): Promise<string | undefined> {
  const pool = createHttpPool()
  try {
    const answers = await Promise.allSettled([...openTickets(config, pool).values()].map((system) => system.check()))
    const names = Object.keys(config.tickets)
    const problems = answers.flatMap((one, i) => (one.status === 'rejected' ? [`${names[i]}: ${messageOf(one.reason)}`] : []))
    return problems.length === 0 ? undefined : problems.join('; ')
  } finally {
    await pool.close()
  }
}

/** They lie outside, as a rule: only the files of their secrets are looked at. */
async function webhooksProblem({ webhooks }: Config): Promise<Found> {
  const hooks = Object.entries(webhooks)
  const read = await Promise.allSettled(hooks.map(([, { secretFile }]) => readSecrets(secretFile)))
  const problems = read.flatMap((one, i) => (one.status === 'rejected' ? [`${hooks[i]![0]}: ${messageOf(one.reason)}`] : []))
  const notAsked = hooks.map(([name]) => `not asked: ssc webhooks test ${name}`)
  return hooks.length === 0 ? undefined : { problem: problems.join('; ') || null, notAsked }
}

/** It lies outside, as a rule: only the file of its token is looked at then. */
async function pakitiProblem({ pakiti, certificates }: Config): Promise<Found> {
  if (pakiti === undefined) return undefined
  const { url, tokenFile } = pakiti
  if (tokenFile !== undefined && (await readSmallFile(tokenFile, MOST_TOKEN_BYTES)).isOpenToAll) return `${tokenFile} ${OPEN_TO_ALL}`
  const far = outsideHost([hostOf(url)])
  if (far !== undefined) return { problem: null, notAsked: [`not asked: it would reach ${far}; a run that waits for packages asks it`] }
  // Hosts that reported just now: an answer as short as can be.
  await askPakiti(pakiti, certificates, { site: 'check', days: 0, signal: AbortSignal.timeout(5_000) })
  return undefined
}

const MOST_TOKEN_BYTES = 64 * 1024

function answerProblem({ host, port }: { host: string; port: number }, advice: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 3_000 })
    const end = (problem?: string) => {
      socket.destroy()
      resolve(problem)
    }
    socket
      .once('connect', () => end())
      .once('error', () => end(advice))
      .once('timeout', () => end(advice))
  })
}
