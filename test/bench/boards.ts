import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import type { Instance } from '../../core/instance.ts'
import { type OpenOffice, openOffice } from '../../core/office.ts'
import { sampleRun } from '../domain/sample-run.ts'
import { noBrowser, openBrowser } from '../e2e/browser.ts'
import { newPerson, type Person } from '../http/operator/rig.ts'
import { putRun } from '../io/put-run.ts'
import { freePorts } from '../services/process.ts'
import { setup } from '../services/template.ts'
import { type Figure, tableOf } from './figures.ts'
import { withInstance } from './setup.ts'

const SITES = 400
/** An account may have only so many boards open. */
const BOARDS_EACH = 10

export type BoardsWish = { rounds: number; browsers: number; pages: number }

/** A board of all sites: how long the server needs for it, what it weighs, and how soon all who look at it see what happens. */
export async function measureBoards(instance: Instance, wish: BoardsWish): Promise<Figure[]> {
  const run = await putRun(instance, sampleRun({ seed: 7, sites: SITES }))
  const [port = 0] = await freePorts(1)
  const config = { ...instance.config, operator: { host: '127.0.0.1', port, trustedProxies: [] } }
  const office = await openOffice({ ...instance, config }, (message, data) => console.error(message, data))
  try {
    const people: Person[] = []
    for (let i = 0; i < wish.browsers; i += BOARDS_EACH)
      people.push(await newPerson(instance, office.where, { name: `Officer ${i}`, grants: [{ role: 'csirt' }] }))
    const board = { run, office, people, sites: sitesOf(await (await people[0]!.get(`/api/v1/runs/${run}`)).json()) }
    const figures = await measurePages(board, wish)
    return noBrowser === undefined ? [...figures, ...(await measureSpread(board, wish))] : figures
  } finally {
    await office.close()
  }
}

type Rig = { run: string; office: OpenOffice; people: Person[]; sites: string[] }

const sitesOf = (data: unknown) => (data as { rows: { site: string }[] }).rows.map(({ site }) => site)

async function measurePages({ run, people, sites }: Rig, { pages }: BoardsWish): Promise<Figure[]> {
  const [officer] = people as [Person]
  const path = `/runs/${run}`
  const [still, moved]: [number[], number[]] = [[], []]
  for (let i = -5; i < pages; i += 1) {
    await decide({ officer: people[(i + 5) % people.length]!, run, site: sites[(i + 5) % sites.length]! })
    for (const values of [moved, still]) {
      const begun = performance.now()
      const html = await (await officer.get(path)).text()
      if (html.split('id="row-').length - 1 !== SITES) throw new Error('a site is missing on the board')
      if (i >= 0) values.push(performance.now() - begun)
      // The pages let nobody ask faster than this.
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
  }
  const remark = `${SITES} sites; asked over loopback, until its last byte`
  return [
    { name: 'a board', unit: 'ms', values: still, goal: { most: 50 }, digits: 0, remark },
    { name: 'a board, just after something happened', unit: 'ms', values: moved, goal: { most: 50 }, digits: 0, remark },
  ]
}

type Decision = { officer: Person; run: string; site: string }

/** Something that happens: an officer's verdict changes a light. */
async function decide({ officer, run, site }: Decision): Promise<void> {
  const answer = await officer.post(`/api/v1/runs/${run}/sites/${site}/verdicts`, {
    ...{ expectation: 'heads-up', light: 'grey', reason: 'for the bench', seen: 0 },
  })
  if (answer.status !== 200) throw new Error(`the verdict was not taken: ${await answer.text()}`)
}

async function measureSpread(rig: Rig, { browsers, rounds }: BoardsWish): Promise<Figure[]> {
  const browser = await openBrowser()
  try {
    const pages: Page[] = []
    let bytes = 0
    for (let i = 0; i < browsers; i += 1) {
      const { page, weight } = await openBoard(browser, rig, rig.people[Math.floor(i / BOARDS_EACH)]!)
      pages.push(page)
      bytes = Math.max(bytes, weight)
    }
    const seconds: number[] = []
    // Sites from the end: those at the beginning were decided on before.
    for (let round = 0; round < rounds; round += 1) seconds.push(await spread(rig, pages, rig.sites.at(-1 - round)!))
    return [
      {
        name: 'weight of a board',
        unit: 'KB',
        values: [bytes / 1000],
        goal: { most: 300 },
        digits: 0,
        remark: 'page, style, script and icon',
      },
      {
        name: `until all of ${browsers} browsers show an event`,
        unit: 's',
        values: seconds,
        goal: { most: 1 },
        digits: 2,
        remark: `${SITES} sites on each`,
      },
    ]
  } finally {
    await browser.close()
  }
}

/** A browser of its own for each, as far as one Chromium can be many. */
async function openBoard(browser: Browser, { run, office }: Rig, person: Person): Promise<{ page: Page; weight: number }> {
  const context = await browser.newContext()
  const [name = '', value = ''] = person.cookie.split('=')
  await context.addCookies([{ name, value, url: office.where }])
  const page = await context.newPage()
  const loaded: Promise<number>[] = []
  page.on('requestfinished', (request) => {
    loaded.push(request.sizes().then(({ responseBodySize }) => responseBodySize))
  })
  await page.goto(`${office.where}/runs/${run}`, { waitUntil: 'load' })
  await page.getByText('Live.').waitFor()
  return { page, weight: (await Promise.all(loaded)).reduce((sum, one) => sum + one, 0) }
}

/** Seconds from the officer's word to the slowest of the browsers. */
async function spread({ run, people }: Rig, pages: readonly Page[], site: string): Promise<number> {
  const seen = pages.map((page) =>
    page.evaluate((id) => {
      const row = document.getElementById(id)!
      return new Promise<number>((resolve, reject) => {
        setTimeout(() => reject(new Error(`${id} did not change`)), 20_000)
        new MutationObserver(() => !row.isConnected && resolve(Date.now())).observe(row.parentElement!, { childList: true })
      })
    }, `row-${site}`),
  )
  // All of them look before anything happens.
  await Promise.all(pages.map((page) => page.evaluate(() => undefined)))
  const begun = Date.now()
  await decide({ officer: people.at(-1)!, run, site })
  return (Math.max(...(await Promise.all(seen))) - begun) / 1000
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const tidy = await setup()
  try {
    console.log(tableOf(await withInstance((instance) => measureBoards(instance, { rounds: 10, browsers: 50, pages: 60 }))))
  } finally {
    tidy()
  }
  process.exit()
}
