import { describe, expect, test } from 'vitest'
import { challengeStream } from '../../core/domain/event.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { aSite } from '../domain/sites.ts'
import { anAnswer, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')
const two = challengeStream('r-1', 'FR-TWO')

describe("given a helpdesk's ticket", () => {
  test('when a stranger guesses its number, then the mail waits; from the helpdesk and from the contact it is matched', () =>
    withMailroom(async ({ write, take, deps }) => {
      const helpdesk = 'support@helpdesk.example'
      await take({ references: [await write('DE-ONE')], from: helpdesk, kind: 'automatic', subject: '[GGUS #77] received' })
      const later = { subject: 'Re: [GGUS #77]', to: [], text: 'All is contained.' }
      expect(await take({ ...later, from: 'mallory@else.example' })).toEqual({ shelf: 'to-sort' })
      expect(await deps.match(anAnswer({ ...later, from: helpdesk }))).toMatchObject({ found: { stream: one }, way: 'ticket' })
      expect(await deps.match(anAnswer(later))).toMatchObject({ found: { stream: one }, way: 'ticket' })
    }))

  test('when a site claimed the numbers of others before, then the helpdesk still finds the right challenge', () =>
    withMailroom(async ({ write, take }) => {
      const claims = ['77', '78', '79'].map((id) => `[GGUS #${id}]`).join(' ')
      await take({ references: [await write('DE-ONE')], subject: claims })
      const helpdesk = 'support@helpdesk.example'
      const references = [await write('FR-TWO')]
      await take({ references, from: helpdesk, kind: 'automatic', subject: '[GGUS #78] received' })
      expect(await take({ from: helpdesk, to: [], subject: 'Re: [GGUS #78]' })).toEqual({ stream: two })
    }))
})

describe('given an NGI whose mailbox is the security contact of one of its sites, too', () => {
  const address = 'csirt@ngi.example'
  const run = () =>
    launchedRun({
      sites: [aSite('DE-ONE', { ngi: 'NGI_DE' }), aSite('DE-TWO', { ngi: 'NGI_DE', securityContact: address }), aSite('FR-TWO')],
      run: { parties: [{ role: 'ngi', name: 'NGI_DE', address, timeZone: 'Europe/Berlin', country: 'DE' }] },
    })
  const escalation = { mail: 'escalation', letter: 'escalation-ngi', role: 'ngi' } as const

  test("when it answers the escalation about another of its sites, then that is the NGI's answer there", () =>
    withMailroom(async ({ write, take, facts }) => {
      const references = [await write('DE-ONE', escalation)]
      expect(await take({ references, from: address })).toEqual({ stream: one })
      expect((await facts(one)).at(-1)).toMatchObject({ type: 'MailReceived', data: { role: 'ngi', sender: 'ngi' } })
    }, run()))

  test('when it names a letter to a site of another NGI, then the mail waits', () =>
    withMailroom(async ({ write, take }) => {
      const references = [await write('FR-TWO')]
      expect(await take({ references, from: address })).toEqual({ shelf: 'to-sort' })
    }, run()))
})

test('given a thread that is full, when a mail of it is read a second time, then it is not put on a shelf', () =>
  withMailroom(async ({ write, take, facts }) => {
    const references = [await write('DE-ONE')]
    const first = anAnswer({ references })
    await take(first)
    for (let n = 0; n < 60; n += 1) await take({ references, kind: 'automatic' })
    expect(await take({ references })).toEqual({ shelf: 'spam' })
    expect(await take(first)).toEqual({ stream: one })
    expect((await facts(one)).filter(({ type }) => type === 'MailReceived')).toHaveLength(60)
  }))
