import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildReport } from '../../../core/domain/build-report.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { knowSite } from './known-site.ts'
import { openRig, type Person, type Rig } from './rig.ts'

type History = { history: { run: string; overall: string; consent: string; contacts: { address: string }[] }[] }

describe('a site, and runs side by side', () => {
  let rig: Rig
  let csirt: Person
  const runs: string[] = []
  const years = [31, 32].map((seed) => sampleRun({ seed, sites: 8 }))
  const [site] = buildReport(years[0]!, { audience: 'csirt', tlp: 'TLP:AMBER' }).sites

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    for (const events of years) runs.push(await putRun(rig.instance, events))
    await knowSite(rig, { name: site!.site, ngi: site!.ngi, officialName: 'Institute of <Physics> & friends' })
  })
  afterAll(() => rig.close())

  it('given runs in which it took part, when its page is read, then its lights are those of each run’s report', async () => {
    const { history } = (await (await csirt.get(`/api/v1/sites/${site!.site}`)).json()) as History
    const reported = years.map((events, i) => {
      const { sites } = buildReport(events, { audience: 'csirt', tlp: 'TLP:AMBER' })
      return [runs[i], sites.find((one) => one.site === site!.site)!.overall]
    })
    expect(Object.fromEntries(history.map(({ run, overall }) => [run, overall]))).toEqual(Object.fromEntries(reported))
    expect(history.map(({ consent }) => consent)).toEqual(runs.map(() => 'given'))
    expect(history[0]!.contacts.length).toBeGreaterThan(0)
    const html = await (await csirt.get(`/sites/${site!.site}`)).text()
    expect(html).toContain('Institute of &lt;Physics&gt; &amp; friends')
    for (const run of runs) expect(html).toContain(`/runs/${run}/sites/${site!.site}`)
  })

  it('given an officer of another NGI, when they ask for it, then they learn no more than of one that there is not', async () => {
    const far = await rig.person('Officer Far', [{ role: 'ngi', of: 'NGI_ELSEWHERE' }])
    const [there, nowhere] = [await far.get(`/api/v1/sites/${site!.site}`), await far.get('/api/v1/sites/NO-SUCH-SITE')]
    expect([there.status, nowhere.status]).toEqual([404, 404])
    expect((await there.text()).replace(site!.site, 'X')).toBe((await nowhere.text()).replace('NO-SUCH-SITE', 'X'))
    const near = await rig.person('Officer Near', [{ role: 'ngi', of: site!.ngi }])
    expect((await near.get(`/api/v1/sites/${site!.site}`)).status).toBe(200)
    expect((await near.get('/figures')).status).toBe(403)
  })

  it('given a site that went to another NGI, when its new officer looks, then runs of its time with the old one are not told', async () => {
    await knowSite(rig, { name: site!.site, ngi: 'NGI_NEW' })
    const fresh = await rig.person('Officer New', [{ role: 'ngi', of: 'NGI_NEW' }])
    expect((await (await fresh.get(`/api/v1/sites/${site!.site}`)).json()) as History).toMatchObject({ history: [] })
    const { history } = (await (await csirt.get(`/api/v1/sites/${site!.site}`)).json()) as History
    expect(history).toHaveLength(runs.length)
  })

  it('given two runs, when they are compared, then both stand side by side; with one alone it is said what to do', async () => {
    const both = await csirt.get(`/figures/comparison?run=${runs[0]}&run=${runs[1]}&format=json`)
    expect(both.status).toBe(200)
    const text = await both.text()
    for (const run of runs) expect(text).toContain(run)
    const page = await csirt.get(`/figures/comparison?run=${runs[0]}&run=${runs[1]}`)
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining('sandbox')])
    const one = await csirt.get(`/figures/comparison?run=${runs[0]}`)
    expect([one.status, await one.text()]).toEqual([422, expect.stringContaining('choose at least two runs')])
    expect((await csirt.get(`/figures/comparison?run=${runs[0]}&run=no-such-run`)).status).toBe(422)
    expect((await csirt.get('/figures/over-time?by=month&format=csv')).headers.get('content-disposition')).toContain('metrics.csv')
  })
})
