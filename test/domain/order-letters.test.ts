import { describe, expect, test } from 'vitest'
import { foldChallenge } from '../../core/domain/challenge.ts'
import { letters as kinds, type MailKind, traitsOf } from '../../core/domain/mail.ts'
import { foldMailroom, type MailroomEvent } from '../../core/domain/mailroom.ts'
import { chooseParties, domainsOf } from '../../core/domain/parties.ts'
import type { Pause } from '../../core/domain/run-state.ts'
import { type LaunchedRun, workBeforeLaunch, workOfChallenge, workOfParty } from '../../core/domain/work.ts'
import { launchedRun } from './launched-run.ts'
import { came, logged, named, type Told, trail } from './letter-facts.ts'
import { aPlanInput, aSite } from './sites.ts'

const launched = Date.parse('2027-01-11T10:00:00Z')
const party = (role: string, name: string) => ({ role, name, address: `sec@${name.toLowerCase().replace('_', '-')}.example` })
const run = launchedRun({
  sites: [aSite('DE-ONE')],
  run: { parties: [party('vo', 'CMS'), party('ca', 'TestCA'), party('ngi', 'NGI_DE')] },
  state: { launchedMs: launched },
})
const [vo, ca, ngi] = ['vo', 'ca', 'ngi'].map((role) => run.plan.parties.find((one) => one.role === role)!)
const site = run.plan.sites[0]!
const stopped = { at: launched + 1, by: 'Ada', reason: 'x' }
const pauseOf = (because: Pause['because']): Pause => ({ fromMs: launched + 5, by: 'Ada', reason: 'x', because })

const ordered = (mail: MailKind, when: number, role: 'site' | 'vo' = 'site'): Told => ({
  type: 'MailOrdered',
  data: { id: '1', mail, role, text: 'words', by: 'Ada' },
  when,
})
const opened = (one: (typeof run)['plan']['parties'][number]): Told => ({ type: 'PartyPlanned', data: { party: one }, when: launched })
const lettersIn = (work: { payload: Record<string, unknown>; kind: string }[]) =>
  work.flatMap((one) => (one.kind === 'send-mail' ? [one.payload.letter] : []))

describe('what officers order', () => {
  test('given an order before the launch, then this letter and nothing else, with a name that stays; after a stop not even it', () => {
    const state = foldChallenge(logged([ordered('invitation', 7)]))
    const work = workBeforeLaunch(run, site, state)
    expect(work).toMatchObject([
      { id: 'send-mail.r-1.DE-ONE.invitation-1', due: 7, payload: { site: 'DE-ONE', mail: 'invitation', text: 'words' } },
    ])
    expect(workBeforeLaunch({ ...run, stopped }, site, state)).toEqual([])
    expect(workBeforeLaunch(run, site, foldChallenge([]))).toEqual([])
  })

  test('given an order after the launch, then it goes out beside the rest, also before the job was seen', () => {
    expect(lettersIn(workOfChallenge(run, site, foldChallenge(logged([ordered('question', 7)]))))).toEqual(['question-1'])
    expect(workOfChallenge({ ...run, stopped }, site, foldChallenge(logged([ordered('question', 7)])))).toEqual([])
  })

  test('given the kinds that prepare a run, then each goes by hand, and none of them tells of the job', () => {
    const prepare = (Object.keys(kinds) as MailKind[]).filter((kind) => traitsOf(kind).prepares)
    expect(prepare.toSorted()).toEqual(['acceptance', 'contact-check', 'invitation', 'pre-warning', 'window'])
    for (const kind of prepare) expect(traitsOf(kind)).toMatchObject({ byHand: true })
    for (const kind of prepare) expect(traitsOf(kind).reveals).toBeUndefined()
  })
})

describe('the letters to a party of the run', () => {
  const letters = (one: typeof vo, facts: Told[] = [], over: Partial<LaunchedRun> = {}) =>
    lettersIn(workOfParty({ ...run, ...over }, one!, foldChallenge(logged(facts))))

  test('given a VO and a CA, then they are told of the identity after the launch, and reminded a day after that; an NGI is not', () => {
    expect(workOfParty(run, vo!, foldChallenge([]))).toMatchObject([
      { id: 'send-mail.r-1._vo-CMS.notification', stream: 'party/r-1/vo-CMS', due: launched + run.scenario.mails.notifyAfter! },
    ])
    const told = trail('accepted', named('notification', { mail: 'notification', role: 'vo' }), launched + 3_600_000)
    const reminder = workOfParty(run, vo!, foldChallenge(logged([told]))).find((one) => one.payload.mail === 'reminder')
    expect(reminder).toMatchObject({ due: launched + 25 * 3_600_000, payload: { about: 'notification', role: 'vo' } })
    expect(letters(ca)).toEqual(['notification'])
    expect(letters(ngi)).toEqual([])
  })

  test('given a scenario that tells nobody, then nothing is due but what an officer orders', () => {
    const { notifyAfter: _, ...mails } = run.scenario.mails
    const quiet = { scenario: { ...run.scenario, mails } }
    expect(letters(vo, [], quiet)).toEqual([])
    expect(letters(vo, [ordered('pre-warning', 9, 'vo')], quiet)).toEqual(['pre-warning-1'])
  })

  test('given a stop or a real incident, then a party is told that had a letter, and no other', () => {
    const had = [opened(vo!), trail('sending', named('pre-warning-1', { mail: 'pre-warning', role: 'vo' }), launched)]
    expect(letters(vo, had, { stopped })).toEqual(['stopped'])
    expect(letters(vo, [opened(vo!)], { stopped })).toEqual([])
    const incident = { pauses: [pauseOf('real incident'), { ...pauseOf('real incident'), fromMs: launched + 9 }] }
    expect(letters(vo, had, incident)).toEqual(['notification', `real-incident.${launched + 5}`, `real-incident.${launched + 9}`])
    expect(letters(vo, had, { pauses: [pauseOf('officer')] })).toEqual(['notification'])
  })
})

describe('the notices to a site', () => {
  const sent = trail('sending', named('alert'), launched)

  test('given a stop, then who had an alert is told, also after a bounce; who has but a job is not', () => {
    const told = (...facts: Told[]) => lettersIn(workOfChallenge({ ...run, stopped }, site, foldChallenge(logged(facts))))
    expect(told(sent, trail('accepted', named('alert'), launched), came('b', { kind: 'bounce' }, launched + 1))).toEqual(['stopped'])
    expect(told({ type: 'JobSubmitting', data: { effect: 'e', label: 'l', payloadHash: 'p' }, when: launched })).toEqual([])
  })
})

describe('the parties of a plan', () => {
  test('given an NGI that the federation knows, then its contact is a party; what run.yaml says of it counts more', () => {
    const input = aPlanInput([aSite('DE-ONE'), aSite('FR-TWO')], { run: { parties: [party('ngi', 'NGI_DE'), party('vo', 'CMS')] } })
    const known = (name: string) => ({ name, securityContact: `csirt@known-${name.toLowerCase().replace('_', '-')}.example` })
    const federation = { ...input.federation, ngis: [known('NGI_DE'), known('NGI_FR'), known('NGI_XX')] as typeof input.federation.ngis }
    const sites = launchedRun().plan.sites
    const parties = chooseParties({ ...input, federation }, sites)
    expect(parties.map(({ id, address }) => [id, address])).toEqual([
      ['ngi-NGI_DE', 'sec@ngi-de.example'],
      ['ngi-NGI_FR', 'csirt@known-ngi-fr.example'],
      ['vo-CMS', 'sec@cms.example'],
    ])
    const domains = domainsOf(
      { ...input.run, mailDomains: ['extra.example'] },
      [{ ...sites[0]!, manager: 'Head@MAIL.DE-ONE.example' }],
      parties,
    )
    expect(domains).toEqual([
      'cms.example',
      'de-one.example',
      'extra.example',
      'known-ngi-fr.example',
      'mail.de-one.example',
      'ngi-de.example',
    ])
  })
})

describe('the shelves', () => {
  const shelved = (contentHash: string, at: number): MailroomEvent => ({
    ...{ stream: 'mailroom', seq: at, at, hash: '', type: 'MailShelved' },
    data: { contentHash, shelf: 'to-sort', because: 'x', proposals: [] },
  })

  test('given mails, and one that was sorted, then the others lie there, the oldest first', () => {
    const sorted: MailroomEvent = {
      stream: 'mailroom',
      seq: 4,
      at: 4,
      hash: '',
      type: 'MailSorted',
      data: { contentHash: 'b', by: 'Ada', to: 'x' },
    }
    const open = foldMailroom([shelved('a', 1), shelved('b', 2), shelved('c', 3), sorted])
    expect(open.map(({ contentHash, at }) => [contentHash, at])).toEqual([
      ['a', 1],
      ['c', 3],
    ])
    expect(foldMailroom([])).toEqual([])
  })
})
