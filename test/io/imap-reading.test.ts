import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createReading, type ImapPosition } from '../../core/io/mail/imap-reading.ts'
import type { ImapSession } from '../../core/io/mail/imap-session.ts'

type Box = { uidValidity: string; uids: number[] }

/** A mailbox whose server breaks off, or refuses one mail, at the fetches for which these say so. */
function sessionOf(box: Box, { breaks, refuses }: { breaks(): boolean; refuses(): boolean }): ImapSession {
  let open = true
  return {
    uidValidity: box.uidValidity,
    hasIdle: false,
    list: async (above) => box.uids.filter((uid) => uid > above),
    fetch: async (uid) => {
      open &&= !breaks()
      if (!open || refuses()) throw new Error('broken off, or refused')
      return box.uids.includes(uid) ? { uid, raw: Buffer.from(`${box.uidValidity}/${uid}`) } : undefined
    },
    idle: () => {},
    isOpen: () => open,
    close: () => {},
  }
}

type Step = 'mail' | 'gap' | 'anew' | 'restart' | 'read' | 'delete'
const steps = fc.array(fc.constantFrom<Step>('mail', 'mail', 'mail', 'gap', 'anew', 'restart', 'read', 'read', 'delete'), { maxLength: 60 })
/** Which of the calls fail, one after the other; then none. */
const faults = fc.array(fc.boolean(), { maxLength: 40 })

function world(faulty: Record<'fetch' | 'refuse' | 'accept' | 'write', boolean[]>) {
  const failing = { fetch: [...faulty.fetch], refuse: [...faulty.refuse], accept: [...faulty.accept], write: [...faulty.write] }
  const box: Box = { uidValidity: '1', uids: [] }
  const fails = (at: keyof typeof failing) => failing[at].shift() === true
  const accepted = new Set<string>()
  const passedOver: number[] = []
  let position: ImapPosition | undefined
  const unread = () => box.uids.filter((uid) => !accepted.has(`${box.uidValidity}/${uid}`))
  const open = () =>
    createReading({
      accept: async (raw) => {
        if (fails('accept')) throw new Error('not now')
        accepted.add(Buffer.from(raw).toString())
      },
      position: {
        read: async () => position,
        write: async (next) => {
          if (fails('write')) throw new Error('not now')
          passedOver.push(...unread().filter((uid) => next.uidValidity === box.uidValidity && uid <= next.lastUid))
          position = next
        },
      },
      log: () => {},
    })
  let read = open()
  let last = 0
  const take: Record<Step, () => unknown> = {
    mail: () => box.uids.push(++last),
    gap: () => (last += 3),
    anew: () => Object.assign(box, { uidValidity: `${Number(box.uidValidity) + 1}`, uids: box.uids.map((_, at) => at + 1) }),
    delete: () => box.uids.shift(),
    restart: () => (read = open()),
    read: () => read(sessionOf(box, { breaks: () => fails('fetch'), refuses: () => fails('refuse') })).catch(() => false),
  }
  return { take, unread, passedOver, newest: () => box.uids.at(-1), position: () => position }
}

test('given any faults of the server and of the store, then no mail is passed over, and all are read in the end', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.record({ fetch: faults, refuse: faults, accept: faults, write: faults }), async (history, failing) => {
      const { take, unread, passedOver, newest, position } = world(failing)
      for (const step of history) await take[step]()
      let rounds = 0
      while ((await take.read()) !== true && rounds < 200) rounds += 1
      expect([passedOver, unread()]).toEqual([[], []])
      if (newest() !== undefined) expect(position()?.lastUid).toBeGreaterThanOrEqual(newest()!)
    }),
    { numRuns: 300 },
  )
})
