import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PlannedSite } from '../../../core/domain/plan.ts'
import { API } from '../../../core/http/operator/mount.ts'
import { routes } from '../../../core/http/operator/routes.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { knowSite } from './known-site.ts'
import { openRig, type Person, type Rig } from './rig.ts'

/** Of the same run, and of another NGI: the address of the run lets them in, so the site must not. */
describe("a site of another officer's", () => {
  let rig: Rig
  let csirt: Person
  let officer: Person
  let run: string
  let own: PlannedSite
  let foreign: PlannedSite

  beforeAll(async () => {
    rig = await openRig()
    const events = sampleRun({ seed: 3, sites: 6 })
    run = await putRun(rig.instance, events)
    const sites = events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))
    own = sites[0]!
    foreign = sites.find(({ ngi }) => ngi !== own.ngi)!
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    officer = await rig.person('Ben North', [{ role: 'ngi', of: own.ngi }])
    await knowSite(rig, ...[own, foreign].map(({ name, ngi }) => ({ name, ngi })))
  })
  afterAll(() => rig.close())

  const ofSites = routes.filter(({ path }) => path.includes(':site'))
  const pathOf = (path: string, site: PlannedSite) => `${API}${path}`.replace(':run', run).replace(':site', site.name).replace(/:\w+/g, 'x')
  const ask = (person: Person, route: (typeof routes)[number], site: PlannedSite) =>
    route.kind === 'acting' ? person.post(pathOf(route.path, site), {}, 'token') : person.get(pathOf(route.path, site), 'token')

  it.each(ofSites)('given $name, when an officer of another NGI asks, then it is not told that there is such a site', async (route) => {
    const answer = await ask(officer, route, foreign)
    const words = await answer.text()
    expect([403, 404], words).toContain(answer.status)
    for (const told of [foreign.ngi, foreign.country, foreign.timeZone]) expect(words.replaceAll(foreign.name, '')).not.toContain(told)
    // So that this test can fail: those whose site it is are let in.
    if (route.kind !== 'reading') return
    expect((await ask(csirt, route, foreign)).status).toBe(200)
    expect((await ask(officer, route, own)).status).toBe(200)
  })
})
