import { expect, test } from 'vitest'
import { codesName, createCodeCheck } from '../../core/app/genuine.ts'
import { sha256 } from '../../core/io/keys.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { handClock, keepLaunched } from './gating.ts'

const code = '0123456789ab'

test('given a page that was asked before the launch, when a mail has just gone out, then its code is known within seconds', () =>
  withStore(async ({ store }) => {
    const hand = { now: 1_000_000 }
    const check = createCodeCheck({ store, sha256, clock: handClock(hand) })
    await keepLaunched(store, launchedRun(), { launch: false })
    expect(await check(code)).toBeUndefined()
    await store.putDocument(codesName('r-1'), { [sha256(code)]: { site: 'DE-ONE', mail: 'alert' } })
    const sending = { effect: 'e', mail: 'alert' as const, messageId: '<m@x.example>', to: 'a@b.example' }
    hand.now += 5_000
    expect(await check(code)).toBeUndefined()
    await store.commit({ run: 'r-1', facts: [{ stream: 'challenge/r-1/DE-ONE', type: 'MailSending', data: sending }] })
    expect(await check(code)).toMatchObject({ run: 'r-1', site: 'DE-ONE', mail: 'alert' })
    expect(await check('ffffffffffff')).toBeUndefined()
  }))
