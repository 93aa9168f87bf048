import { setTimeout as pause } from 'node:timers/promises'
import { type Look, openStopWatch } from '../app/stop-watch.ts'
import { countEnds, type SiteEnd } from '../domain/stop-watch.ts'
import { durationWords } from '../domain/text.ts'
import { utcWords } from '../domain/zone.ts'
import { BACK, type Cli, Exit, visible } from './cli.ts'

const POLL_MS = 1_000

/** Shows how the agents of stopped runs end, until all have. An interruption ends the watching alone. */
export async function watchStop(cli: Cli, { runs, json }: { runs: readonly string[]; json?: true }): Promise<void> {
  const instance = await cli.instance()
  const watches = await Promise.all(runs.map(async (run) => ({ run, look: await openStopWatch(instance, run) })))
  const show = json ? jsonDisplay(cli) : cli.isTerminal ? terminalDisplay(cli) : plainDisplay(cli)
  for (;;) {
    const looks = await Promise.all(watches.map(async ({ run, look }) => ({ run, look: await look() })))
    const nowMs = instance.clock.wall()
    const isOver = looks.every(({ look }) => [...look.values()].every((end) => end.is !== 'told'))
    show({ looks, nowMs, isOver })
    if (isOver) return
    await pause(POLL_MS, undefined, { signal: cli.signal }).catch(() => {
      cli.err('\nNo longer watching; the stop holds.\n')
      throw new Exit(1)
    })
  }
}

type Seen = { looks: readonly { run: string; look: Look }[]; nowMs: number; isOver: boolean }

/** The sites that are another way than at the look before. */
function changes(): (seen: Seen) => { run: string; site: string; end: SiteEnd }[] {
  const known = new Map<string, SiteEnd['is']>()
  return ({ looks }) => {
    const all = looks.flatMap(({ run, look }) => [...look].map(([site, end]) => ({ run, site, end })))
    const news = all.filter(({ run, site, end }) => known.get(`${run} ${site}`) !== end.is)
    for (const { run, site, end } of news) known.set(`${run} ${site}`, end.is)
    return news
  }
}

function jsonDisplay(cli: Cli): (seen: Seen) => void {
  const news = changes()
  return (seen) => {
    for (const { run, site, end } of news(seen)) cli.out(`${JSON.stringify({ at: seen.nowMs, run, site, ...end })}\n`)
  }
}

function plainDisplay(cli: Cli): (seen: Seen) => void {
  const news = changes()
  return (seen) => {
    const changed = news(seen)
    for (const { run, site, end } of changed) cli.out(`${utcWords(seen.nowMs)} ${run} ${visible(site)}: ${endWords(end)}\n`)
    if (changed.length > 0) cli.out(`${summary(seen).join(' ')}\n`)
  }
}

function terminalDisplay(cli: Cli): (seen: Seen) => void {
  let drawn = false
  return (seen) => {
    const lines = summary(seen).map((line) => line.slice(0, cli.columns - 1))
    cli.out(`${drawn ? BACK : ''}${lines.join('\n')}${seen.isOver ? '\n' : ''}`)
    drawn = true
  }
}

export function endWords(end: SiteEnd): string {
  switch (end.is) {
    case 'never started':
      return 'never started'
    case 'confirmed':
      return `confirmed by ${end.by === 'farewell' ? 'its farewell' : 'the job system'} (${end.word}) at ${utcWords(end.atMs)}`
    case 'told':
      return `told, not yet confirmed: ends by itself at ${utcWords(end.latestMs)} at the latest`
    case 'ended by itself':
      return `ended by itself at ${utcWords(end.latestMs)} at the latest; nobody confirmed it`
  }
}

/** How many of how many, and when the rest ends. */
function summary({ looks, nowMs }: Seen): [string, string] {
  const { started, lastMs, ...count } = countEnds(looks.flatMap(({ look }) => [...look.values()]))
  const parts = [
    `${count.confirmed} of ${started} confirmed stopped`,
    `${count.told} told and not yet confirmed`,
    `${count['ended by itself']} ended by themselves`,
    `${count['never started']} never started`,
  ]
  const rest =
    lastMs === undefined
      ? 'All have ended.'
      : `The last one ends by itself at ${utcWords(lastMs)}, in ${durationWords(lastMs - nowMs)}, at the latest.`
  return [`${parts.join(', ')}.`, rest]
}
