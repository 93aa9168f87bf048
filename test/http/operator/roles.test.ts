import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Grant } from '../../../core/domain/account.ts'
import { API } from '../../../core/http/operator/mount.ts'
import type { Route } from '../../../core/http/operator/route.ts'
import { routes } from '../../../core/http/operator/routes.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { type By, openRig, type Person, type Rig } from './rig.ts'

const roles = [
  'csirt',
  'officer of all its NGIs',
  'officer of one of its NGIs',
  'officer of another NGI',
  'site',
  'reader',
  'nobody',
] as const
type Role = (typeof roles)[number]
type Answer = 'in' | 401 | 403 | 404

/** What the routes promise, said a second time and by other means than they do it. */
function expected({ need, ...route }: Route, role: Role, by: By, isThere: boolean): Answer {
  if (role === 'nobody') return 401
  const isOfficer = role === 'csirt' || role.startsWith('officer')
  if (need === 'instance' && role !== 'csirt') return 403
  if (need !== 'oneself' && !isOfficer) return 403
  if (route.kind === 'acting' && route.inPerson && by === 'token') return 403
  if (typeof need === 'string') return 'in'
  if (!isThere || role === 'officer of another NGI') return 404
  return need.run === 'act' && role === 'officer of one of its NGIs' ? 403 : 'in'
}

describe('who may what', () => {
  let rig: Rig
  let run: string
  let site: string
  const people = new Map<Role, Person>()

  beforeAll(async () => {
    rig = await openRig()
    const events = sampleRun({ seed: 3, sites: 6 })
    run = await putRun(rig.instance, events)
    const sites = events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))
    const ngis = [...new Set(sites.map(({ ngi }) => ngi))]
    expect(ngis.length).toBeGreaterThan(1)
    site = sites[0]!.name
    const grants: Record<Role, Grant[]> = {
      csirt: [{ role: 'csirt' }],
      'officer of all its NGIs': ngis.map((of) => ({ role: 'ngi', of })),
      'officer of one of its NGIs': [{ role: 'ngi', of: sites[0]!.ngi }],
      'officer of another NGI': [{ role: 'ngi', of: 'NGI_ELSEWHERE' }],
      site: [{ role: 'site', of: site }],
      reader: [{ role: 'reader', of: 'public' }],
      nobody: [],
    }
    for (const role of roles) people.set(role, await rig.person(`A ${role}`, grants[role]))
  })
  afterAll(() => rig.close())

  const cases = routes.flatMap((route) =>
    roles.flatMap((role) => (['session', 'token'] as const).map((by) => ({ route, role, by, name: route.name }))),
  )

  it.each(cases)('given $role with a $by, when they come to $name, then they may what is theirs alone', async ({ route, role, by }) => {
    for (const isThere of [true, false]) {
      // What takes a person is there as a page alone.
      const isPage = route.kind === 'acting' && route.inPerson === true && by === 'session'
      const path = `${isPage ? '' : API}${pathOf(route, isThere)}`
      const person = people.get(role)!
      const as = role === 'nobody' ? 'nobody' : by
      const answer = await (route.kind === 'acting' ? person.post(path, { nonsense: true }, as) : person.get(path, as))
      const { status } = answer
      const words = await answer.text()
      const wanted = expected(route, role, by, isThere)
      // What may be asked is taken, or refused for what was sent.
      if (wanted === 'in') expect([200, 303, 404, 409, 422], `${path} ${words}`).toContain(status)
      else expect(status, `${path} ${words}`).toBe(wanted)
      expect(words).not.toContain('This failed')
    }
  })

  it.each(routes.filter((route) => route.kind === 'acting' && route.inPerson))(
    'given $name, when the CSIRT itself asks the API for it, then it is not done: it takes a person at the page',
    async (route) => {
      const answer = await people.get('csirt')!.post(`${API}${pathOf(route, true)}`, {})
      expect([answer.status, await answer.text()]).toEqual([403, expect.stringContaining('a person at the page')])
    },
  )

  function pathOf({ path }: Route, isThere: boolean): string {
    const filled = path
      .replace(':run', isThere ? run : 'no-such-run')
      .replace(':site', site)
      .replace(/:\w+/g, 'no-such-thing')
    return filled === '/' ? '/runs' : filled
  }

  it('given a session, when something is changed without what its form brings, or from another site, then nothing is done', async () => {
    const person = people.get('csirt')!
    const send = (headers: Record<string, string>) =>
      fetch(`${rig.origin}${API}/settings/time-zone`, {
        method: 'POST',
        headers: { cookie: person.cookie, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ timeZone: 'Europe/Zurich' }),
      })
    expect((await send({})).status).toBe(403)
    expect((await send({ 'x-ssc-form': people.get('reader')!.form })).status).toBe(403)
    expect((await send({ 'x-ssc-form': person.form, origin: 'https://evil.example' })).status).toBe(403)
    expect((await rig.instance.accounts.byId(person.account.id))?.timeZone).toBeUndefined()
    expect((await send({ 'x-ssc-form': person.form, origin: rig.origin })).status).toBe(200)
    expect((await rig.instance.accounts.byId(person.account.id))?.timeZone).toBe('Europe/Zurich')
  })
})
