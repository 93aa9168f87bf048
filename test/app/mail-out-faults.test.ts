import { describe, expect, test } from 'vitest'
import { resendFailed } from '../../core/app/order-letter.ts'
import { lookUpLetters } from '../../core/app/recover.ts'
import { sendMail } from '../../core/app/send-mail.ts'
import { readChallenge, readLaunchedRun } from '../../core/app/view.ts'
import { PermanentError, TransientError } from '../../core/domain/errors.ts'
import { challengeStream, runStream } from '../../core/domain/event.ts'
import { noticesOf } from '../../core/domain/letters.ts'
import { workOfChallenge } from '../../core/domain/work.ts'
import type { Carrier } from '../../core/ports.ts'
import { dueLetter, type Mailroom, mailDeps, withMailroom } from './mailing.ts'

const one = challengeStream('r-1', 'DE-ONE')
const HOUR_MS = 3_600_000
const resend = ({ deps }: Mailroom, unsure = false) => resendFailed(deps, { run: 'r-1', by: 'Ada', unsure })
const lost: Carrier['send'] = async () => {
  throw new Error('the answer was lost')
}

/** What the log calls for now, put into the store as the engine does. */
async function look({ store }: Mailroom): Promise<Map<string, number>> {
  await store.commit({ run: 'r-1', facts: [{ stream: one, type: 'AgentSeen', data: { host: 'wn', pid: 1 }, key: 'seen' }] })
  const run = await readLaunchedRun(store, 'r-1')
  const work = workOfChallenge(run, run.plan.sites[0]!, await readChallenge(store, one)).filter(({ kind }) => kind === 'send-mail')
  await store.commit({ run: 'r-1', effects: work })
  return new Map(work.map(({ id, due }) => [id.replace('send-mail.r-1.DE-ONE.', ''), due]))
}

/** Sends the letter if it is still to be sent; what became of that work. */
async function go({ store, hand }: Mailroom, letter: string, send?: Carrier['send']): Promise<string | undefined> {
  const id = `send-mail.r-1.DE-ONE.${letter}`
  await sendMail(mailDeps(store, { hand, ...(send ? { send } : {}) }), (await store.effect(id))!)
  return (await store.effect(id))?.state
}

const sent = async ({ store }: Mailroom, letter: string) =>
  (await store.readStream(one)).filter((fact) => fact.type === 'MailSending' && fact.data.letter === letter).length

describe('given an alert that came back, when an officer has it sent anew', () => {
  test('then the reminder is due after the second one, and the first reminder, due too soon, never leaves', () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      const before = (await look(room)).get('reminder')!
      room.hand.now += HOUR_MS
      await room.take({ references, kind: 'bounce' })
      room.hand.now += 30 * HOUR_MS
      expect(await resend(room)).toHaveLength(1)
      await room.write('DE-ONE')
      const due = await look(room)
      const again = [...due.keys()].find((id) => id.startsWith('reminder.again-'))!
      expect(due.get(again)).toBeGreaterThan(before)
      expect(due.get('reminder')).toBeUndefined()
      room.hand.now = due.get(again)!
      expect(await go(room, 'reminder')).toBe('done')
      expect(await sent(room, 'reminder')).toBe(0)
      expect(await go(room, again)).toBe('done')
      expect(await sent(room, 'reminder')).toBe(1)
    }))

  test('then a letter that had left before does not leave a second time', () =>
    withMailroom(async (room) => {
      const references = [await room.write('DE-ONE')]
      const due = await look(room)
      room.hand.now = due.get('reminder')!
      await go(room, 'reminder')
      await room.take({ references, kind: 'bounce' })
      await resend(room)
      await room.write('DE-ONE')
      const again = [...(await look(room)).keys()].find((id) => id.startsWith('reminder.again-'))!
      room.hand.now += 30 * 24 * HOUR_MS
      expect(await go(room, again)).toBe('done')
      expect(await sent(room, 'reminder')).toBe(1)
    }))
})

test('given an alert that may have left, and was ordered anew, when the run is stopped before it leaves, then the site is told of it', () =>
  withMailroom(async (room) => {
    await dueLetter(room.store, { site: 'DE-ONE' })
    expect(await go(room, 'alert', lost)).toBe('unsure')
    await resend(room, true)
    const facts = [{ stream: runStream('r-1'), type: 'RunStopped' as const, data: { by: 'Ada', reason: 'x' }, key: 'stopped' }]
    await room.store.commit({ run: 'r-1', facts })
    const run = await readLaunchedRun(room.store, 'r-1')
    expect(noticesOf(run, await readChallenge(room.store, one))).toMatchObject([{ mail: 'stopped' }])
  }))

test('given a mail server that is away for hours, then a letter waits for it, and leaves once', () =>
  withMailroom(async (room) => {
    await dueLetter(room.store, { site: 'DE-ONE' })
    const until = room.hand.now + 8 * HOUR_MS
    while (room.hand.now < until) {
      const state = await go(room, 'alert', async () => Promise.reject(new TransientError('connection refused')))
      expect(state).toBe('deferred')
      room.hand.now = (await room.store.effect('send-mail.r-1.DE-ONE.alert'))!.due
    }
    expect(await go(room, 'alert')).toBe('done')
    expect((await readChallenge(room.store, one)).mails.alert.accepted).toBeDefined()
  }))

describe('given a letter into a ticket system whose answer was lost', () => {
  const found = { answer: 'ticket 7, found again', ticket: '7' }
  const desk = (send: Carrier['send'], find: NonNullable<Carrier['find']>) => ({
    carrierOf: () => ({ name: 'rt', host: '127.0.0.1', send, find }),
  })

  test('when the system is back, then it is found there without a new start of the framework', () =>
    withMailroom(async (room) => {
      await dueLetter(room.store, { site: 'DE-ONE' })
      expect(await go(room, 'alert', lost)).toBe('unsure')
      const deps = mailDeps(room.store, { hand: room.hand, ...desk(lost, async () => found) })
      await lookUpLetters(deps, 'r-1')
      expect((await readChallenge(room.store, one)).mails.alert.accepted).toMatchObject({ data: { ticket: '7' } })
      expect((await room.store.effect('send-mail.r-1.DE-ONE.alert'))?.state).toBe('done')
    }))

  test('when an officer has it sent anew, then no second ticket is opened', () =>
    withMailroom(async (room) => {
      await dueLetter(room.store, { site: 'DE-ONE' })
      expect(await go(room, 'alert', lost)).toBe('unsure')
      await resend(room, true)
      const deps = mailDeps(room.store, {
        hand: room.hand,
        ...desk(
          async () => expect.fail('a second ticket'),
          async () => found,
        ),
      })
      await sendMail(deps, (await room.store.effect('send-mail.r-1.DE-ONE.alert'))!)
      expect((await readChallenge(room.store, one)).mails.alert.accepted).toMatchObject({ data: { ticket: '7' } })
    }))
})

test('given servers whose answers name a person, then the log does not', () =>
  withMailroom(async (room) => {
    const words = ['550 <jane.doe@home.example>: forwarding loop', '250 forwarded to jane.doe@home.example']
    await dueLetter(room.store, { site: 'DE-ONE' })
    await go(room, 'alert', async () => Promise.reject(new PermanentError(words[0]!)))
    await resend(room)
    await go(room, 'alert', async () => ({ answer: words[1]! }))
    const facts = JSON.stringify(await room.facts(one))
    expect(facts).toContain('forwarding loop')
    expect(facts).not.toContain('jane')
  }))

describe('given a run that has ended', () => {
  const end = ({ store }: Mailroom) =>
    store.commit({ run: 'r-1', facts: [{ stream: runStream('r-1'), type: 'RunEnded', data: {}, key: 'ended' }] })

  test('when a reminder falls due, then it does not leave; a result does', () =>
    withMailroom(async (room) => {
      await room.write('DE-ONE')
      await end(room)
      await room.write('DE-ONE', { mail: 'reminder', letter: 'reminder' })
      await room.write('DE-ONE', { mail: 'result', letter: 'result-1' })
      expect([await sent(room, 'reminder'), await sent(room, 'result-1')]).toEqual([0, 1])
    }))

  test('when a result was refused, then it can be sent anew; what belongs to the run itself cannot', () =>
    withMailroom(async (room) => {
      const refuse: Carrier['send'] = async () => Promise.reject(new PermanentError('550 no'))
      for (const name of [{}, { mail: 'result', letter: 'result-1' } as const]) {
        await dueLetter(room.store, { site: 'DE-ONE' }, name)
        await go(room, name.letter ?? 'alert', refuse)
      }
      await end(room)
      expect(await resend(room)).toMatchObject([{ letter: 'result-1' }])
    }))
})
