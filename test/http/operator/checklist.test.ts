import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routes } from '../../../core/http/operator/routes.ts'
import { pageFor } from '../../../core/http/operator/views/step-page.ts'
import { openRig, type Person, type Rig } from './rig.ts'
import { runUnderWay } from './run-under-way.ts'

const root = join(import.meta.dirname, '../../..', 'scenarios')
const commands = readdirSync(root, { withFileTypes: true })
  .filter((one) => one.isDirectory())
  .flatMap(({ name }) =>
    [...readFileSync(join(root, name, 'scenario.yaml'), 'utf8').matchAll(/^ +command: (ssc .*)$/gm)].map(([, command]) => command!),
  )

describe('the page for a command of a checklist', () => {
  it.each([
    ['ssc mail send RUN --kind invitation --to all-sites --text-file words.txt', '/runs/r/letters/write?to=all-sites&kind=invitation'],
    ['ssc mail send RUN --kind window --to site:SITE --text WORDS', '/runs/r/letters/write?kind=window'],
    ['ssc consent RUN --site SITE --by WHO', '/runs/r/plan'],
    ['ssc status RUN', '/runs/r'],
    ['ssc doctor', '/state'],
    ['ssc archive export RUN', undefined],
    ['ssc planning', undefined],
  ])('given %s, when it is looked for, then it is %s', (command, page) => {
    expect(pageFor(command, 'r')).toBe(page)
  })

  it('given the commands of all scenarios, when their pages are looked for, then most have one, and each is a route of ours', () => {
    const found = [...new Set(commands)].flatMap((command) => pageFor(command, ':run')?.replace('%3A', ':').split('?')[0] ?? [])
    const pages = new Set(routes.filter(({ kind }) => kind === 'reading').map(({ path }) => path))
    expect(found.filter((path) => !pages.has(path))).toEqual([])
    expect(found.length).toBeGreaterThan(new Set(commands).size / 2)
  })
})

type Answer = { phases: { steps: { id: string; tick?: { by: string; at: number; note: string } }[] }[] }

describe('the checklist of a run', () => {
  let rig: Rig
  let csirt: Person
  let run: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    run = await runUnderWay(rig.instance, 1)
  })
  afterAll(() => rig.close())

  const steps = async () =>
    ((await (await csirt.get(`/api/v1/runs/${run}/checklist`)).json()) as Answer).phases.flatMap((phase) => phase.steps)

  it('given two officers who tick one step at once, when it is shown, then one did it, and the log tells it; it can be taken back', async () => {
    const second = await rig.person('Ben Officer', [{ role: 'csirt' }])
    const [{ id } = { id: '' }] = await steps()
    const tick = (who: Person) => who.post(`/runs/${run}/checklist`, { step: id, done: 'yes', note: '<b>by phone</b>' })
    const answers = await Promise.all([tick(csirt), tick(second)])
    expect(answers.map(({ status }) => status)).toEqual([303, 303])
    const ticked = (await steps()).filter(({ tick }) => tick !== undefined)
    expect(ticked).toMatchObject([{ id, tick: { by: expect.stringMatching(/^(Ada|Ben) Officer$/), note: '<b>by phone</b>' } }])
    const page = await (await csirt.get(`/runs/${run}/checklist`)).text()
    expect(page).toContain('&lt;b&gt;by phone&lt;/b&gt;')
    expect(page).toContain(`1 of ${(await steps()).length} steps are done`)
    expect(await (await csirt.get(`/runs/${run}/log?find=checklist`)).text()).toContain(`ticked ${id} of the checklist`)
    await second.post(`/runs/${run}/checklist`, { step: id, done: 'no' })
    expect((await steps()).some(({ tick }) => tick !== undefined)).toBe(false)
  })

  it('given a step that there is not, or an endless note, when it is sent, then it is refused in words', async () => {
    const unknown = await csirt.post(`/api/v1/runs/${run}/checklist`, { step: 'no-such', done: 'yes' })
    expect([unknown.status, await unknown.text()]).toEqual([422, expect.stringContaining('no-such')])
    const endless = await csirt.post(`/api/v1/runs/${run}/checklist`, { step: 'no-such', done: 'yes', note: 'x'.repeat(501) })
    expect([endless.status, await endless.text()]).toEqual([422, expect.stringContaining('at most 500')])
  })
})
