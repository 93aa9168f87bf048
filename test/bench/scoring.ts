import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import type { ChallengeEvent } from '../../core/domain/event.ts'
import { scoreSite } from '../../core/domain/score.ts'
import { busyChallenges, sampleRubric } from '../domain/sample-run.ts'
import { launchMs } from '../domain/sample-sites.ts'

const sites = 400
const eventsPerSite = 500

export type ScoringFigures = {
  name: string
  ratios: number[]
  scoreMs: number[]
  parseMs: number[]
  sites: number
  eventsPerSite: number
  bytes: number
}

/** Fold and score of 400 sites with 500 events each, as a share of JSON.parse of the same bytes, each measured in turn. */
export async function measureScoring(repeats = 9): Promise<ScoringFigures> {
  const texts = busyChallenges({ sites, eventsPerSite }).map((events) => JSON.stringify(events))
  const run = { rubric: sampleRubric, outages: [] }
  const asOf = launchMs + 60 * 86_400_000
  const figures: ScoringFigures = {
    name: 'scoring / JSON.parse',
    ratios: [],
    scoreMs: [],
    parseMs: [],
    sites,
    eventsPerSite,
    bytes: texts.reduce((sum, text) => sum + text.length, 0),
  }
  for (let round = -2; round < repeats; round += 1) {
    const [parseMs, challenges] = timed(() => texts.map((text) => JSON.parse(text) as ChallengeEvent[]))
    const [scoreMs, scores] = timed(() => challenges.map((events) => scoreSite(events, run, asOf)))
    if (scores.some((score) => score.coverage.known === 0)) throw new Error('a site was not scored')
    if (round < 0) continue
    figures.parseMs.push(parseMs)
    figures.scoreMs.push(scoreMs)
    figures.ratios.push(scoreMs / parseMs)
  }
  return figures
}

function timed<T>(work: () => T): [ms: number, result: T] {
  const start = performance.now()
  const result = work()
  return [performance.now() - start, result]
}

function spread(name: string, values: readonly number[], digits: number): string {
  const sorted = [...values].sort((a, b) => a - b)
  const [least, middle, most] = [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!].map((n) => n.toFixed(digits))
  return `${name.padEnd(24)} median ${middle}  min ${least}  max ${most}  (${values.length} times)`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { ratios, scoreMs, parseMs, bytes } = await measureScoring()
  console.log(`${sites} sites, ${eventsPerSite} events each, ${(bytes / 1e6).toFixed(1)} MB of JSON`)
  console.log(spread('JSON.parse, ms', parseMs, 0))
  console.log(spread('fold and score, ms', scoreMs, 0))
  console.log(spread('ratio', ratios, 2))
}
