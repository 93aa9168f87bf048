import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Identity } from '../../core/domain/identity.ts'
import { isSameName } from '../../core/io/certificate-file.ts'
import { readIdentities, stateOf, statesOf } from '../../core/io/identities.ts'
import { claimsOf } from '../../core/io/token-file.ts'
import { type GridCa, HAS_OPENSSL, openGridCa, USER } from './grid-ca.ts'

const DAY = 86_400_000
/** In an hour: what openssl makes meanwhile has begun by then. */
const NOW = Date.now() + 3_600_000
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ssc-identities-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(name: string, text: string, mode = 0o600): string {
  writeFileSync(join(folder, name), text)
  chmodSync(join(folder, name), mode)
  return join(folder, name)
}

const of = (more: Record<string, unknown>) => stateOf(Identity.parse({ subject: USER, kind: 'attacker', holder: 'x', ...more }), NOW)
const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`

describe('the register', () => {
  test('given no file, then it is empty', () => {
    expect(readIdentities(join(folder, 'nowhere'))).toEqual([])
  })

  test('given mistakes, then each is named with its line', () => {
    const entry = (more: string) => `- kind: attacker\n  subject: /CN=A\n  holder: x\n${more}`
    write('identities.yaml', `${entry('  proxyFile: relative.pem\n')}${entry('  vo: { name: cms, state: dropped }\n')}- kind: spy\n`)
    const read = () => readIdentities(folder)
    expect(read).toThrow(/line 4, 0.proxyFile: give the whole path/)
    expect(read).toThrow(/line 8, 1.vo.state/)
    expect(read).toThrow(/line 9, 2.kind/)
    write('identities.yaml', entry('') + entry(''))
    expect(read).toThrow(/line 5, 1.subject: this subject stands in the register already/)
    write('identities.yaml', entry(''))
    expect(read()).toMatchObject([{ subject: '/CN=A', on: {} }])
  })
})

describe('a token', () => {
  test('given any end and owner, then they are read; given an opaque one, then nothing is known', async () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4e9 }), fc.string({ maxLength: 50 }), (exp, sub) => {
        expect(claimsOf(jwt({ exp, sub, iss: 'x' }))).toEqual({ endsMs: exp * 1000, subject: sub })
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => Object.keys(claimsOf(text)).length === 0))
    expect(claimsOf(jwt({ exp: 'soon', sub: 7 }))).toEqual({})
    expect(claimsOf(jwt([1]))).toEqual({})
    const state = await of({ tokenFile: write('opaque', 'abcdef') })
    expect(state).toMatchObject({ credentials: [{ kind: 'token' }], problems: [] })
    expect(state.credentials[0]).not.toHaveProperty('endsMs')
  })

  test('given what is wrong with it, then it is told in words', async () => {
    const lapsed = await of({ tokenFile: write('old', jwt({ exp: Math.floor(NOW / 1000) - 60 })) })
    expect(lapsed.problems).toEqual([expect.stringMatching(/^token .*old lapsed at 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d UTC: renew it$/)])
    const open = await of({ tokenFile: write('open', jwt({ exp: 4e9 }), 0o604) })
    expect(open.problems).toEqual([expect.stringMatching(/everybody on this machine/)])
    expect(open.credentials[0]).toMatchObject({ endsMs: 4e12, problem: expect.stringMatching(/everybody/) })
    expect((await of({ tokenFile: join(folder, 'none') })).problems).toEqual([`token ${join(folder, 'none')} is missing`])
    expect((await of({ tokenFile: folder })).problems).toEqual([`token ${folder} is not a file`])
    const other = await of({ subject: 'robot-1', tokenFile: write('other', jwt({ sub: 'robot-2' })) })
    expect(other.problems).toEqual([expect.stringMatching(/belongs to 'robot-2', not to 'robot-1'/)])
  })

  test('given a refresh token, then its own claim or the register tells its end, the earlier one counting', async () => {
    const file = write('refresh', jwt({ exp: 4e9 }))
    expect((await of({ renewable: { kind: 'refresh-token', file } })).renewable).toEqual({ words: 'refresh token', endsMs: 4e12 })
    const ends = '2030-01-01T00:00:00Z'
    expect((await of({ renewable: { kind: 'refresh-token', file, ends } })).renewable).toMatchObject({ endsMs: Date.parse(ends) })
    expect((await of({ renewable: { kind: 'myproxy' } })).renewable).toEqual({ words: 'MyProxy credential' })
    const over = await of({ renewable: { kind: 'myproxy', ends: '2020-01-01T00:00:00+01:00' } })
    expect(over.problems).toEqual(['MyProxy credential lapsed at 2019-12-31 23:00:00 UTC: renew it'])
  })
})

describe.skipIf(!HAS_OPENSSL)(`a proxy${HAS_OPENSSL ? '' : ' (skipped: there is no openssl to make one with)'}`, () => {
  let ca: GridCa
  beforeAll(() => {
    ca = openGridCa()
  })
  afterAll(() => ca.remove())

  const endIn = (state: Awaited<ReturnType<typeof stateOf>>) => Math.round((state.credentials[0]!.endsMs! - NOW) / DAY)

  test('given a proxy of a proxy, then the earliest end counts and its owner is the person', async () => {
    const first = ca.proxyOf(ca.user, { days: 2 })
    const second = ca.proxyOf(first, { days: 4, isLimited: true })
    const state = await of({ proxyFile: ca.fileOf('two.pem', [second, first, ca.user]) })
    expect(state.problems).toEqual([])
    expect(endIn(state)).toBe(2)
    const early = await stateOf(
      Identity.parse({ subject: USER, kind: 'attacker', holder: 'x', proxyFile: ca.file('two.pem') }),
      NOW - 2 * DAY,
    )
    expect(early.problems).toEqual([expect.stringMatching(/begins only at/)])
    const alone = await of({ proxyFile: ca.fileOf('alone.pem', [first]) })
    expect(alone.problems).toEqual([])
  })

  test('given a proxy of the oldest kind, then its owner is the person too', async () => {
    const old = ca.issue('old-style', { subject: `${USER}/CN=proxy`, by: ca.user })
    expect((await of({ proxyFile: ca.fileOf('old.pem', [old, ca.user]) })).problems).toEqual([])
  })

  test("given somebody else's, a lapsed or a keyless one, then all of it is told, and no key", async () => {
    const stranger = ca.issue('stranger', { subject: '/DC=example/CN=Mallory, Jr./CN=Robot: x', days: -1 })
    const { problems } = await of({ proxyFile: ca.fileOf('stranger.pem', [stranger], 0o644) })
    expect(problems).toEqual([
      expect.stringMatching(/everybody on this machine/),
      expect.stringMatching(/lapsed at .* UTC/),
      expect.stringMatching(/belongs to '\/DC=example\/CN=Mallory, Jr.\/CN=Robot: x', not to '\/DC=example\/DC=grid\/CN=Alice Physicist'/),
    ])
    const keyless = await of({ proxyFile: write('keyless.pem', readFileSync(ca.user.cert, 'utf8')) })
    expect(keyless.problems).toEqual([expect.stringMatching(/holds no private key/)])
    expect((await of({ proxyFile: write('junk.pem', 'junk') })).problems).toEqual([expect.stringMatching(/holds no certificate/)])
    const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
    expect((await of({ proxyFile: write('broken.pem', broken) })).problems).toEqual([expect.stringMatching(/holds a broken certificate/)])
    const both = await of({ tokenFile: write('t', 'abc'), ssh: { user: 'me', keyFile: write('k', 'junk') } })
    expect(both.problems).toEqual([expect.stringMatching(/^ssh key .* holds no private key/)])
  })

  test('given a certificate as source, then its end is known, and that all may read it is no fault', async () => {
    chmodSync(ca.user.cert, 0o644)
    const state = await of({ renewable: { kind: 'certificate', file: ca.user.cert } })
    expect(state.problems).toEqual([])
    expect(Math.round((state.renewable!.endsMs! - NOW) / DAY)).toBe(5)
    expect((await of({ renewable: { kind: 'certificate', file: '/nowhere' } })).problems).toEqual(['certificate /nowhere is missing'])
  })

  test('given a register, then each entry has its state', async () => {
    const register = [USER, '/CN=B'].map((subject) => Identity.parse({ subject, kind: 'control', holder: 'x' }))
    expect([...(await statesOf(register, NOW)).keys()]).toEqual([USER, '/CN=B'])
  })
})

describe('distinguished names', () => {
  test.each([
    ['/DC=a/CN=b', '/dc=a/cn=b', true],
    ['/CN=b/emailAddress=x@y.example', '/CN=b/E=x@y.example', true],
    ['/CN=b/Email=x@y.example', '/CN=b/emailAddress=x@y.example', true],
    ['/CN=b/USERID=1', '/CN=b/UID=1', true],
    ['/CN=host/a.example', '/CN=host/a.example', true],
    ['/CN=b', '/CN=B', false],
    ['/DC=a/CN=b', '/CN=b/DC=a', false],
  ])('given %s and %s, then they are the same: %s', (one, other, same) => {
    expect(isSameName(one, other)).toBe(same)
  })
})
