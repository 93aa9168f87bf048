import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { axeViolations } from './axe.ts'
import { faultsOf, noBrowser, openBrowser, shoot, withPasskeys } from './browser.ts'
import { ok, until } from './corresponding.ts'
import { openRegion, type Region } from './regional.ts'
import { statusOf } from './serving.ts'

const MOST_TABS = 60

/** With the keyboard alone, as somebody does who cannot use a mouse. */
async function tabTo(page: Page, words: string): Promise<void> {
  for (let i = 0; i < MOST_TABS; i += 1) {
    await page.keyboard.press('Tab')
    const here = await page.evaluate(() => {
      const focused = document.activeElement as HTMLElement | null
      const label = (focused as HTMLInputElement | null)?.labels?.[0]
      return { words: (label ?? focused)?.textContent?.trim() ?? '', outline: focused ? getComputedStyle(focused).outlineStyle : '' }
    })
    if (!here.words.startsWith(words)) continue
    // Who goes by keyboard sees where they are.
    expect(here.outline).not.toBe('none')
    return
  }
  throw new Error(`'${words}' cannot be reached with the Tab key`)
}

describe.skipIf(noBrowser !== undefined)(`a full stop by the pages${noBrowser === undefined ? '' : ` (${noBrowser})`}`, () => {
  let region: Region
  let browser: Browser
  let page: Page
  let run: string
  let faults: string[]

  beforeAll(async () => {
    region = await openRegion({ sites: 3, endAfter: '1h' })
    const file = join(region.place.home, 'run.yaml')
    writeFileSync(file, region.runYaml())
    run = (JSON.parse(await ok(region.place, 'plan', file, '--json')) as { run: string }).run
    await ok(region.place, 'approve', run, '--by', 'Bob')
    browser = await openBrowser()
    page = await withPasskeys(await browser.newContext())
    faults = faultsOf(page)
    await page.goto(region.firstRun)
    await page.getByLabel('Your name').fill('Ada Csirt')
    await page.getByRole('button', { name: 'Make a passkey' }).click()
    await page.getByRole('heading', { name: 'Runs', level: 1 }).waitFor()
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await region?.close()
  })

  it('given a run whose agents live, when an officer has them told something, then each does it, and its challenge says so', async () => {
    await ok(region.place, 'launch', run, '--by', 'Bob')
    await page.goto(`${region.origin}/runs/${run}`)
    await page.locator('tbody tr', { hasText: 'alive' }).nth(2).waitFor({ timeout: 60_000 })
    await page.getByRole('link', { name: 'Agents' }).click()
    await page.getByLabel('report: tells its host').check()
    await page.getByLabel('All 3 of them').check()
    expect(await axeViolations(page)).toEqual([])
    await shoot(page, 'agents-1-asked')
    await page.getByRole('button', { name: 'Order it' }).click()
    expect(await page.getByRole('status').first().textContent()).toContain('Ordered: report, at 3 sites')
    await page.getByRole('link', { name: 'What they were told' }).click()
    await until(
      async () => {
        await page.reload()
        return page.locator('tbody tr', { hasText: 'TaskReported' }).count()
      },
      (told) => told >= 3,
      'what each agent reports',
    )
    expect(faults).toEqual([])
  }, 120_000)

  it('given a run whose agents live, when it is stopped with the keyboard alone, then the page shows one agent after the other end', async () => {
    await page.goto(`${region.origin}/runs/${run}`)
    await page.locator('tbody tr', { hasText: 'alive' }).nth(2).waitFor({ timeout: 60_000 })
    await tabTo(page, 'Full stop')
    await page.keyboard.press('Enter')
    await tabTo(page, 'Why')
    await page.keyboard.type('a real incident at a site')
    await tabTo(page, 'Stop this run for good')
    await page.keyboard.press('Space')
    expect(await axeViolations(page)).toEqual([])
    await shoot(page, 'stop-1-asked')
    await tabTo(page, 'Stop everything')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Stopped', level: 1 }).waitFor()
    await shoot(page, 'stop-2-watched')
    // It looks again by itself.
    await page.getByText('All have ended.').waitFor({ timeout: 60_000 })
    expect(await page.getByRole('status').last().textContent()).toContain('3 of 3')
    expect(await page.locator('main').textContent()).toContain('a real incident at a site')
    expect(await axeViolations(page)).toEqual([])
    await shoot(page, 'stop-3-ended')
    expect((await statusOf(region.place, run)).phase).toBe('stopped')
    const notices = () => region.sink.taken.filter(({ messageId }) => messageId.startsWith('<ssc.stopped.'))
    await until(
      async () => new Set(notices().map(({ to }) => to)).size,
      (told) => told >= 3,
      'the notice of the stop at each site',
    )
    expect(faults).toEqual([])
  }, 180_000)

  it('given the stop, when the board is opened, then it says who stopped it and why, and nothing more can be launched', async () => {
    await page.goto(`${region.origin}/runs/${run}`)
    expect(await page.locator('#board-head').textContent()).toContain('Stopped by Ada Csirt: a real incident at a site')
    expect(await page.getByText('Full stop', { exact: true }).count()).toBe(0)
    await page.getByRole('link', { name: 'Plan and approval' }).click()
    expect(await page.getByRole('button', { name: /Launch|Approve/ }).count()).toBe(0)
  })
})
