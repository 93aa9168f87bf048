import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { momentWords } from '../../core/domain/zone.ts'
import { axeViolations } from './axe.ts'
import { faultsOf, noBrowser, openBrowser, shoot } from './browser.ts'
import { ok, threadOf, until } from './corresponding.ts'
import { openRegion, type Region } from './regional.ts'

const MINUTE_MS = 60_000

describe.skipIf(noBrowser !== undefined)(`a site's contact in a browser${noBrowser === undefined ? '' : ` (${noBrowser})`}`, () => {
  let region: Region
  let browser: Browser
  let page: Page
  let run: string
  let site: string
  let letter: string
  let own: string
  let faults: string[]

  beforeAll(async () => {
    region = await openRegion({ sites: 2, endAfter: '1h' })
    const file = join(region.place.home, 'run.yaml')
    writeFileSync(file, region.runYaml())
    run = (JSON.parse(await ok(region.place, 'plan', file, '--json')) as { run: string }).run
    await ok(region.place, 'approve', run, '--by', 'Bob')
    browser = await openBrowser()
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, isMobile: true, timezoneId: 'Europe/Madrid' })
    context.setDefaultTimeout(10_000)
    page = await context.newPage()
    faults = faultsOf(page)
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    await region?.close()
  })

  const look = async (name: string) => {
    await shoot(page, `site-${name}`)
    expect(await axeViolations(page)).toEqual([])
  }
  /** Opens the page again and again until that stands on it. */
  const shown = (what: string, find: () => ReturnType<Page['getByText']>) =>
    until(
      async () => {
        await page.goto(own)
        return find().count()
      },
      (count) => count > 0,
      what,
    )
  const theirs = async () => (await threadOf(region.place, run, site)).filter(({ ours }) => !ours)

  it('given an invitation, when the site chooses a window on its page, then the officers read it; one outside of the run is not taken', async () => {
    await ok(region.place, 'mail', 'send', run, '--kind', 'invitation', '--to', 'all-sites', '--text', 'Will you take part?')
    const invitations = () => region.sink.taken.filter(({ messageId }) => messageId.includes('invitation'))
    const [invitation] = await until(
      async () => invitations(),
      (mails) => mails.length > 0,
      'an invitation',
    )
    const text = (await PostalMime.parse(invitation!.raw)).text ?? ''
    site = /security contacts of (\S+),/.exec(text)![1]!
    own = /http:\S+\/site\/[0-9a-f]{32}/.exec(text)![0]
    const consents = await ok(region.place, 'consent', run)
    await page.goto(own)
    await look('0-invited')
    const day = (ms: number) =>
      `${momentWords(Date.now() + ms, 'Europe/Madrid')
        .slice(0, 16)
        .replace(' ', 'T')}`
    const choose = async (from: string, to: string) => {
      await page.getByLabel('From, by your own clock').fill(from)
      await page.getByLabel('Until').fill(to)
      await page.getByRole('button', { name: 'Choose this window' }).click()
    }
    await choose(day(-30 * MINUTE_MS), day(900 * MINUTE_MS))
    await page.getByText('it has to lie between').waitFor()
    await look('0-wrong-window')
    await choose(day(-30 * MINUTE_MS), day(-MINUTE_MS))
    await page.getByRole('heading', { name: 'Thank you: your answer is here' }).waitFor()
    expect(await theirs()).toMatchObject([
      { mail: 'invitation', kind: 'human', text: expect.stringContaining('We choose the window from') },
    ])
    // It is a wish: consent is an officer's word.
    expect(await ok(region.place, 'consent', run)).toBe(consents)
    await ok(region.place, 'launch', run, '--by', 'Bob')
  })

  it('given the code of an alert, when it is checked at the door of the sites, then it is genuine', async () => {
    const alerts = () => region.sink.taken.filter(({ messageId, raw }) => messageId.includes('alert') && String(raw).includes(own))
    const [alert] = await until(
      async () => alerts(),
      (mails) => mails.length > 0,
      'the alert',
    )
    letter = (await PostalMime.parse(alert!.raw)).text ?? ''
    await page.goto(`${new URL(own).origin}/genuine`)
    await page.getByLabel('Code that stands in the mail').fill(/Its code is ([0-9a-f -]+),/.exec(letter)![1]!)
    await page.getByRole('button', { name: 'Check the code' }).click()
    await page.getByRole('heading', { name: 'This code is genuine' }).waitFor()
    await look('1-genuine')
  })

  it('given the page of the site, when it is fetched, then nothing is answered; when its form is sent, twice even, then once, as by mail', async () => {
    for (const method of ['GET', 'HEAD']) await fetch(own, { method })
    await page.goto(own)
    await look('2-page')
    expect(await theirs()).toHaveLength(1)
    await page.getByLabel(/Who works on it/).fill('Jane Doe works on it. We banned the user & <b>stopped</b> the job.')
    await page.getByRole('button', { name: 'We have received the alert' }).click()
    await page.getByRole('heading', { name: 'Thank you: your answer is here' }).waitFor()
    await look('3-acknowledged')
    const body = new URLSearchParams({ letter: 'alert', words: 'Jane Doe works on it. We banned the user & <b>stopped</b> the job.' })
    expect((await fetch(own, { method: 'POST', body })).status).toBe(200)
    expect((await theirs()).slice(1)).toMatchObject([
      { mail: 'alert', kind: 'human', text: expect.stringContaining('We banned the user & <b>') },
    ])
    const score = await ok(region.place, 'score', run, '--site', site, '--explain')
    expect(score).toMatch(/Heads-up after: \d+ s/)
  })

  it('given a form that somebody else’s page sends, or one for what was not asked, when it comes, then nothing is taken', async () => {
    const body = new URLSearchParams({ letter: 'alert', words: 'from elsewhere' })
    expect((await fetch(own, { method: 'POST', body, headers: { 'sec-fetch-site': 'cross-site' } })).status).toBe(403)
    const odd = await fetch(own, { method: 'POST', body: new URLSearchParams({ letter: 'closing', words: 'x' }) })
    expect([odd.status, await odd.text()]).toEqual([409, expect.stringContaining('we ask this no longer')])
    expect((await fetch(own.replace(/.$/, (last) => (last === '0' ? '1' : '0')))).status).toBe(404)
    expect(await theirs()).toHaveLength(2)
  })

  it('given a question, when it is answered on the page, then it is graded as an answer by mail is', async () => {
    await shown('the question', () => page.getByText('Which machine of yours'))
    const question = page.locator('section', { hasText: 'Which machine of yours' })
    await question.getByRole('button').click()
    // The browser itself asks for words.
    expect(await question.getByLabel('Your answer').evaluate((field: HTMLTextAreaElement) => field.validity.valueMissing)).toBe(true)
    await question.getByLabel('Your answer').fill('We do not know yet.')
    await question.getByRole('button').click()
    await page.getByRole('heading', { name: 'Thank you: your answer is here' }).waitFor()
    await look('4-answered')
    expect((await theirs()).at(-1)).toMatchObject({
      mail: 'question',
      text: 'We do not know yet.',
      graded: [expect.stringContaining('question host')],
    })
  })

  it('given the form of the common report, when it is sent from the page, then it is taken', async () => {
    await page.getByRole('link', { name: 'The form of the common report' }).click()
    await page.getByLabel('What happened').fill('A stolen identity ran a job.')
    await page.getByLabel('Identity').fill('/DC=example/CN=Mallory')
    await look('5-report')
    await page.getByRole('button', { name: 'Send the report' }).click()
    await page.getByRole('heading', { name: /the report is here/ }).waitFor()
    await look('6-receipt')
  })

  it('given its result, when it was told to the site, then the page leads to its lights and to an appeal', async () => {
    await ok(region.place, 'mail', 'send', run, '--kind', 'result', '--to', `site:${site}`, '--text', 'Thank you.')
    await shown('the result', () => page.getByRole('link', { name: 'Your lights' }))
    await look('7-page-with-result')
    await page.getByRole('link', { name: 'Your lights' }).click()
    await look('8-result')
    await page.getByRole('combobox').selectOption({ index: 1 })
    await page.getByRole('textbox').fill('We answered by phone before.')
    await page.getByRole('button', { name: /appeal/i }).click()
    await page.getByRole('heading', { name: 'Your appeal is here' }).waitFor()
    await look('9-appealed')
    expect(await ok(region.place, 'appeal', 'list', run)).toContain(site)
  })

  it('given a stop, when the page is opened or its form is sent, then it says that no answer is needed', async () => {
    await ok(region.place, 'stop', run, '--by', 'Bob', '--reason', 'a real incident')
    await page.goto(own)
    expect(await page.locator('main').textContent()).toContain('The exercise was stopped')
    expect(await page.getByRole('button').count()).toBe(0)
    await look('10-stopped')
    const late = await fetch(own, { method: 'POST', body: new URLSearchParams({ letter: 'alert', words: 'late' }) })
    expect([late.status, await late.text()]).toEqual([409, expect.stringContaining('no answer is needed')])
    // A browser tells of the form that was not taken.
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([])
  })
})
