import { z } from 'zod'
import { noteChange } from '../../../app/admit-person.ts'
import { grantWords, isCsirt } from '../../../domain/account.ts'
import { InputError } from '../../../domain/errors.ts'
import { isTimeZone } from '../../../domain/zone.ts'
import { hookRows } from '../../../webhooks.ts'
import { assetUrl } from '../assets.ts'
import { type Asked, acting, reading } from '../route.ts'
import { newSecret } from '../session.ts'

const DAY_MS = 86_400_000
const MOST_TOKENS = 20

const Way = z.object({ id: z.string(), label: z.string(), madeMs: z.number(), usedMs: z.number(), untilMs: z.number() })

const Tried = z.object({ name: z.string(), at: z.number(), triedMs: z.number(), answer: z.string(), isTaken: z.boolean() })
const Hook = z.object({
  name: z.string(),
  host: z.string(),
  last: Tried.nullable(),
  failures: z.number().int(),
  nextMs: z.number().nullable(),
  givenUp: z.number().int(),
})

/** One's own account: in which zone times are shown, and the ways in. */
export const settingsPage = reading({
  name: 'settings',
  path: '/settings',
  summary: 'Your account: the zone of times, sessions, passkeys and tokens',
  need: 'oneself',
  query: z.object({}),
  answer: z.object({
    name: z.string(),
    grants: z.array(z.string()),
    timeZone: z.string(),
    sessions: z.array(Way),
    tokens: z.array(Way),
    passkeys: z.array(z.object({ id: z.string(), label: z.string(), madeMs: z.number() })),
    /** For the CSIRT. */
    webhooks: z.array(Hook),
  }),
  read: async ({ office: { instance }, viewer: { account } }) => {
    const logins = await instance.accounts.logins(account.id)
    // The hash names it, and is no use to get in.
    const of = (kind: string) =>
      logins
        .filter((one) => one.kind === kind)
        .map(({ hash, label, madeMs, usedMs, untilMs }) => ({ id: hash, label, madeMs, usedMs, untilMs }))
    const passkeys = (await instance.accounts.passkeys(account.id)).map(({ id, label, madeMs }) => ({ id, label, madeMs }))
    return {
      ...{ name: account.name, grants: account.grants.map(grantWords), timeZone: account.timeZone ?? 'UTC' },
      ...{ sessions: of('session'), tokens: of('token'), passkeys },
      webhooks: isCsirt(account) ? await hooksFor(instance) : [],
    }
  },
  page: (data, { viewer }) => ({
    title: 'Settings',
    template: 'settings',
    view: {
      ...data,
      isCsirt: isCsirt(viewer.account),
      zones: Intl.supportedValuesOf('timeZone'),
      scripts: [assetUrl('webauthn.js'), assetUrl('passkey.js')],
    },
  }),
})

async function hooksFor(instance: Parameters<typeof hookRows>[0]): Promise<z.infer<typeof Hook>[]> {
  return (await hookRows(instance)).map(({ name, host, state }) => ({
    ...{ name, host, last: state?.last ?? null, failures: state?.failures ?? 0 },
    ...{ nextMs: state?.nextMs ?? null, givenUp: state?.givenUp ?? 0 },
  }))
}

const back = (data: object, said: string) => ({ data, said, to: '/settings' })

export const zoneAct = acting({
  name: 'set-time-zone',
  path: '/settings/time-zone',
  summary: 'In which zone times are shown to you',
  need: 'oneself',
  on: settingsPage,
  body: z.object({ timeZone: z.string().max(60) }),
  answer: z.object({}),
  act: async ({ office: { instance }, viewer: { account }, body: { timeZone } }) => {
    if (!isTimeZone(timeZone))
      throw new InputError('nothing was changed:', [`timeZone: '${timeZone}' is no zone, for example Europe/Zurich`])
    await instance.accounts.put({ ...account, timeZone })
    return back({}, `Times are shown in ${timeZone}.`)
  },
})

/** Shown once: only its hash is kept. */
export const tokenAct = acting({
  name: 'make-token',
  path: '/settings/tokens',
  summary: 'Makes a token, with which a script can do what you can, but for what takes a person',
  need: 'oneself',
  inPerson: true,
  on: settingsPage,
  body: z.object({ label: z.string().trim().min(1, 'say what it is for').max(100), days: z.coerce.number().int().min(1).max(366) }),
  answer: z.object({ token: z.string() }),
  act: async ({ office: { instance }, viewer: { account }, body: { label, days } }) => {
    const now = instance.clock.wall()
    const tokens = (await instance.accounts.logins(account.id)).filter(({ kind }) => kind === 'token')
    if (tokens.length >= MOST_TOKENS) throw new InputError('no token was made:', [`you have ${tokens.length} already: withdraw some first`])
    const { secret, hash } = newSecret()
    await instance.accounts.putLogin({
      hash,
      account: account.id,
      kind: 'token',
      label,
      madeMs: now,
      usedMs: now,
      untilMs: now + days * DAY_MS,
    })
    await noteChange(instance.store, { account: account.id, name: account.name, what: 'token made', by: account.name })
    return back({ token: secret }, `Your token, which is shown this once: ${secret}`)
  },
})

export const withdrawAct = acting({
  name: 'withdraw-login',
  path: '/settings/withdrawals',
  summary: 'Ends a session of yours, or a token',
  need: 'oneself',
  on: settingsPage,
  body: z.object({ id: z.string().max(100) }),
  answer: z.object({}),
  act: async ({ office: { instance }, viewer: { account }, body: { id } }) => {
    const found = (await instance.accounts.logins(account.id)).find(({ hash }) => hash === id)
    if (found === undefined) throw new InputError('there is no such session or token of yours. It may have ended by itself.', [])
    await instance.accounts.takeLogin(id)
    const what = found.kind === 'token' ? 'token withdrawn' : 'signed out'
    await noteChange(instance.store, { account: account.id, name: account.name, what, by: account.name })
    return back({}, `It lets nobody in any more: ${found.label}.`)
  },
})

/** The last way in stays. */
export const dropPasskeyAct = acting({
  name: 'drop-passkey',
  path: '/settings/passkeys/withdrawals',
  summary: 'Takes away a passkey of yours',
  need: 'oneself',
  inPerson: true,
  on: settingsPage,
  body: z.object({ id: z.string().max(1500) }),
  answer: z.object({}),
  act: async ({ office: { instance }, viewer: { account }, body: { id } }: Asked<unknown, { id: string }>) => {
    const all = await instance.accounts.passkeys(account.id)
    if (!all.some((one) => one.id === id)) throw new InputError('there is no such passkey of yours.', [])
    if (all.length === 1 && account.subject === undefined) throw new InputError('it is your only way in: add another passkey first.', [])
    await instance.accounts.dropPasskey(id, account.id)
    await noteChange(instance.store, { account: account.id, name: account.name, what: 'passkey taken away', by: account.name })
    return back({}, 'The passkey lets nobody in any more.')
  },
})
