import { describe, expect, test } from 'vitest'
import type { Deps } from '../../core/app/deps.ts'
import { recoverRun } from '../../core/app/recover.ts'
import { REPORT_LINK, sendMail, tagOfStream } from '../../core/app/send-mail.ts'
import { readPlannedRun } from '../../core/app/view.ts'
import { PermanentError, TransientError, UnsureError } from '../../core/domain/errors.ts'
import { challengeStream } from '../../core/domain/event.ts'
import { codeOf } from '../../core/domain/mail.ts'
import { refOf } from '../../core/domain/refs.ts'
import { sha256 } from '../../core/io/keys.ts'
import type { Carrier, Change, Store } from '../../core/ports.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { gateDeps, keepLaunched } from './gating.ts'
import { dueLetter, type Mailroom, mailDeps, testKeys, withMailroom } from './mailing.ts'

const stream = challengeStream('r-1', 'DE-ONE')
const ID = 'send-mail.r-1.DE-ONE.alert'
const typesOf = async ({ store }: Pick<Mailroom, 'store'>) =>
  (await store.readStream(stream)).map((fact) => fact.type).filter((type) => type.startsWith('Mail'))
const stateOf = async ({ store }: Pick<Mailroom, 'store'>) => (await store.effect(ID))?.state

/** One try to send the alert, whatever becomes of it. */
async function attempt({ store, hand }: Mailroom, send: Carrier['send'], over: Partial<Deps> = {}): Promise<void> {
  await sendMail(mailDeps(store, { hand, send, ...over }), await dueLetter(store, { site: 'DE-ONE' }))
}

function fails(error: Error): Carrier['send'] {
  return () => Promise.reject(error)
}

describe('a letter that is due', () => {
  test('given one, then before it leaves its intent, its very bytes and all by which an answer finds it are kept', () =>
    withMailroom(async (room) => {
      const token = testKeys.mailToken(stream, 'alert')
      const link = testKeys.mailToken(stream, REPORT_LINK)
      const names = [refOf.token(sha256(token)), refOf.code(sha256(codeOf(token))), refOf.link(sha256(link))]
      let seen = 0
      await attempt(room, async ({ composed }) => {
        const [sending] = (await room.facts(stream)).filter((fact) => fact.type === 'MailSending')
        expect(sending?.data).toMatchObject({
          effect: ID,
          mail: 'alert',
          letter: 'alert',
          role: 'site',
          to: 'csirt@de-one.example',
          carrier: 'mail',
          contentHash: sha256(composed.bytes),
        })
        expect(Buffer.from((await room.store.content(sha256(composed.bytes)))!)).toEqual(Buffer.from(composed.bytes))
        const refs = await room.store.refs([...names, refOf.subject(tagOfStream({ keys: testKeys }, room.run, stream))])
        expect(refs).toHaveLength(4)
        for (const ref of refs) expect(ref).toMatchObject({ run: 'r-1', stream, letter: 'alert' })
        seen += 1
        return { answer: '250 '.padEnd(900, 'x') }
      })
      expect(seen).toBe(1)
      expect((await room.facts(stream)).at(-1)?.data).toMatchObject({ answer: '250 '.padEnd(500, 'x') })
      expect(await stateOf(room)).toBe('done')
    }))

  test('given letters before the launch and after it, then they bear the same tag', () =>
    withStore(async ({ store }) => {
      const run = launchedRun()
      await keepLaunched(store, run, { launch: false })
      const before = tagOfStream({ keys: testKeys }, await readPlannedRun(store, 'r-1'), stream)
      const { agentsStartMs, agentsEndMs, stopLine } = run
      await store.commit({
        run: 'r-1',
        facts: [{ stream: 'run/r-1', type: 'RunLaunched', data: { by: 'Ben', agentsStartMs, agentsEndMs, stopLine } }],
      })
      const launched = await readPlannedRun(store, 'r-1')
      expect(launched.launchedMs).toBeDefined()
      expect(tagOfStream({ keys: testKeys }, launched, stream)).toBe(before)
    }))

  test('given a domain that just had enough, then it waits, no try is counted, and nothing stands in the log', () =>
    withMailroom(async (room) => {
      await attempt(room, fails(new Error('not now')), { paceMs: () => 1_500 })
      expect(await room.store.effect(ID)).toMatchObject({ state: 'deferred', due: room.hand.now + 1_500, attempts: 0 })
      expect(await typesOf(room)).toEqual([])
    }))

  test('given one that is no longer needed, then it is done without being sent', () =>
    withMailroom(async (room) => {
      await room.take({ references: [await room.write('DE-ONE')] })
      const letter = { mail: 'reminder', letter: 'reminder' } as const
      const effect = await dueLetter(room.store, { site: 'DE-ONE' }, letter)
      await sendMail(mailDeps(room.store, { send: fails(new Error('sent after all')) }), {
        ...effect,
        payload: { ...effect.payload, about: 'alert' },
      })
      expect((await room.store.effect(effect.id))?.state).toBe('done')
      expect((await room.facts(stream)).filter((fact) => 'letter' in fact.data && fact.data.letter === 'reminder')).toEqual([])
    }))

  test('given a ticket system, then its ticket is kept, goes along with the next letter, and finds what is written there', () =>
    withMailroom(async (room) => {
      const tickets: unknown[] = []
      const send: Carrier['send'] = async (_letter, { ticket }) => {
        tickets.push(ticket)
        return { answer: 'created', ticket: '77' }
      }
      const carrierOf = () => ({ name: 'rtir', host: '127.0.0.1', send })
      const deps = mailDeps(room.store, { carrierOf })
      await sendMail(deps, await dueLetter(room.store, { site: 'DE-ONE' }))
      await sendMail(deps, await dueLetter(room.store, { site: 'DE-ONE' }, { mail: 'question', letter: 'question-1' }))
      expect(tickets).toEqual([undefined, '77'])
      expect(await room.take({ to: [] }, { system: 'RTIR', id: '77' })).toEqual({ stream })
    }))
})

describe('what the other side answers', () => {
  test('given a 5xx, then it is refused for good; given a 4xx, then it is tried again later and goes out once', () =>
    withMailroom(async (room) => {
      await attempt(room, fails(new TransientError('451 later')))
      expect(await stateOf(room)).toBe('deferred')
      await attempt(room, async () => ({ answer: '250' }))
      expect(await typesOf(room)).toEqual(['MailSending', 'MailSending', 'MailAccepted'])
      await attempt(room, fails(new Error('sent twice')))
      expect(await stateOf(room)).toBe('done')
    }))

  test('given a 5xx, then it says why, cut to what a log can bear', () =>
    withMailroom(async (room) => {
      await attempt(room, fails(new PermanentError(`550 ${'x'.repeat(9_000)}`)))
      expect(await stateOf(room)).toBe('refused')
      const data = (await room.facts(stream)).at(-1)?.data as { reason: string; by: string }
      expect(data.by).toBe('other side')
      expect(data.reason).toHaveLength(500)
    }))

  test.each([new UnsureError('lost after the data'), new Error('a fault of ours')])(
    'given %s once it was handed over, then it is unsure, and no later try sends it',
    (error) =>
      withMailroom(async (room) => {
        await attempt(room, fails(error))
        expect(await stateOf(room)).toBe('unsure')
        await attempt(room, fails(new Error('sent twice')))
        expect(await typesOf(room)).toEqual(['MailSending', 'MailUnsure'])
      }),
  )

  test('given a 4xx again and again, then it is given up after some tries', () =>
    withMailroom(async (room) => {
      for (let i = 0; i < 42; i++) await attempt(room, fails(new TransientError('451 later')))
      expect(await stateOf(room)).toBe('refused')
      expect((await room.facts(stream)).at(-1)?.data).toMatchObject({ reason: 'gave up after 40 tries: 451 later' })
    }))
})

/** A store that is gone after so many writes, as the process with it. */
function cutOff(store: Store, writes: number): Store {
  let left = writes
  return {
    ...store,
    commit: async (change: Change) => {
      if (left-- <= 0) throw new Error('the process was killed')
      return store.commit(change)
    },
  }
}

describe('a process that dies while it sends', () => {
  const cases: [string, number, 'before' | 'after' | undefined, string][] = [
    ['before its intent is logged', 0, undefined, 'queued'],
    ['between the intent and the sending', 1, 'before', 'unsure'],
    ['between the sending and the result', 1, 'after', 'unsure'],
    ['after the result is logged', 2, 'after', 'done'],
  ]
  test.each(cases)(
    'given that it dies %s, then at most one copy leaves, and what may have gone is left to an officer',
    (_words, writes, dies, expected) =>
      withMailroom(async (room) => {
        let copies = 0
        const send: Carrier['send'] = async () => {
          if (dies === 'before') throw new Error('the process was killed')
          copies += 1
          return { answer: '250' }
        }
        const effect = await dueLetter(room.store, { site: 'DE-ONE' })
        const store = cutOff(room.store, writes)
        await sendMail(mailDeps(store, { send }), effect).catch(() => {})
        const next = mailDeps(room.store, {
          send: async () => {
            copies += 1
            return { answer: '250' }
          },
        })
        await recoverRun(next, 'r-1', () => false)
        expect(await stateOf(room)).toBe(expected)
        await sendMail(next, (await room.store.effect(ID))!)
        await recoverRun(next, 'r-1', () => false)
        expect(copies).toBe(dies === 'before' ? 0 : 1)
        expect(await stateOf(room)).toBe(expected === 'queued' ? 'done' : expected)
        if (expected === 'unsure') expect(await typesOf(room)).toEqual(['MailSending', 'MailUnsure'])
      }),
  )

  test('given a sender that still lives, then its letter is not touched', () =>
    withMailroom(async (room) => {
      const effect = await dueLetter(room.store, { site: 'DE-ONE' })
      await sendMail(mailDeps(cutOff(room.store, 1)), effect).catch(() => {})
      await recoverRun(mailDeps(room.store), 'r-1', () => true)
      expect(await stateOf(room)).toBe('doing')
      expect(gateDeps(room.store).owner).toBe((await room.store.effect(ID))?.owner)
    }))

  test('given a ticket system that can be asked, then what arrived is found, and what did not stays unsure', () =>
    withMailroom(async (room) => {
      const effect = await dueLetter(room.store, { site: 'DE-ONE' })
      const carrierWith = (find: NonNullable<Carrier['find']>) => () => ({
        name: 'rtir',
        host: '127.0.0.1',
        find,
        send: fails(new Error('sent twice')),
      })
      await sendMail(mailDeps(cutOff(room.store, 1)), effect).catch(() => {})
      await recoverRun(mailDeps(room.store, { carrierOf: carrierWith(async () => undefined) }), 'r-1', () => false)
      expect(await stateOf(room)).toBe('unsure')
      await recoverRun(mailDeps(room.store, { carrierOf: carrierWith(async () => ({ answer: 'found', ticket: '9' })) }), 'r-1', () => false)
      expect(await stateOf(room)).toBe('done')
      expect((await room.facts(stream)).at(-1)).toMatchObject({ type: 'MailAccepted', data: { ticket: '9', answer: 'found' } })
    }))
})
