import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SAMPLE } from '../../core/cli/identities.ts'
import { type Calls, openCalls } from './calls.ts'

let calls: Calls
beforeAll(async () => {
  calls = await openCalls()
})
afterAll(() => calls.close())

const register = (text: string) => writeFileSync(join(calls.home, 'identities.yaml'), text)

describe('ssc identities', () => {
  test('given no register, then it tells how to make one, and the sample is one', async () => {
    const called = await calls.call('identities')
    expect(called).toMatchObject({ status: 0, err: '' })
    expect(called.out).toContain(join(calls.home, 'identities.yaml'))
    expect(called.out).toContain(SAMPLE)
    expect(await calls.call('identities', '--json')).toMatchObject({ status: 0, out: '[]\n' })
    register(SAMPLE)
    const rows = (await calls.call('identities')).out.split('\n')
    expect(rows[0]).toMatch(/^KIND +SUBJECT +VO +HOLDER +CREDENTIALS +RENEWABLE SOURCE +PROBLEMS$/)
    expect(rows[1]).toMatch(
      /^attacker +\/DC=example.*cms, registered +Alice Example +proxy with an unknown end +certificate with an unknown end +2$/,
    )
    expect(rows[2]).toMatch(/MyProxy credential until 2027-06-30 12:00:00 UTC +2$/)
  })

  test('given problems, then they are listed in words, also as data, and nothing draws on the terminal', async () => {
    const token = join(calls.home, 'token')
    writeFileSync(token, 'e30.eyJleHAiOjF9.x', { mode: 0o600 })
    register(`- { kind: pilot, subject: "robot\\e[31m", holder: x, tokenFile: ${token}, on: { ui: { tokenFile: /t } } }\n`)
    const { status, out } = await calls.call('identities')
    expect(status).toBe(0)
    expect(out).toMatch(
      /pilot +robot\?\[31m +none +x +token until 1970-01-01 00:00:01 UTC; on ui +none +1\n\n1 problem:\n {2}- .*lapsed at/,
    )
    expect(out).not.toContain('\u001b')
    expect(JSON.parse((await calls.call('identities', '--json')).out)).toMatchObject(
      [{ kind: 'pilot', credentials: [{ kind: 'token', ends: '1970-01-01T00:00:01.000Z' }], sourceEnds: null, problems: [/./] }].map(
        (one) => ({ ...one, problems: [expect.stringMatching(/lapsed/)] }),
      ),
    )
  })

  test('given a broken register, then every mistake is named and the status is 2', async () => {
    register('- kind: spy\n  subject: ""\n')
    const called = await calls.call('identities')
    expect(called.status).toBe(2)
    expect(called.err).toMatch(/line 2, 0.subject[\s\S]*line 1, 0.kind[\s\S]*holder/)
  })
})
