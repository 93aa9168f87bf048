import { calendarOf, deadlineOf, nextWorkingMoment } from './calendar.ts'
import { type ChallengeState, knowsOfRun } from './challenge.ts'
import { clockStart, isAlerted } from './clock-start.ts'
import { humanAnswers, wasSending } from './correspondence.ts'
import type { LetterName } from './event.ts'
import { findEvidence, startOf } from './evidence.ts'
import { isNotice, type MailKind, type Role } from './mail.ts'
import { compareEvents, earliest } from './order.ts'
import type { PlannedParty, PlannedSite } from './plan.ts'
import type { LaunchedRun, PlannedRun } from './work.ts'

/** A letter that is called for. `about`: which letter of ours it comes back to; `again`: the place in the log at which that one was sent anew. */
export type DueLetter = LetterName & { due: number; about?: string; text?: string; sites?: readonly string[]; again?: number }

const DAY_MS = 86_400_000

type Site = { site: PlannedSite; state: ChallengeState; started: number }

/** What the rules of the scenario have us write to a site, its management and its NGI once its job was seen to start. */
export function lettersOf(run: LaunchedRun, { site, state, started }: Site): DueLetter[] {
  if (!isAlerted(run.scenario, site)) return lettersAfterWord(run, site, state)
  const atWork = workingMoments(run, site)
  const alert: DueLetter = { ...toSite('alert'), due: atWork(started) }
  const alerted = state.mails.alert.accepted?.at
  if (alerted === undefined) return [alert]
  const { mails } = run.scenario
  const answered = earliest(humanAnswers(state, ['alert', 'reminder']))
  const after = (ms: number | undefined) => (ms === undefined ? undefined : atWork(alerted + ms))
  return [
    alert,
    ...[
      ...(mails.acknowledge && answered ? [{ ...toSite('acknowledgement'), due: answered.at }] : []),
      { ...toSite('reminder'), due: atWork(alerted + mails.remindAfter), about: 'alert' },
      ...escalations(run, site, { due: after(mails.escalateAfter), about: 'alert' }),
      { ...toSite('report-request'), due: atWork(alerted + mails.reportAfter) },
      ...dueAt(toSite('closing'), after(mails.closeAfter)),
      ...questionsOf(run.scenario, (ms) => atWork(alerted + ms)),
      ...questionsFollowed(run, site, state),
      ...assessments(run, site, state),
    ].map((letter) => afresh(letter, state)),
  ]
}

/** A site that is to hear of it from others is asked for its report once it is known to have heard. */
function lettersAfterWord(run: LaunchedRun, site: PlannedSite, state: ChallengeState): DueLetter[] {
  const atWork = workingMoments(run, site)
  const told = clockStart(state, false, findEvidence({ evidence: 'contained' }, state, { startedMs: startOf(state)?.at }))
  if (told === undefined) return questionsFollowed(run, site, state)
  const { mails } = run.scenario
  const answered = earliest(humanAnswers(state))
  return [
    ...(mails.acknowledge && answered ? [{ ...toSite('acknowledgement'), due: answered.at }] : []),
    { ...toSite('report-request'), due: atWork(told.at + mails.reportAfter) },
    ...dueAt(toSite('closing'), mails.closeAfter === undefined ? undefined : atWork(told.at + mails.closeAfter)),
    ...questionsFollowed(run, site, state),
  ]
}

/** The scenario's own questions, so long after the alert. */
function questionsOf({ questions }: LaunchedRun['scenario'], due: (afterMs: number) => number): DueLetter[] {
  return questions.map(({ id, after, text }) => ({
    mail: 'question',
    letter: `question-${id}`,
    role: 'site',
    due: due(after),
    text,
    about: 'alert',
  }))
}

/** What follows a letter that was sent anew begins anew, too. */
function afresh(letter: DueLetter, state: ChallengeState): DueLetter {
  const again = resentAt(letter, state)
  return again === undefined ? letter : { ...letter, again }
}

function resentAt({ about = 'alert' }: Pick<DueLetter, 'about'>, { letters }: ChallengeState): number | undefined {
  return letters[about]?.resent?.seq
}

function toSite(mail: LetterName['mail']): LetterName {
  return { mail, letter: mail, role: 'site' }
}

function dueAt(letter: LetterName, due: number | undefined): DueLetter[] {
  return due === undefined ? [] : [{ ...letter, due }]
}

/** The moment itself where work goes on, else when it next begins; a run that alerts at any time does not wait. */
function workingMoments({ plan, rubric }: PlannedRun, who: PlannedSite | PlannedParty): (at: number) => number {
  const calendar = calendarOf(who, rubric)
  return (at) => (plan.run.alertAnyTime ? at : nextWorkingMoment(calendar, at))
}

/** What an officer found good is told to the site, and to the NGI that certifies it. */
function assessments(run: LaunchedRun, site: PlannedSite, state: ChallengeState): DueLetter[] {
  const noted = earliest(state.notes.filter(({ data }) => data.fulfils === 'assessed'))
  if (noted === undefined || !run.rubric.expectations.some(({ evidence }) => evidence === 'assessed')) return []
  const due = workingMoments(run, site)(noted.at)
  const toNgi: LetterName = { mail: 'assessment', letter: 'assessment-ngi', role: 'ngi' }
  return [{ ...toSite('assessment'), due }, ...(ngiOf(run.plan, site) ? [{ ...toNgi, due }] : [])]
}

/** To the management and to the NGI, where they can be reached and are somebody else: who did not answer is not told of it. */
function escalations({ plan }: LaunchedRun, site: PlannedSite, { due, about }: { due: number | undefined; about: string }): DueLetter[] {
  const suffix = about === 'alert' ? '' : `-${about}`
  const isOther = (address: string | undefined) => address !== undefined && address.toLowerCase() !== site.securityContact.toLowerCase()
  const roles = [...(isOther(site.manager) ? ['manager' as const] : []), ...(isOther(ngiOf(plan, site)?.address) ? ['ngi' as const] : [])]
  return roles.flatMap((role) =>
    dueAt({ mail: 'escalation', letter: `escalation-${role}${suffix}`, role }, due).map((one) => ({ ...one, about })),
  )
}

export function ngiOf({ parties }: Pick<PlannedRun['plan'], 'parties'>, site: Pick<PlannedSite, 'ngi'>): PlannedParty | undefined {
  return parties.find((party) => party.role === 'ngi' && party.name === site.ngi)
}

/** A question has a clock of its own, in working time: then it is brought to mind, and after as long again the NGI is told. */
function questionsFollowed(run: LaunchedRun, site: PlannedSite, state: ChallengeState): DueLetter[] {
  return Object.values(state.letters).flatMap((one) => {
    if (one.mail !== 'question' || one.role !== 'site' || one.accepted === undefined) return []
    const dueMs = answerDue(run, site, one.accepted)
    const again = deadlineOf(clockOf(run, site), dueMs, run.scenario.mails.answerWithin)
    const escalation = escalations(run, site, { due: again, about: one.letter }).filter(({ role }) => role === 'ngi')
    return [
      { mail: 'reminder' as const, letter: `reminder-${one.letter}`, role: 'site' as const, due: dueMs, about: one.letter },
      ...escalation,
    ]
  })
}

function clockOf(run: PlannedRun, who: PlannedSite | PlannedParty) {
  return { pauses: [], calendar: calendarOf(who, run.rubric) }
}

/** By when a question is to be answered, ms since 1970: so much working time after it arrived. */
export function answerDue(run: PlannedRun, who: PlannedSite | PlannedParty, arrived: { at: number }): number {
  return deadlineOf(clockOf(run, who), arrived.at, run.scenario.mails.answerWithin)
}

/** What officers ordered. */
export function orderedLetters(state: ChallengeState): DueLetter[] {
  return state.orders.map(({ at, data }) => ({
    mail: data.mail,
    letter: `${data.mail}-${data.id}`,
    role: data.role,
    due: at,
    text: data.text,
    ...(data.sites === undefined ? {} : { sites: data.sites }),
  }))
}

/** The VO, the CA and the NRENs are told of the compromised identity, and reminded a day later. */
export function partyLetters(run: LaunchedRun, party: PlannedParty, state: ChallengeState): DueLetter[] {
  const { notifyAfter } = run.scenario.mails
  const { role } = party
  if (notifyAfter === undefined || role === 'ngi' || role === 'announce') return []
  const atWork = workingMoments(run, party)
  const told = state.letters.notification?.accepted?.at
  const first: DueLetter = { mail: 'notification', letter: 'notification', role, due: atWork(run.launchedMs + notifyAfter) }
  if (told === undefined) return [first]
  return [first, afresh({ mail: 'reminder', letter: 'reminder', role, due: atWork(told + DAY_MS), about: 'notification' }, state)]
}

/** Those who know of the exercise are told when it was stopped, and when a real incident comes first. */
export function noticesOf(run: LaunchedRun, state: ChallengeState): DueLetter[] {
  const isParty = state.party !== undefined
  const role: Role = state.party?.data.party.role ?? 'site'
  const wasTold = isParty ? Object.values(state.letters).some(wasSending) : wasSending(state.letters.alert)
  const knows = isParty ? wasTold : knowsOfRun(state)
  const stopped = run.stopped && wasTold ? [{ mail: 'stopped' as const, letter: 'stopped', role, due: run.stopped.at }] : []
  const incidents = knows ? run.pauses.filter((pause) => pause.because === 'real incident') : []
  const told = incidents.map(({ fromMs }) => ({ mail: 'real-incident' as const, letter: `real-incident.${fromMs}`, role, due: fromMs }))
  return [...stopped, ...told]
}

const followers: ReadonlySet<MailKind> = new Set<MailKind>(['acknowledgement', 'reminder', 'escalation', 'report-request', 'closing'])

/** Whether a letter still makes sense when it is due. */
export function isStillNeeded(letter: Pick<DueLetter, 'mail' | 'about' | 'again'>, state: ChallengeState): boolean {
  const { mail, about } = letter
  const { alert } = state.mails
  // Another one, due later, has taken its place.
  if (followers.has(mail) && letter.again !== resentAt(letter, state)) return false
  if (mail === 'alert') return alert.accepted === undefined
  if (isNotice(mail) || mail === 'assessment') return true
  if (mail === 'escalation') return !isAnswered(state, about)
  // After a bounce nobody would read it; an officer's own question goes out all the same.
  if (state.party === undefined && alert.bounced && mail === 'question') return about === undefined
  if (state.party === undefined && alert.bounced) return state.orders.some((order) => order.data.mail === mail)
  if (mail === 'reminder') return !isAnswered(state, about)
  return mail !== 'report-request' || state.reports.length === 0
}

/** Whether a person wrote after this letter of ours arrived; of a site itself, as its NGI may write for it. */
function isAnswered(state: ChallengeState, about: string | undefined): boolean {
  const asked = about === undefined ? undefined : state.letters[about]?.accepted
  const own = humanAnswers(state).filter((answer) => state.party !== undefined || answer.data.role !== 'ngi')
  return own.some((answer) => asked === undefined || compareEvents(answer, asked) > 0)
}
