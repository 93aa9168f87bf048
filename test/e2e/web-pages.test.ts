import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPlannedRun } from '../../core/app/view.ts'
import type { SiteScore } from '../../core/domain/report.ts'
import type { Reading } from '../../core/http/operator/route.ts'
import { routes } from '../../core/http/operator/routes.ts'
import { type Instance, openInstance } from '../../core/instance.ts'
import { type OpenOffice, openOffice } from '../../core/office.ts'
import { newPerson } from '../http/operator/rig.ts'
import { freePorts, project } from '../services/process.ts'
import { axeViolations } from './axe.ts'
import { faultsOf, noBrowser, openBrowser, shoot } from './browser.ts'
import { makePlace, type Place } from './place.ts'

/** The page of a stop is there when one was said: web-stop.test.ts. */
const pages = routes.filter((route): route is Reading => route.kind === 'reading' && route.name !== 'stop-watch')

/** As an officer at a desk has it, and one on the way at night. */
const views = {
  desk: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', isMobile: true, hasTouch: true },
} as const
type View = keyof typeof views

const cases = pages.flatMap((route) => (['desk', 'phone'] as const).map((view) => ({ route, view, name: route.name })))

describe.skipIf(noBrowser !== undefined)(`all pages${noBrowser === undefined ? '' : ` (${noBrowser})`}`, () => {
  let place: Place
  let instance: Instance
  let office: OpenOffice
  let browser: Browser
  const contexts = new Map<View, BrowserContext>()
  let filled: Record<string, string>

  beforeAll(async () => {
    place = await makePlace()
    const gocdb = (name: string) => join(project, 'core/rehearsal/gocdb', name)
    const files = ['--services', gocdb('get_service_endpoint.xml'), '--downtimes', gocdb('get_downtime.xml')]
    expect((await place.run(['sites', 'import', gocdb('get_site.xml'), ...files])).code).toBe(0)
    const sample = readFileSync(join(project, 'scenarios/ssc5-regional/run.sample.yaml'), 'utf8')
    const file = join(place.home, 'run.yaml')
    writeFileSync(file, sample.replace('# parties:', 'parties:').replace('#   - { role: vo', '  - { role: vo'))
    const rehearsed = await place.run(['rehearse', file, '--json'])
    expect(rehearsed.code, rehearsed.err).toBe(0)
    const { run, sites } = JSON.parse(rehearsed.out) as { run: string; sites: SiteScore[] }
    const [port = 0] = await freePorts(1)
    const opened = await openInstance(place.config())
    const { plan } = await readPlannedRun(opened.store, run)
    filled = { run, site: sites[0]!.site, party: plan.parties[0]!.id, scenario: 'ssc5-regional', kind: 'alert' }
    instance = { ...opened, config: { ...opened.config, operator: { host: '127.0.0.1', port, trustedProxies: [] } } }
    office = await openOffice(instance, () => {})
    browser = await openBrowser()
    const { cookie } = await newPerson(instance, office.where, { name: 'Ada Officer', grants: [{ role: 'csirt' }] })
    const [name = '', value = ''] = cookie.split('=')
    for (const view of ['desk', 'phone'] as const) {
      const context = await browser.newContext({ ...views[view], reducedMotion: 'reduce' })
      await context.addCookies([{ name, value, url: office.where }])
      contexts.set(view, context)
    }
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await office?.close()
    await instance?.close()
    await place?.remove()
  })

  it.each(cases)('given $name on a $view, when it is opened, then anybody can use it', async ({ route, view }) => {
    const page = await contexts.get(view)!.newPage()
    const faults = faultsOf(page)
    const foreign: string[] = []
    page.on('request', (request) => {
      if (!request.url().startsWith(office.where)) foreign.push(request.url())
    })
    const answer = await page.goto(`${office.where}${pathOf(route)}`)
    expect(answer?.status()).toBe(200)
    await shoot(page, `${view}-${route.name}`)
    expect(await axeViolations(page)).toEqual([])
    expect(await widthOver(page)).toBeLessThanOrEqual(0)
    expect([...faults, ...foreign]).toEqual([])
    await page.close()
  })

  it('given a browser that runs no script, when an officer chooses, reads and notes something, then all of it works', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    await context.addCookies(await contexts.get('desk')!.cookies())
    const page = await context.newPage()
    await page.goto(`${office.where}/runs/${filled.run}`)
    // It looks again by itself.
    expect(await page.locator('meta[http-equiv=refresh]').count()).toBe(1)
    await page.getByLabel('Name has').fill(filled.site!)
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText('1 sites shown').waitFor()
    await page.getByRole('link', { name: filled.site! }).click()
    await page.getByLabel('What happened').fill('Read without a script.')
    await page.getByRole('button', { name: 'Put it into the log' }).click()
    expect(await page.getByRole('status').first().textContent()).toContain('Your note is in the log')
    expect(await page.locator('#story').textContent()).toContain('Read without a script.')
    await context.close()
  })

  function pathOf({ path }: Reading): string {
    return path.replace(/:(\w+)/g, (_all, name: string) => {
      const value = filled[name]
      if (value === undefined) throw new Error(`say here what :${name} of ${path} can be`)
      return encodeURIComponent(value)
    })
  }
})

/** By how many pixels the page is wider than its window: what is wide scrolls in a frame of its own. */
function widthOver(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}
