import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultsOf, noBrowser, openBrowser, shoot, withPasskeys } from './browser.ts'
import { until } from './corresponding.ts'
import { NGI, openRegion, type Region } from './regional.ts'

/** What is not there within this time does not come: a page never makes anybody wait. */
const PATIENCE_MS = 10_000

async function newContext(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext()
  context.setDefaultTimeout(PATIENCE_MS)
  return context
}

/** Somebody new, in a browser of their own, who comes by an invitation. */
async function invited(browser: Browser, csirt: Page, { name, roles }: { name: string; roles: string }): Promise<Page> {
  await csirt.getByRole('link', { name: 'Accounts', exact: true }).click()
  await csirt.getByLabel(/^Name;/).fill(name)
  await csirt.getByLabel('Roles').first().fill(roles)
  await csirt.getByRole('button', { name: 'Make an invitation' }).click()
  const said = (await csirt.getByRole('status').textContent()) ?? ''
  const page = await withPasskeys(await newContext(browser))
  await page.goto(/https?:\S+/.exec(said)![0])
  await page.getByRole('button', { name: 'Make a passkey' }).click()
  await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor()
  return page
}

const said = (page: Page) => page.getByRole('status').first().textContent()

describe.skipIf(noBrowser !== undefined)(`a regional run by clicking${noBrowser === undefined ? '' : ` (${noBrowser})`}`, () => {
  let region: Region
  let browser: Browser
  let [csirt, nora, nils]: Page[] = []
  let runPath = ''
  const faults: string[] = []

  beforeAll(async () => {
    region = await openRegion({ sites: 3, endAfter: '20s' })
    browser = await openBrowser()
    csirt = await withPasskeys(await newContext(browser))
    await csirt.goto(region.firstRun)
    await csirt.getByLabel('Your name').fill('Ada Csirt')
    await csirt.getByRole('button', { name: 'Make a passkey' }).click()
    await csirt.getByRole('heading', { name: 'Runs', level: 1 }).waitFor()
    nora = await invited(browser, csirt, { name: 'Nora North', roles: `ngi:${NGI}` })
    nils = await invited(browser, csirt, { name: 'Nils North', roles: `ngi:${NGI}` })
    faults.push(...faultsOf(nora), ...faultsOf(nils))
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await region?.close()
  })

  it('given GOCDB’s answers, when an officer of an NGI imports them, then its sites are known', async () => {
    await nora!.getByRole('link', { name: 'Sites', exact: true }).click()
    await shoot(nora!, 'regional-1-import')
    await nora!.getByLabel('get_site.xml').setInputFiles(region.files.sites)
    await nora!.getByLabel('get_service_endpoint.xml').setInputFiles(region.files.services)
    await nora!.getByLabel('get_downtime.xml').setInputFiles(region.files.downtimes)
    await nora!.getByRole('button', { name: 'Import' }).click()
    expect(await said(nora!)).toMatch(/Known now: \d+ sites/)
    expect(await nora!.getByRole('region', { name: 'Sites' }).textContent()).toContain('ES-HOLWIL-T1')
    await shoot(nora!, 'regional-2-sites')
  })

  it('given a run.yaml with mistakes, when it is planned, then each is named and nothing typed is lost; without them there is a plan', async () => {
    await nora!.getByRole('link', { name: 'Scenarios', exact: true }).click()
    await shoot(nora!, 'regional-3-scenarios')
    await nora!.locator('a[href="/scenarios/regional"]').click()
    const text = nora!.getByLabel('run.yaml')
    await text.fill(region.runYaml().replace('sites: 3', 'sites: three').replace('[\n', '[').replace('local', 'locale'))
    await nora!.getByRole('button', { name: 'Plan it' }).click()
    const wrong = (await nora!.locator('.wrong').textContent()) ?? ''
    expect(wrong).toContain('sites')
    expect(wrong).toContain("there is no submitter 'locale'")
    expect(await text.inputValue()).toContain('sites: three')
    await shoot(nora!, 'regional-4-mistakes')
    await text.fill(region.runYaml())
    await nora!.getByRole('button', { name: 'Plan it' }).click()
    await nora!.getByRole('heading', { level: 1, name: /^Plan/ }).waitFor()
    expect(await said(nora!)).toContain('Planned: 3 sites. Nothing was sent.')
    await shoot(nora!, 'regional-5-plan')
    runPath = new URL(nora!.url()).pathname.replace(/\/plan$/, '')
  })

  it('given the plan, when a second officer approves and launches it, then jobs and alerts go out, and the board of the first shows it live', async () => {
    await nora!.goto(`${region.origin}${runPath}`)
    await nora!.getByText('Live.').waitFor()
    await nils!.getByRole('link', { name: 'Runs', exact: true }).click()
    await nils!.locator(`a[href="${runPath}"]`).click()
    await nils!.getByRole('link', { name: 'Plan and approval' }).click()
    await nils!.getByText('Write down what a site or an NGI said').click()
    await nils!.getByLabel('Its name').fill(NGI)
    await nils!.getByLabel('Who of them said so').fill('the head of the NGI')
    await nils!.getByRole('button', { name: 'Write it down' }).click()
    expect(await said(nils!)).toContain('3 sites')
    await nils!.getByRole('button', { name: 'Approve this plan' }).click()
    expect(await said(nils!)).toContain('You approved this plan')
    await nils!.getByRole('button', { name: 'Launch it' }).click()
    expect(await said(nils!)).toContain('It is launched')
    // The first officer touches nothing.
    await nora!.locator('tbody tr', { hasText: 'accepted' }).nth(2).waitFor({ timeout: 60_000 })
    await nora!.locator('tbody tr', { hasText: 'alive' }).nth(2).waitFor({ timeout: 60_000 })
    await nora!.getByText('Pause', { exact: true }).first().waitFor()
    await shoot(nora!, 'regional-6-board')
  }, 150_000)

  it('given an answer of a site and a call of another, when officers look and note, then lights follow', async () => {
    const alerts = await until(
      async () => region.sink.taken.filter(({ messageId }) => messageId.includes('alert')),
      (mails) => mails.length === 3,
      'three alerts',
    )
    await region.reply(alerts[0]!, 'We stopped the job on wn042 and banned /DC=example/CN=Mallory at 10:00 UTC.\nJane, security team')
    const row = nora!.locator('tbody tr', { hasText: 'human' })
    await row.waitFor({ timeout: 30_000 })
    await row.getByRole('link').click()
    expect(await nora!.locator('#letters').textContent()).toContain('We stopped the job on wn042')
    await shoot(nora!, 'regional-7-challenge')
    await nora!.goto(`${region.origin}${runPath}`)
    const silent = nora!.locator('tbody tr', { hasText: 'alive' }).filter({ hasText: 'none' }).first()
    await silent.getByRole('link').click()
    await nora!.getByLabel('What happened').fill('They phoned: the user is banned.')
    await nora!.getByLabel('It counts as').selectOption('heads-up')
    await nora!.getByRole('button', { name: 'Put it into the log' }).click()
    expect(await said(nora!)).toContain('Your note is in the log')
    await nora!.getByText('Decide otherwise').last().click()
    const verdict = nora!.locator('form[action$="/verdicts"]').last()
    await verdict.getByLabel('Light').selectOption('amber')
    await verdict.getByLabel(/^Points/).fill('2')
    await verdict.getByLabel(/^Why/).fill('told by phone, in part')
    await verdict.getByRole('button', { name: 'Decide' }).click()
    expect(await said(nora!)).toContain('amber now')
    await shoot(nora!, 'regional-8-verdict')
  }, 90_000)

  it('given the end of the run, when the report is published, then its readers see it, and nothing else', async () => {
    const reader = await invited(browser, csirt!, { name: 'Rita Reader', roles: `reader:ngi:${NGI}` })
    expect(await reader.locator('main').textContent()).toContain('What is published for you')
    await nora!.goto(`${region.origin}${runPath}`)
    await nora!.locator('#board-head .phase', { hasText: 'ended' }).waitFor({ timeout: 150_000 })
    await shoot(nora!, 'regional-9-ended')
    await nora!.getByRole('link', { name: 'Map' }).click()
    await shoot(nora!, 'regional-10-map')
    await nora!.goBack()
    await nora!.getByRole('main').getByRole('link', { name: 'Reports' }).click()
    await nora!.getByRole('button', { name: `Publish for ${NGI}` }).click()
    expect(await said(nora!)).toContain(`Published for ${NGI}`)
    await shoot(nora!, 'regional-11-reports')
    await reader.getByRole('link', { name: 'Reports', exact: true }).first().click()
    await shoot(reader, 'regional-12-reading-room')
    await reader.locator('.card a').first().click()
    expect(await reader.title()).toContain('Security service challenge')
    await shoot(reader, 'regional-13-report')
    expect((await reader.goto(`${region.origin}${runPath}`))?.status()).toBe(403)
    await shoot(reader, 'regional-14-not-for-readers')
    expect(faults).toEqual([])
  }, 240_000)
})
