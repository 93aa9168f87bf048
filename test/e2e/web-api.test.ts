import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleRun } from '../domain/sample-run.ts'
import { openRig, type Person, type Rig } from '../http/operator/rig.ts'
import { putRun } from '../io/put-run.ts'
import { axeViolations } from './axe.ts'
import { faultsOf, noBrowser, openBrowser, shoot } from './browser.ts'

const views: Record<string, BrowserContextOptions> = {
  desk: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'dark', isMobile: true, hasTouch: true },
}

describe.skipIf(noBrowser !== undefined)(`the page of the API${noBrowser === undefined ? '' : ` (${noBrowser})`}`, () => {
  let browser: Browser
  let rig: Rig
  let csirt: Person
  let run: string
  let site: string

  beforeAll(async () => {
    browser = await openBrowser()
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    const events = sampleRun({ seed: 3, sites: 5 })
    run = await putRun(rig.instance, events)
    site = events.flatMap((event) => (event.type === 'RunPlanned' ? event.data.plan.sites : []))[0]!.name
  })
  afterAll(async () => {
    await browser?.close()
    await rig?.close()
  })

  async function openPage(options: BrowserContextOptions & { person?: Person; at?: string }): Promise<Page> {
    const { person, at = '', ...rest } = options
    const context = await browser.newContext({ ...rest, reducedMotion: 'reduce' })
    const [name = '', value = ''] = person?.cookie.split('=') ?? []
    if (person !== undefined) await context.addCookies([{ name, value, url: rig.origin }])
    const page = await context.newPage()
    await page.goto(`${rig.origin}/api${at}`)
    return page
  }

  const partOf = (page: Page, id: string) => page.locator(`details:has(#${id})`)

  it.each(Object.keys(views))('given nobody with a %s, when it is opened and read, then it can be used by all', async (view) => {
    const page = await openPage({ ...views[view], at: '#note' })
    const faults = faultsOf(page)
    expect(await partOf(page, 'note').getByText('curl').isVisible()).toBe(true)
    await shoot(page, `api-${view}`)
    expect(await axeViolations(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0)
    expect(faults).toEqual([])
    await page.context().close()
  })

  it('given no script, when it is opened, then all is told, and no form is there that would do nothing', async () => {
    const page = await openPage({ javaScriptEnabled: false })
    await partOf(page, 'note').locator('summary').click()
    expect(await partOf(page, 'note').getByText('curl').isVisible()).toBe(true)
    expect(await page.locator('form.try:visible, #trying:visible').count()).toBe(0)
    await page.context().close()
  })

  it('given an officer who is signed in, when the form of an operation is sent, then it is done as them, and the answer is shown', async () => {
    const page = await openPage({ person: csirt })
    const part = partOf(page, 'note')
    await part.locator('summary').click()
    await part.getByLabel('run').fill(run)
    await part.getByLabel('site').fill(site)
    await part.getByLabel('What is sent').fill('{ "text": "they phoned, from the page of the API" }')
    await part.getByLabel('This is done').check()
    await part.getByRole('button', { name: 'Try it' }).click()
    await part.getByText('200 OK').waitFor()
    const facts = await rig.instance.store.readRun(run)
    expect(JSON.stringify(facts)).toContain('they phoned, from the page of the API')
    await shoot(page, 'api-tried')
    await page.context().close()
  })

  it('given a token that was typed in, when an operation is tried, then the token decides and no session; a fault is shown as it is', async () => {
    const reader = await rig.person('A Reader', [{ role: 'reader', of: 'public' }])
    const page = await openPage({ person: csirt })
    await page.getByLabel('Token', { exact: true }).fill(reader.token)
    const part = partOf(page, 'sites')
    await part.locator('summary').click()
    await part.getByRole('button', { name: 'Try it' }).click()
    await part.getByText('403 Forbidden').waitFor()
    expect(await part.locator('.came').textContent()).toContain('This is not for your role')
    await page.getByLabel('Token', { exact: true }).fill('')
    await part.getByRole('button', { name: 'Try it' }).click()
    await part.getByText('200 OK').waitFor()
    expect(JSON.parse((await part.locator('.came').textContent())!)).toEqual({ sites: [] })
    await page.context().close()
  })
})
