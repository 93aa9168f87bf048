import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Instance } from '../../core/instance.ts'
import { type OpenOffice, openOffice } from '../../core/office.ts'
import { openFresh } from '../app/instance.ts'
import { sampleRun } from '../domain/sample-run.ts'
import { putRun } from '../io/put-run.ts'
import { freePorts } from '../services/process.ts'
import { faultsOf, noBrowser, openBrowser, shoot, withPasskeys } from './browser.ts'

describe.skipIf(noBrowser !== undefined)(`the way in${noBrowser === undefined ? '' : ` (${noBrowser})`}`, () => {
  let browser: Browser
  let instance: Instance
  let office: OpenOffice
  let close: () => Promise<void>

  beforeAll(async () => {
    browser = await openBrowser()
    const fresh = await openFresh()
    const [port = 0] = await freePorts(1)
    instance = { ...fresh.instance, config: { ...fresh.instance.config, operator: { host: '127.0.0.1', port, trustedProxies: [] } } }
    close = fresh.close
    office = await openOffice(instance, () => {})
    await putRun(instance, sampleRun({ seed: 3, sites: 6 }))
  })
  afterAll(async () => {
    await office?.close()
    await browser?.close()
    await close?.()
  })

  it('given the first-run link, when it is opened, then a passkey makes the first account; with it one comes in again, and invites another', async () => {
    const context = await browser.newContext()
    const page = await withPasskeys(context)
    const faults = faultsOf(page)
    await page.goto(office.firstRun!)
    await shoot(page, 'first-run')
    await page.getByLabel('Your name').fill('Ada Officer')
    await page.getByRole('button', { name: 'Make a passkey' }).click()
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor()
    expect(await page.locator('.who').textContent()).toContain('Ada Officer')
    await shoot(page, 'runs')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor()

    await page.getByRole('link', { name: 'Accounts', exact: true }).click()
    await page.getByLabel(/^Name;/).fill('Ben North')
    await page.getByLabel('Roles').first().fill('ngi:NGI_DE')
    await page.getByRole('button', { name: 'Make an invitation' }).click()
    const said = (await page.getByRole('status').textContent()) ?? ''
    await shoot(page, 'accounts')
    const link = /https?:\S+/.exec(said)![0]
    const other = await withPasskeys(await browser.newContext())
    await other.goto(link)
    expect(await other.locator('main').textContent()).toContain('Ben North')
    await other.getByRole('button', { name: 'Make a passkey' }).click()
    await other.getByRole('heading', { name: 'Runs', level: 1 }).waitFor()
    const again = await (await browser.newContext()).newPage()
    expect((await again.goto(link))?.status()).toBe(404)
    expect((await again.goto(office.firstRun!))?.status()).toBe(404)
    expect(faults).toEqual([])
  })
})
