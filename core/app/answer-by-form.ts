import { toldDeadline } from '../domain/calendar.ts'
import type { ChallengeState } from '../domain/challenge.ts'
import { kindOf, type Letter } from '../domain/correspondence.ts'
import { RefusedError } from '../domain/errors.ts'
import { siteOfStream } from '../domain/event.ts'
import { canonicalJson } from '../domain/json.ts'
import { answerDue } from '../domain/letters.ts'
import { letters, type MailKind } from '../domain/mail.ts'
import type { PlannedSite } from '../domain/plan.ts'
import { isLaunched, type PlannedRun } from '../domain/work.ts'
import type { IncomingMail } from '../ports.ts'
import type { Core } from './deps.ts'
import { keepMail } from './keep-mail.ts'
import { isFlood } from './take-mail.ts'
import { findReportLink } from './take-report.ts'
import { plannedSite, readChallenge, readPlannedRun } from './view.ts'

/** Something that we asked of the site: `letter` is its name. `wants`: words, or a window of time. Times in ms since 1970. */
export type SiteAsked = {
  letter: string
  title: string
  text?: string
  askedMs: number
  deadlineMs?: number
  answeredMs?: number
  wants: 'acknowledgement' | 'words' | 'window'
}

/** What a site sees on its own page: what it was told by letters, and nothing else. */
export type SitePart = {
  run: string
  site: string
  timeZone: string
  asked: readonly SiteAsked[]
  /** Whether its common report is of use now. */
  takesReport: boolean
  hasResult: boolean
  window: { fromMs: number; toMs: number }
  /** Why nothing is taken any more. */
  isOver?: string
}

/** Letters that can be answered by a form, and how. */
const answered: Partial<Record<MailKind, SiteAsked['wants']>> = {
  alert: 'acknowledgement',
  'contact-check': 'words',
  question: 'words',
  invitation: 'window',
  window: 'window',
}

type Place = { run: PlannedRun; stream: string; site: PlannedSite; state: ChallengeState }

/** Undefined when the link was never sent to anybody. */
async function findPlace(core: Pick<Core, 'store' | 'sha256'>, link: string): Promise<Place | undefined> {
  const found = await findReportLink(core, link)
  if (found === undefined) return undefined
  const run = await readPlannedRun(core.store, found.run)
  const site = plannedSite(run, siteOfStream(found.stream)!)
  return { run, stream: found.stream, site, state: await readChallenge(core.store, found.stream) }
}

/** What a site's personal link leads to. */
export async function readSitePart(core: Pick<Core, 'store' | 'sha256'>, link: string): Promise<SitePart | undefined> {
  const place = await findPlace(core, link)
  return place && partOf(place)
}

function partOf(place: Place): SitePart {
  const { run, site, state } = place
  const { window } = run.plan.run
  const isOver = overWords(run)
  const asked = Object.values(state.letters).flatMap((letter) => askedBy(letter, place) ?? [])
  return {
    ...{ run: run.plan.id, site: site.name, timeZone: site.timeZone },
    asked: asked.sort((a, b) => a.askedMs - b.askedMs || (a.letter < b.letter ? -1 : 1)),
    takesReport: state.mails.alert.accepted !== undefined,
    hasResult: Object.values(state.letters).some(
      ({ mail, role, accepted }) => mail === 'result' && role === 'site' && accepted !== undefined,
    ),
    window: { fromMs: Date.parse(window.from), toMs: Date.parse(window.to) },
    ...(isOver !== undefined && { isOver }),
  }
}

function overWords({ stopped, endedMs }: PlannedRun): string | undefined {
  if (stopped !== undefined) return 'The exercise was stopped: no answer is needed any more.'
  return endedMs === undefined ? undefined : 'The exercise is over: answers count no longer. Write to us if something is still to be said.'
}

/** A letter that went to the site and asks something; a window is chosen before the launch alone. */
function askedBy(letter: Letter, { run, site, state }: Place): SiteAsked | undefined {
  const wants = answered[letter.mail]
  if (wants === undefined || letter.role !== 'site' || letter.accepted === undefined) return undefined
  if (wants === 'window' && isLaunched(run)) return undefined
  const askedMs = letter.accepted.at
  const deadlineMs = deadlineOf(letter, { run, site }, askedMs)
  const answers = state.answers.filter((one) => one.data.letter === letter.letter && kindOf(state, one) === 'human')
  const answeredMs = answers.reduce<number | undefined>((least, { at, data }) => Math.min(least ?? at, data.cameMs ?? at), undefined)
  return {
    ...{ letter: letter.letter, askedMs, wants, ...wordsOf(letter, { run, state }) },
    ...(deadlineMs !== undefined && { deadlineMs }),
    ...(answeredMs !== undefined && { answeredMs }),
  }
}

function deadlineOf({ mail }: Letter, { run, site }: Pick<Place, 'run' | 'site'>, askedMs: number): number | undefined {
  if (mail === 'question') return answerDue(run, site, { at: askedMs })
  return mail === 'alert' ? toldDeadline({ rubric: run.rubric, who: site }, 'human-reply', askedMs) : undefined
}

/** As the letter said it. */
function wordsOf({ letter, mail }: Letter, { run, state }: Pick<Place, 'run' | 'state'>): { title: string; text?: string } {
  const question = run.scenario.questions.find(({ id }) => letter === `question-${id}`)
  if (question !== undefined) return { title: question.title, text: question.text }
  const ordered = state.orders.find(({ data }) => letter === `${data.mail}-${data.id}`)
  return { title: `Our ${letters[mail].title}`, ...(ordered && { text: ordered.data.text }) }
}

/** What is taken for an answer to the alert when the site writes nothing. */
const RECEIVED = 'We have received the alert.'

/**
 * An answer that a site sends by the form of its page: kept and counted as one by mail. Durable when it resolves; the same one again
 * changes nothing. Throws RefusedError with words for the site.
 */
export async function answerByForm(core: Core, link: string, { letter, words }: { letter: string; words: string }): Promise<void> {
  const place = await findPlace(core, link)
  if (place === undefined) throw new RefusedError('there is no such link')
  const over = overWords(place.run)
  if (over !== undefined) throw new RefusedError(over)
  const asked = partOf(place).asked.find((one) => one.letter === letter)
  if (asked === undefined) throw new RefusedError('we ask this no longer: open the page again')
  const said = words === '' && asked.wants === 'acknowledgement' ? RECEIVED : words
  const mail = mailOf(core, place, { asked, said })
  if (place.state.received.some(({ data }) => data.messageId === mail.messageId)) return
  if (isFlood(place.state, core.clock.now())) throw new RefusedError('too much came from your site today: write to us by mail')
  const { role } = place.state.letters[letter]!
  const found = { run: place.run.plan.id, stream: place.stream, mail: place.state.letters[letter]!.mail, letter, role }
  await keepMail(core, { mail, found, way: 'form', challenge: place.state })
}

/** As if it had been written: the link was sent to the site's security contact, and stands for it. */
function mailOf(
  { sha256 }: Pick<Core, 'sha256'>,
  { stream, site }: Place,
  { asked, said }: { asked: SiteAsked; said: string },
): IncomingMail {
  const raw = new TextEncoder().encode(canonicalJson({ format: 'ssc-answer/1', stream, letter: asked.letter, words: said }))
  const contentHash = sha256(raw)
  return {
    ...{ raw, contentHash, messageId: `form:${contentHash.slice(0, 32)}`, from: site.securityContact ?? '', to: [], references: [] },
    ...{ subject: `By the form: ${asked.title}`, kind: 'human', because: 'sent by the form of the page of the site' },
    ...{ text: said, said, attachments: [] },
  }
}
