import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { invitedBy } from '../../core/app/admit-person.ts'
import { AUDIT } from '../../core/domain/audit.ts'
import { hashOf } from '../../core/http/operator/session.ts'
import { type Calls, openCalls } from './calls.ts'

let calls: Calls
beforeEach(async () => {
  calls = await openCalls()
  const { accounts } = await calls.instance()
  await accounts.put({ id: 'a-1', name: 'Ada Officer', grants: [{ role: 'csirt' }], createdMs: 1, joinedMs: 2 })
  await accounts.put({ id: 'a-2', name: 'Zoe Gone', grants: [{ role: 'csirt' }], createdMs: 1, joinedMs: 2, disabledMs: 3 })
})
afterEach(() => calls?.close())

describe('ssc invite', () => {
  it('given an account, when its person cannot come in any more, then there is a link for them, the last one alone, and the log says who made it', async () => {
    const instance = await calls.instance()
    const link = async () => /http:\/\/localhost:8470\/join\/(\S{43})\n$/.exec((await calls.call('invite', 'ada officer')).out)![1]!
    const [first, second] = [await link(), await link()]
    expect(await invitedBy(instance, hashOf(first))).toBeUndefined()
    expect((await invitedBy(instance, hashOf(second)))?.name).toBe('Ada Officer')
    const facts = await instance.store.readStream(AUDIT)
    expect(facts.at(-1)?.data).toMatchObject({ name: 'Ada Officer', what: 'invited', by: 'tester, on the machine' })
    expect(JSON.stringify(facts)).not.toContain(second)
  })

  it('given no such account, or one that was closed, then it says so, and there is no link', async () => {
    const { accounts } = await calls.instance()
    expect(await calls.call('invite', 'Eve')).toMatchObject({
      status: 2,
      err: expect.stringContaining('There are: Ada Officer, Zoe Gone.'),
    })
    expect(await calls.call('invite', 'Zoe Gone')).toMatchObject({ status: 1, err: expect.stringContaining('was closed') })
    expect([...(await accounts.logins('a-1')), ...(await accounts.logins('a-2'))]).toEqual([])
  })
})
