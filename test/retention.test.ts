import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { disableAccount, INVITED_MS } from '../core/app/admit-person.ts'
import { readConfig } from '../core/config.ts'
import { runStream } from '../core/domain/event.ts'
import { IDLE_MS, newSecret } from '../core/http/operator/session.ts'
import { type Instance, openInstance } from '../core/instance.ts'
import { DAY_MS, retentionTurn } from '../core/retention.ts'
import { verifyRun } from '../core/verify.ts'
import { sampleRun } from './domain/sample-run.ts'
import { putRun } from './io/put-run.ts'
import { freshDatabase, freshHome } from './services/homes.ts'

describe('what `serve` erases by itself', () => {
  let instance: Instance
  let close: () => Promise<void>
  let now = 0
  const logged: string[] = []
  const clock = { now: () => now, wall: () => now }
  const turn = () => retentionTurn(instance, (message, data) => void logged.push(`${message} ${JSON.stringify(data)}`))

  beforeAll(async () => {
    const { home, remove } = freshHome()
    const database = await freshDatabase()
    instance = await openInstance(readConfig({ SSC_HOME: home, DATABASE_URL: database?.url }, home), clock)
    close = async () => {
      await instance.close()
      await database?.drop()
      remove()
    }
  })
  afterAll(() => close?.())

  it('given a run that ended, when its time is over, then a turn a day erases its content, once, as a fact; the log stays whole', async () => {
    const events = sampleRun({ seed: 3, sites: 2 })
    const endedMs = events.find(({ type }) => type === 'RunEnded')!.at
    const run = await putRun(instance, events)
    now = endedMs - DAY_MS
    const bytes = new TextEncoder().encode('The account was jdoe')
    await instance.store.commit({ run, contents: [{ hash: 'c'.repeat(64), run, stream: runStream(run), bytes }] })
    const purged = async () => (await instance.store.readRun(run)).filter(({ type }) => type === 'ContentPurged').map(({ data }) => data)

    now = endedMs + 200 * DAY_MS
    await turn()
    expect(logged).toEqual(['personal content is erased from tomorrow on when its time is over {"retentionDays":180}'])
    expect(await instance.store.content('c'.repeat(64))).toBeDefined()

    now += DAY_MS - 1
    await turn()
    expect(await purged()).toEqual([])
    now += 1
    await turn()
    expect(await instance.store.content('c'.repeat(64))).toBeUndefined()
    expect(await purged()).toEqual([{ by: 'retentionDays', erased: 1, olderThanMs: now - 180 * DAY_MS }])
    expect(logged.slice(1)).toEqual([`personal content was erased, as its time is over {"run":"${run}","pieces":1}`])
    expect((await verifyRun(instance, run)).faults).toEqual([])

    now += 3 * DAY_MS
    await turn()
    expect(await purged()).toHaveLength(1)
  })

  it('given ways in that are over, and a closed account, when a day went by, then they are gone; those that hold stay', async () => {
    const { accounts } = instance
    now += 10 * DAY_MS
    const people = await Promise.all(['Ada', 'Bea', 'Zoe'].map((name) => officer(name)))
    const [ada, , zoe] = people as [string, string, string]
    const login = (account: string, kind: 'session' | 'token' | 'invitation', at: { usedMs: number; untilMs: number }) => {
      const { hash } = newSecret()
      return accounts.putLogin({ hash, account, kind, label: kind, madeMs: now, ...at }).then(() => hash)
    }
    const later = now + 30 * DAY_MS
    const stay = [
      await login(ada, 'session', { usedMs: now, untilMs: later }),
      // A token may rest between two uses.
      await login(ada, 'token', { usedMs: now - 20 * DAY_MS, untilMs: later }),
      await login(ada, 'invitation', { usedMs: now, untilMs: now + INVITED_MS }),
    ]
    await login(ada, 'session', { usedMs: now - IDLE_MS - 1, untilMs: later })
    await login(ada, 'session', { usedMs: now, untilMs: now })
    await login(ada, 'token', { usedMs: now, untilMs: now - 1 })
    await login(ada, 'invitation', { usedMs: now - INVITED_MS, untilMs: now - 1 })
    for (const account of [ada, zoe])
      await accounts.putPasskey({ id: `key of ${account}`, account, publicKey: 'x', counter: 0, transports: [], label: 'x', madeMs: now })
    await disableAccount(instance, { account: (await accounts.byId(zoe))!, by: 'Ada' })
    await turn()
    expect((await accounts.logins(ada)).map(({ hash }) => hash).sort()).toEqual(stay.sort())
    expect([await accounts.passkeys(zoe), (await accounts.passkeys(ada)).length]).toEqual([[], 1])
    expect(logged.at(-1)).toBe('sessions, tokens, invitations and passkeys that are over were taken away {"count":5}')
  })

  async function officer(name: string): Promise<string> {
    const id = randomUUID()
    await instance.accounts.put({ id, name, grants: [{ role: 'csirt' }], createdMs: now, joinedMs: now })
    return id
  }
})
