import { agentNames } from './agent/names.ts'
import { renderAgent } from './agent/render.ts'
import type { Deps, JobOrder, MailOrder } from './app/deps.ts'
import type { Config } from './config.ts'
import type { Reach } from './context.ts'
import { below } from './domain/address.ts'
import type { MailKind } from './domain/event.ts'
import { codeOf, type MailData, messageIdOf, replyAddressOf, splitAddress } from './domain/mail.ts'
import type { LaunchedRun } from './domain/work.ts'
import type { Instance } from './instance.ts'
import { openRegister } from './io/identities.ts'
import { renderMail, type Templates, templateOf } from './io/mail/templates.ts'
import { processIdentity } from './io/process-identity.ts'
import { openStopFile } from './io/stop-file.ts'
import type { Reachers } from './plugins.ts'
import type { Mailer, OutgoingMail } from './ports.ts'

/** The outside as a worker reaches it: the machine's own, or a rehearsal's. */
export type Outside = {
  mailer: Mailer
  plugins: Reachers
  reach: Reach
  templates: Templates
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
    mailer: outside.mailer,
    listenerUrls: outside.listenerUrls,
    haltOf: openStopFile(config.home).haltOf,
    agentNames,
    renderJob: (order) => renderJob(instance, outside, order),
    renderMail: (order) => mailOf(instance, outside, order),
    log: outside.log,
  }
}

/** What the agents are told, in the order in which they try. */
export function listenerUrlsOf({ listener }: Pick<Config, 'listener'>): string[] {
  return [listener.url ?? `http://${listener.host}:${listener.port}`, ...listener.more]
}

/** The agent of a challenge: the same order gives the same script. */
export function renderJob(
  { keys, config }: Pick<Instance, 'keys' | 'config'>,
  outside: Pick<Outside, 'listenerUrls' | 'agentTiming'>,
  { run, label }: JobOrder,
): string {
  const timing = outside.agentTiming ?? {
    heartbeatSeconds: run.scenario.job.heartbeatEvery / 1000,
    silenceSeconds: run.scenario.job.silenceEnds / 1000,
  }
  const { actions, traces, children } = run.scenario.job
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

/** The whole mail, with the same Message-ID and the same answer address at every try. */
function mailOf({ keys, config, clock }: Instance, { templates }: Outside, order: MailOrder): OutgoingMail {
  const token = keys.mailToken(order.stream, order.mail)
  const { subject, text, headers } = renderMail(
    templateOf(templates, order.mail),
    mailData(order, { contact: config.contact, code: codeOf(token), genuineUrl: genuineUrlOf(config) }),
  )
  const { domain } = splitAddress(config.mail)
  return {
    messageId: messageIdOf(order.mail, `${token}${countOf(order)}`, domain),
    from: config.mail,
    to: order.site.securityContact,
    replyTo: replyAddressOf(config.mail, order.mail, token),
    subject,
    text,
    headers: { ...headers, Date: new Date(clock.now()).toUTCString() },
  }
}

/** The page where a site checks a mail's code. */
function genuineUrlOf(config: Config): string {
  return below(listenerUrlsOf(config)[0] ?? '', '/genuine')
}

/** A second real incident is told by another mail: under the name of the first one it would be dropped as one that came twice. */
function countOf({ run, mail }: MailOrder): string {
  const count = mail === 'real-incident' ? run.pauses.filter((one) => one.because === 'real incident').length : 1
  return count > 1 ? `.${count}` : ''
}

const HOUR_MS = 3_600_000

/** Why a run was stopped, or what real incident came first. */
function reasonOf(run: LaunchedRun, mail: MailKind): string {
  if (mail === 'stopped') return run.stopped?.reason ?? ''
  return mail === 'real-incident' ? (run.pauses.findLast((one) => one.because === 'real incident')?.reason ?? '') : ''
}

function mailData({ run, site, key, alertedMs, mail }: MailOrder, known: Pick<MailData, 'contact' | 'code' | 'genuineUrl'>): MailData {
  const within = (evidence: string, otherwise: number) =>
    alertedMs + (run.rubric.expectations.find((one) => one.evidence === evidence)?.within ?? otherwise)
  return {
    run: run.plan.id,
    scenario: run.scenario.title,
    site: { name: site.name, timeZone: site.timeZone },
    identity: key.identity,
    vo: run.plan.run.vo.name,
    label: key.label,
    reason: reasonOf(run, mail),
    alertMs: alertedMs,
    deadlines: {
      headsUpMs: within('human-reply', 4 * HOUR_MS),
      containedMs: within('contained', 24 * HOUR_MS),
      closureMs: within('closure', 30 * 24 * HOUR_MS),
    },
    ...known,
  }
}
