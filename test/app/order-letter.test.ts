import { describe, expect, test } from 'vitest'
import { type LetterWish, orderLetter, resendFailed } from '../../core/app/order-letter.ts'
import { sendMail } from '../../core/app/send-mail.ts'
import { stopRun } from '../../core/app/stop-run.ts'
import { InputError, PermanentError, RefusedError } from '../../core/domain/errors.ts'
import type { Addressee } from '../../core/domain/work.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { keepLaunched } from './gating.ts'
import { dueLetter, type Mailroom, mailDeps, withMailroom } from './mailing.ts'

const party = (role: string, name: string) => ({ role, name, address: `sec@${name.toLowerCase()}.example` })
const run = launchedRun({ run: { parties: [party('vo', 'CMS'), party('ca', 'TestCA')] } })
const [vo, ca] = run.plan.parties
const [one, two] = run.plan.sites
const wish: LetterWish = { run: 'r-1', mail: 'question', role: 'site', text: 'Which hosts?', by: 'Ada', id: 'q1' }
const ordersOf = async ({ store }: Pick<Mailroom, 'store'>) => (await store.readRun('r-1')).filter((fact) => fact.type === 'MailOrdered')

/** The mistakes that an order is refused for. */
async function problemsOf(room: Pick<Mailroom, 'store'>, over: Partial<LetterWish>, to: readonly Addressee[]): Promise<readonly string[]> {
  const error: unknown = await orderLetter(room, { ...wish, ...over }, to).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(InputError)
  return (error as InputError).problems
}

describe('an order for a letter', () => {
  test('given sites and a party, then each has it once, however often it is given, and the log of the party is begun', () =>
    withMailroom(async (room) => {
      await orderLetter(room, wish, [one!, two!, vo!])
      await orderLetter(room, wish, [one!, two!, vo!])
      expect((await ordersOf(room)).map(({ stream, data }) => [stream, (data as { role: string }).role])).toEqual([
        ['challenge/r-1/DE-ONE', 'site'],
        ['challenge/r-1/FR-TWO', 'site'],
        ['party/r-1/vo-CMS', 'vo'],
      ])
      expect((await room.facts('party/r-1/vo-CMS'))[0]).toMatchObject({ type: 'PartyPlanned', data: { party: { id: 'vo-CMS' } } })
      await orderLetter(room, { ...wish, id: 'q2' }, [one!])
      expect(await ordersOf(room)).toHaveLength(4)
    }, run))

  test('given bad input, then every mistake is named, and nothing is ordered, not even what is right', () =>
    withMailroom(async (room) => {
      expect(await problemsOf(room, { mail: 'alert' }, [one!, ca!])).toEqual([
        expect.stringMatching(/^the alert goes out by the rules of the scenario; by hand go: invitation, /),
        'ca-TestCA: the alert is not for ca, but for site',
      ])
      expect(await problemsOf(room, { text: ' \n' }, [one!])).toEqual(['the question needs words of yours: give them with --text'])
      expect(await problemsOf(room, { mail: 'contact-check', role: 'manager' }, [one!, two!])).toEqual([
        'the plan knows no address of manager for DE-ONE',
        'the plan knows no address of manager for FR-TWO',
      ])
      expect(await problemsOf(room, {}, [one!, { ...two!, name: 'XX-NONE' }])).toEqual([
        expect.stringContaining('XX-NONE is not in the plan'),
      ])
      expect(await ordersOf(room)).toEqual([])
    }, run))

  test('given a run that was not launched, then only what prepares it; given one that was stopped, then nothing', () =>
    withStore(async ({ store }) => {
      await keepLaunched(store, run, { launch: false })
      expect(await problemsOf({ store }, {}, [one!])).toEqual([
        expect.stringMatching(/^the question goes out once the run is launched; before it go: invitation, window, acceptance/),
      ])
      await orderLetter({ store }, { ...wish, mail: 'invitation' }, [one!])
      await stopRun({ store }, { run: 'r-1', by: 'Ada', reason: 'x' })
      await expect(orderLetter({ store }, { ...wish, mail: 'invitation', id: 'late' }, [one!])).rejects.toThrow(RefusedError)
      expect(await ordersOf({ store })).toHaveLength(1)
    }))
})

describe('letters that are sent once more', () => {
  const refused = async () => {
    throw new PermanentError('550 no such user')
  }
  const lost = async () => {
    throw new Error('the connection was lost after the data')
  }
  const send = async (room: Mailroom, site: string, how?: () => Promise<never>) => {
    await sendMail(mailDeps(room.store, { hand: room.hand, ...(how ? { send: how } : {}) }), await dueLetter(room.store, { site }))
  }
  const stateOf = async (room: Mailroom, site: string) => (await room.store.effect(`send-mail.r-1.${site}.alert`))?.state

  test('given one that was refused and one that was taken, then the refused one alone, and it goes out with the same Message-ID', () =>
    withMailroom(async (room) => {
      await send(room, 'DE-ONE', refused)
      await send(room, 'FR-TWO')
      expect(await resendFailed(room.deps, { run: 'r-1', by: 'Ada', unsure: false })).toEqual([
        { who: 'DE-ONE', letter: 'alert', was: '550 no such user' },
      ])
      expect([await stateOf(room, 'DE-ONE'), await stateOf(room, 'FR-TWO')]).toEqual(['queued', 'done'])
      expect(await resendFailed(room.deps, { run: 'r-1', by: 'Ada', unsure: true })).toEqual([])
      await sendMail(mailDeps(room.store), (await room.store.effect('send-mail.r-1.DE-ONE.alert'))!)
      const ids = (await room.facts('challenge/r-1/DE-ONE')).flatMap((fact) => (fact.type === 'MailSending' ? [fact.data.messageId] : []))
      expect(ids).toHaveLength(2)
      expect(ids[1]).toBe(ids[0])
      expect(await stateOf(room, 'DE-ONE')).toBe('done')
    }))

  test('given one that came back, then it is sent anew', () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      await room.take({ references, kind: 'bounce', because: 'action failed' })
      expect(await resendFailed(room.deps, { run: 'r-1', by: 'Ada', unsure: false })).toEqual([
        { who: 'DE-ONE', letter: 'alert', was: 'came back: action failed' },
      ])
    }))

  test('given one that may have gone out, then it is left alone unless an officer says so', () =>
    withMailroom(async (room) => {
      await send(room, 'DE-ONE', lost)
      expect(await stateOf(room, 'DE-ONE')).toBe('unsure')
      expect(await resendFailed(room.deps, { run: 'r-1', by: 'Ada', unsure: false })).toEqual([])
      expect(await stateOf(room, 'DE-ONE')).toBe('unsure')
      expect(await resendFailed(room.deps, { run: 'r-1', by: 'Ada', unsure: true })).toHaveLength(1)
      expect(await stateOf(room, 'DE-ONE')).toBe('queued')
    }))

  test('given a run that was stopped, then nothing is sent once more', () =>
    withMailroom(async (room) => {
      await send(room, 'DE-ONE', refused)
      await room.store.commit({
        run: 'r-1',
        facts: [{ stream: 'run/r-1', type: 'RunStopped', key: 'stopped', data: { by: 'Ada', reason: 'x' } }],
      })
      await expect(resendFailed(room.deps, { run: 'r-1', by: 'Ada', unsure: true })).rejects.toThrow(RefusedError)
      expect(await stateOf(room, 'DE-ONE')).toBe('refused')
    }))
})
