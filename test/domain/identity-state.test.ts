import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Identity } from '../../core/domain/identity.ts'
import { doubtsOf, type IdentityState, lapseOf, type Register, refusalsOf, sourcesOf } from '../../core/domain/identity-state.ts'
import { Run } from '../../core/domain/run.ts'

const FROM = Date.parse('2027-01-11T08:00:00Z')
const TO = Date.parse('2027-01-15T18:00:00Z')
const DAY = 86_400_000

const run = Run.parse({
  scenario: 'ssc6-cms',
  vo: { name: 'cms', from: 'scopes' },
  sites: 3,
  window: { from: new Date(FROM).toISOString(), to: new Date(TO).toISOString() },
  submitters: ['arc'],
  identities: { attacker: '/CN=Attacker', control: '/CN=Control', pilot: '/CN=Pilot' },
  consent: { basis: 'policy', by: 'x' },
  limits: { sites: 3, mails: 10 },
  seed: 1,
})
const subjects = ['/CN=Attacker', '/CN=Control', '/CN=Pilot']

type Sample = { state?: Partial<IdentityState>; identity?: Partial<Identity> }

/** A register in which all is well, but for what is said of the attacker. */
function register(attacker: Sample = {}, more: Partial<Register> = {}): Register {
  const identities = subjects.map((subject): Identity => ({ subject, kind: 'attacker', holder: 'x', on: {} }))
  const states = new Map<string, IdentityState>(subjects.map((subject) => [subject, { subject, credentials: [], problems: [] }]))
  identities[0] = { ...identities[0]!, ...attacker.identity }
  states.set('/CN=Attacker', { ...states.get('/CN=Attacker')!, ...attacker.state })
  return { identities, states, needsCredentials: true, ...more }
}

const ends = fc.integer({ min: FROM - 30 * DAY, max: TO + 30 * DAY })

describe('a run is planned', () => {
  test('given any end of the renewable source, then it is refused exactly when that is before the end of the window', () => {
    fc.assert(
      fc.property(ends, fc.option(ends, { nil: undefined }), (endsMs, proxyEndsMs) => {
        const proxy = { kind: 'proxy' as const, file: '/p', ...(proxyEndsMs !== undefined && { endsMs: proxyEndsMs }) }
        const sample = register({ state: { renewable: { words: 'certificate', endsMs }, credentials: [proxy] } })
        expect(refusalsOf(run, sample)).toHaveLength(endsMs < TO ? 1 : 0)
      }),
    )
  })

  test('given no renewable source, then each proxy and token is one itself', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('proxy' as const, 'token' as const, 'ssh key' as const), ends)), (list) => {
        const credentials = list.map(([kind, endsMs]) => ({ kind, file: '/f', endsMs }))
        const early = list.filter(([kind, endsMs]) => kind !== 'ssh key' && endsMs < TO)
        expect(refusalsOf(run, register({ state: { credentials } }))).toHaveLength(early.length)
      }),
    )
  })

  test('given a source that ends too early, then the words tell who, what, when and what to do', () => {
    const [words] = refusalsOf(run, register({ state: { renewable: { words: 'MyProxy credential', endsMs: FROM } } }))
    expect(words).toBe(
      "identities.attacker: the MyProxy credential of '/CN=Attacker' ends 2027-01-11 08:00:00 UTC, before the window does, " +
        '2027-01-15 18:00:00 UTC: renew it, or let the window end before it',
    )
  })

  test('given a source whose end nothing tells, then it is no refusal but a doubt', () => {
    const sample = register({ state: { renewable: { words: 'MyProxy credential' } } })
    expect(refusalsOf(run, sample)).toEqual([])
    expect(doubtsOf(run, sample)).toEqual([expect.stringContaining("nothing tells when the MyProxy credential of '/CN=Attacker' ends")])
  })

  test.each([
    ['asked', 'cms', 1],
    ['suspended', 'cms', 1],
    ['registered', 'cms', 0],
    ['suspended', 'atlas', 0],
  ] as const)('given an attacker whose membership is %s in %s, then there are %i refusals', (state, name, count) => {
    expect(refusalsOf(run, register({ identity: { vo: { name, state } } }))).toHaveLength(count)
  })

  test('given a suspended pilot, then that is no refusal: only attacker and control must be members', () => {
    const sample = register()
    sample.identities[2] = { ...sample.identities[2]!, vo: { name: 'cms', state: 'suspended' } }
    expect(refusalsOf(run, sample)).toEqual([])
    sample.identities[1] = { ...sample.identities[1]!, vo: { name: 'cms', state: 'suspended' } }
    expect(refusalsOf(run, sample)).toEqual([expect.stringMatching(/^identities.control: '\/CN=Control' is suspended in cms/)])
  })

  test('given identities that are not in the register, then each is refused where credentials are needed', () => {
    const empty: Register = { identities: [], states: new Map(), needsCredentials: true }
    expect(refusalsOf(run, empty)).toHaveLength(3)
    expect(refusalsOf(run, empty)[2]).toMatch(/identities.pilot: '\/CN=Pilot' is not in the register/)
    expect(refusalsOf(run, { ...empty, needsCredentials: false })).toEqual([])
    expect(doubtsOf(run, empty)).toEqual([])
  })
})

describe('a credential', () => {
  const state = (credentials: IdentityState['credentials']): IdentityState => ({ subject: '/CN=A', credentials, problems: [] })

  test('given any ends, then it has lapsed from the first of them on', () => {
    fc.assert(
      fc.property(fc.array(ends), ends, (list, atMs) => {
        const credentials = list.map((endsMs) => ({ kind: 'proxy' as const, file: '/p', endsMs }))
        expect(lapseOf(state(credentials), atMs) !== undefined).toBe(list.some((endsMs) => endsMs <= atMs))
      }),
    )
  })

  test('given one with a problem, then that is told; given one without an end, then it never lapses', () => {
    expect(lapseOf(state([{ kind: 'token', file: '/t', problem: '/t is missing' }]), 0)).toBe(
      'the token of /CN=A cannot be used: /t is missing',
    )
    expect(lapseOf(state([{ kind: 'token', file: '/t' }]), Number.MAX_SAFE_INTEGER)).toBeUndefined()
    expect(lapseOf(state([{ kind: 'ssh key', file: '/k', problem: '/k is missing' }]), 0)).toBeUndefined()
    expect(sourcesOf(state([{ kind: 'ssh key', file: '/k' }]))).toEqual([])
  })
})
