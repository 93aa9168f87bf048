import { expect, test } from 'vitest'
import { createCodeCheck } from '../../core/app/genuine.ts'
import { refOf } from '../../core/domain/refs.ts'
import { sha256 } from '../../core/io/keys.ts'
import { launchedRun } from '../domain/launched-run.ts'
import { withStore } from '../services/store.ts'
import { keepLaunched } from './gating.ts'

const code = '0123456789ab'
const stream = 'challenge/r-1/DE-ONE'
const alert = { mail: 'alert', letter: 'alert', role: 'site' } as const

test('given a page that was asked before the launch, when a mail has just gone out, then its code is known at once, and no other', () =>
  withStore(async ({ store }) => {
    const check = createCodeCheck({ store, sha256 })
    await keepLaunched(store, launchedRun(), { launch: false })
    expect(await check(code)).toBeUndefined()
    const ref = { ref: refOf.code(sha256(code)), stream, ...alert }
    await store.commit({ run: 'r-1', refs: [ref] })
    // A code whose letter never began to leave is nobody's.
    expect(await check(code)).toBeUndefined()
    const sending = { effect: 'e', ...alert, messageId: '<m@x.example>', to: 'a@b.example', carrier: 'mail', contentHash: 'h' }
    await store.commit({ run: 'r-1', facts: [{ stream, type: 'MailSending', data: sending }] })
    expect(await check(code)).toMatchObject({ run: 'r-1', site: 'DE-ONE', mail: 'alert' })
    expect(await check('ffffffffffff')).toBeUndefined()
    expect(await check(code.slice(0, 11))).toBeUndefined()
  }))
