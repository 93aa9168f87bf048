import type { LetterTask } from './app/deps.ts'
import { APPEAL_LINK, REPORT_LINK, tagOfStream } from './app/send-mail.ts'
import { below } from './domain/address.ts'
import { cleanerFor } from './domain/audience.ts'
import { toldDeadline } from './domain/calendar.ts'
import { answerDue } from './domain/letters.ts'
import { codeOf, letters, type MailData, messageIdOf, replyAddressOf, splitAddress } from './domain/mail.ts'
import { compareEvents } from './domain/order.ts'
import { textForm } from './domain/report-form.ts'
import type { Expectation } from './domain/rubric.ts'
import { scoreChallenge } from './domain/score.ts'
import type { PlannedRun } from './domain/work.ts'
import type { Instance } from './instance.ts'
import { composeMail, type MailCrypto } from './io/mail/compose-mail.ts'
import { type TemplateLibrary, templateOf } from './io/mail/template-library.ts'
import { renderMail } from './io/mail/templates.ts'
import type { OutgoingMail, WrittenLetter } from './ports.ts'
import { listenerUrlsOf, sitesUrlOf } from './urls.ts'

/** What writing needs besides the instance. */
export type LetterParts = { templates: TemplateLibrary; crypto?: MailCrypto | undefined }

/** A letter to the very bytes that go out: with the same Message-ID and the same answer address at every try. */
export async function writeLetter(instance: Instance, parts: LetterParts, task: LetterTask): Promise<WrittenLetter> {
  const mail = mailOf(instance, parts, task)
  return { mail, composed: await composeMail(mail, parts.crypto) }
}

function mailOf(
  { keys, config, clock }: Pick<Instance, 'keys' | 'config' | 'clock'>,
  { templates }: LetterParts,
  task: LetterTask,
): OutgoingMail {
  const { run, to, letter, stream, state } = task
  const token = keys.mailToken(stream, letter.letter)
  const ngi = to.site?.ngi ?? (to.party?.role === 'ngi' ? to.party.name : undefined)
  const template = templateOf(templates, letter.mail, { scenario: run.scenario.id, ...(ngi === undefined ? {} : { ngi }) })
  const { subject, text, headers } = renderMail(template, mailData({ keys, config, clock }, task, codeOf(token)))
  const { domain } = splitAddress(config.mail)
  return {
    messageId: messageIdOf(letter.mail, token, domain),
    from: config.mail,
    to: to.address,
    replyTo: replyAddressOf(config.mail, letter.mail, token),
    subject,
    text,
    headers: { ...headers, Date: new Date(clock.now()).toUTCString() },
    ...threadOf(state, letter.role),
  }
}

/** Earlier letters of the same conversation, so that a mail program shows them together (RFC 5322, section 3.6.4). */
function threadOf(
  { letters: all }: LetterTask['state'],
  role: LetterTask['letter']['role'],
): Pick<OutgoingMail, 'inReplyTo' | 'references'> {
  const before = Object.values(all).filter((one) => one.role === role && one.accepted)
  const ids = before.sort((a, b) => compareEvents(a.accepted!, b.accepted!)).map((one) => one.accepted!.data.messageId)
  const last = ids.at(-1)
  return last === undefined ? {} : { inReplyTo: last, references: [...new Set([...ids.slice(0, 1), ...ids.slice(-5)])] }
}

const HOUR_MS = 3_600_000

function mailData({ keys, config, clock }: Pick<Instance, 'keys' | 'config' | 'clock'>, task: LetterTask, code: string): MailData {
  const { run, to, letter, stream, state } = task
  const now = clock.now()
  const alertMs = state.mails.alert.accepted?.at ?? now
  const within = (evidence: Expectation['evidence'], otherwiseMs: number) =>
    toldDeadline({ rubric: run.rubric, who: to.site ?? to.party }, evidence, alertMs) ?? alertMs + otherwiseMs
  const deadlines = {
    headsUpMs: within('human-reply', 4 * HOUR_MS),
    containedMs: within('contained', 24 * HOUR_MS),
    closureMs: within('closure', 30 * 24 * HOUR_MS),
  }
  const asked = letter.about === undefined ? undefined : state.letters[letter.about]
  return {
    run: run.plan.id,
    scenario: run.scenario.title,
    vo: run.plan.run.vo.name,
    tag: tagOfStream({ keys }, run, stream),
    tlp: letter.mail === 'public-acknowledgement' ? 'TLP:CLEAR' : 'TLP:AMBER',
    to: { role: letter.role, name: to.name },
    site: { name: to.site?.name ?? to.name, timeZone: to.timeZone },
    identity: run.scenario.job === undefined ? '' : run.plan.run.identities.attacker,
    label: run.scenario.job === undefined ? '' : (state.planned?.data.key.label ?? ''),
    alertMs,
    sentMs: now,
    answerByMs: answerBy(task, now) ?? deadlines.headsUpMs,
    window: { fromMs: Date.parse(run.plan.run.window.from), toMs: Date.parse(run.plan.run.window.to) },
    deadlines,
    contact: config.contact,
    code,
    genuineUrl: below(listenerUrlsOf(config)[0] ?? '', '/genuine'),
    reportUrl: below(sitesUrlOf(config), `/report/${keys.mailToken(stream, REPORT_LINK)}`),
    siteUrl: below(sitesUrlOf(config), `/site/${keys.mailToken(stream, REPORT_LINK)}`),
    appealUrl: letter.mail === 'result' ? below(sitesUrlOf(config), `/appeal/${keys.mailToken(stream, APPEAL_LINK)}`) : '',
    form: textForm(),
    about: asked === undefined ? '' : letters[asked.mail].title,
    reason: reasonOf(run, letter.mail),
    text: letter.text ?? '',
    lights: letter.mail === 'result' ? lightsOf(task, now) : '',
    sites: (letter.sites ?? []).join(', '),
  }
}

/** By when a question is to be answered: so much working time from now on, or from when it arrived. */
function answerBy({ run, to, letter, state }: LetterTask, now: number): number | undefined {
  const who = to.site ?? to.party
  if (who === undefined) return undefined
  if (letter.mail === 'question') return answerDue(run, who, { at: now })
  const asked = letter.about === undefined ? undefined : state.letters[letter.about]
  return asked?.mail === 'question' && asked.accepted ? answerDue(run, who, asked.accepted) : undefined
}

/** Why a run was stopped, or what real incident came first. */
function reasonOf(run: PlannedRun, mail: LetterTask['letter']['mail']): string {
  if (mail === 'stopped') return run.stopped?.reason ?? ''
  return mail === 'real-incident' ? (run.pauses.findLast((one) => one.because === 'real incident')?.reason ?? '') : ''
}

/** A line for each expectation, in words. */
function lightsOf({ run, to, state }: LetterTask, asOf: number): string {
  if (to.site === undefined) return ''
  const { name } = to.site
  const { overall, scores, coverage } = scoreChallenge(state, run, { site: to.site, asOf })
  const others = run.plan.sites.filter((site) => site.name !== name).map((site) => site.name)
  const clean = cleanerFor([name], others)
  const lines = clean(scores).map(
    ({ light, title, points, outOf, reason }) =>
      `${light.toUpperCase().padEnd(7)} ${title} (${points ?? 'no'} of ${outOf} points): ${reason}`,
  )
  return [`Overall: ${overall.toUpperCase()} (${coverage.known} of ${coverage.of} known)`, ...lines].join('\n')
}
