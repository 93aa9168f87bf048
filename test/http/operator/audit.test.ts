import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIT } from '../../../core/domain/audit.ts'
import { API } from '../../../core/http/operator/mount.ts'
import type { Route } from '../../../core/http/operator/route.ts'
import { routes } from '../../../core/http/operator/routes.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'

const acts = routes.filter((route) => route.kind === 'acting').map((route) => ({ name: route.name, route }))

describe('what is asked for through the pages', () => {
  let rig: Rig
  let csirt: Person
  let stranger: Person
  let reader: Person
  let elsewhere: Person
  let run: string
  let site: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada', [{ role: 'csirt' }])
    await rig.person('Bea', [{ role: 'csirt' }])
    reader = await rig.person('Rob', [{ role: 'reader', of: 'public' }])
    elsewhere = await rig.person('Eve', [{ role: 'ngi', of: 'NGI_ELSEWHERE' }])
    stranger = await rig.person('Nobody', [])
    const events = sampleRun({ seed: 5, sites: 4 })
    run = await putRun(rig.instance, events)
    site = events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))[0]!.name
  })
  afterAll(() => rig.close())

  const pathOf = ({ path }: Pick<Route, 'path'>) => path.replace(':run', run).replace(':site', site).replace(/:\w+/g, 'no-such-thing')
  const facts = async () => {
    const all = await rig.instance.store.readStream(AUDIT)
    return all as unknown as { type: string; data: Record<string, unknown> }[]
  }
  const acted = async () => (await facts()).filter(({ type }) => type === 'Acted').map(({ data }) => data)
  /** What the log says more after it was asked. */
  async function noted(ask: () => Promise<Response>) {
    const before = (await acted()).length
    const { status } = await ask()
    return { status, more: (await acted()).slice(before) }
  }

  it.each(acts)('given $name, when it is asked for, then the log has it once, with who, what and how it ended', async ({ name, route }) => {
    const about = route.path.includes(':run') ? run : ''
    for (const path of [pathOf(route), `${API}${pathOf(route)}`]) {
      const { status, more } = await noted(() => csirt.post(path, { nonsense: true }))
      const outcome = status === 200 || status === 303 ? 'done' : 'refused'
      expect(more).toEqual([{ account: csirt.account.id, name: 'Ada', route: name, about, outcome }])
    }
  })

  it.each(acts)(
    'given $name, when somebody asks for it who may not, or another page in their name, then that is in the log as well',
    async (one) => {
      const { name, route } = one
      const about = route.path.includes(':run') ? run : ''
      const forged = () =>
        fetch(`${rig.origin}${pathOf(route)}`, {
          method: 'POST',
          headers: { cookie: csirt.cookie, 'content-type': 'application/x-www-form-urlencoded' },
          body: '_form=guessed',
        })
      expect(await noted(forged)).toEqual({
        status: 403,
        more: [{ account: csirt.account.id, name: 'Ada', route: name, about, outcome: 'refused' }],
      })
      const person = typeof route.need === 'string' ? reader : elsewhere
      if (route.need === 'oneself') return
      const { status, more } = await noted(() => person.post(`${API}${pathOf(route)}`, {}))
      expect([403, 404]).toContain(status)
      expect(more).toEqual([{ account: person.account.id, name: person.account.name, route: name, about, outcome: 'refused' }])
    },
  )

  it('given strangers and those who only read, when they ask, then they make no fact: they cannot fill the log', async () => {
    const { more } = await noted(async () => {
      await csirt.get(`/runs/${run}`)
      await fetch(`${rig.origin}/sign-in`)
      await fetch(`${rig.origin}/join/guessed-word`)
      return stranger.post(`/runs/${run}/stop`, {}, 'nobody')
    })
    expect(more).toEqual([])
  })

  it('given an act that failed on our side, then the log says that it did, as something of it may have been done', async () => {
    const { accounts } = rig.instance
    const { put } = accounts
    accounts.put = async () => {
      throw new Error('the disk is full')
    }
    try {
      const { status, more } = await noted(() => csirt.post('/settings/time-zone', { timeZone: 'Europe/Zurich' }))
      expect([status, more]).toEqual([500, [expect.objectContaining({ route: 'set-time-zone', outcome: 'failed' })]])
      expect(rig.logged.at(-1)).toContain('the disk is full')
    } finally {
      accounts.put = put
    }
  })

  it('given a token made and withdrawn, a way out, and a name for a run that is none, then each is told apart', async () => {
    const made = await csirt.post('/settings/tokens', { label: 'cron', days: 1 })
    const shown = /ssc-said=([\w-]+)/.exec(made.headers.get('set-cookie') ?? '')?.[1] ?? ''
    const secret = /: (\S{43})$/.exec(Buffer.from(shown, 'base64url').toString())![1]!
    const { accounts } = rig.instance
    const token = (await accounts.logins(csirt.account.id)).find(({ label }) => label === 'cron')!
    await csirt.post(`${API}/settings/withdrawals`, { id: token.hash })
    const leaving = await rig.person('Liv', [{ role: 'csirt' }])
    const headers = { cookie: leaving.cookie, 'content-type': 'application/x-www-form-urlencoded' }
    await fetch(`${rig.origin}/sign-out`, { method: 'POST', headers, body: `_form=${leaving.form}`, redirect: 'manual' })
    const changes = (await facts()).filter(({ type }) => type === 'AccountChanged').map(({ data }) => `${data.name} ${data.what}`)
    expect(changes.slice(-4)).toEqual(['Ada token made', 'Ada token withdrawn', 'Liv joined', 'Liv signed out'])
    expect(JSON.stringify(await facts())).not.toContain(secret)
    const words = encodeURIComponent('<b>words</b> of somebody')
    const { more } = await noted(() => csirt.post(`/runs/${words}/stop`, {}))
    expect(more).toEqual([expect.objectContaining({ route: 'stop', about: '', outcome: 'refused' })])
  })
})
