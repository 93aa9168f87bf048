import type { CategoryScore, Light, Score } from './report.ts'
import type { Category } from './rubric.ts'

/** How lights are named where people read them, best first. */
export const lights: readonly Light[] = ['green', 'amber', 'red', 'grey', 'pending']

export function isKnown(light: Light): boolean {
  return light === 'green' || light === 'amber' || light === 'red'
}

/** Never an average: a red mandatory item caps all, and what is not known is not held against the site. */
export function overallLight(scores: readonly Score[]): Light {
  if (scores.some((s) => s.mandatory && s.light === 'red')) return 'red'
  if (scores.some((s) => s.light === 'pending')) return 'pending'
  const known = scores.filter((s) => isKnown(s.light))
  if (known.length === 0) return 'grey'
  return known.every((s) => s.light === 'green') ? 'green' : 'amber'
}

/** One light a category, in the order in which the rubric names them. */
export function categoryScores(scores: readonly Score[]): CategoryScore[] {
  const names = [...new Set(scores.map((s) => s.category))]
  return names.map((name) =>
    categoryScore(
      name,
      scores.filter((s) => s.category === name),
    ),
  )
}

function categoryScore(category: Category, scores: readonly Score[]): CategoryScore {
  const known = scores.filter((s) => isKnown(s.light))
  const light = categoryLight(scores, known)
  const worst = scores.find((s) => s.light === light && s.mandatory) ?? scores.find((s) => s.light === light) ?? worstOf(known)
  return {
    category,
    light,
    points: round(known.reduce((sum, s) => sum + (s.points ?? 0), 0)),
    outOf: round(known.reduce((sum, s) => sum + s.outOf, 0)),
    reason: worst === undefined ? 'nothing is expected' : `${worst.title}: ${worst.reason}`,
  }
}

/** As the overall light; and red when all that is known of the category is red. */
export function categoryLight(scores: readonly Score[], known: readonly Score[]): Light {
  const light = overallLight(scores)
  return light === 'amber' && known.every((s) => s.light === 'red') ? 'red' : light
}

function worstOf(known: readonly Score[]): Score | undefined {
  return known.find((s) => s.light === 'red') ?? known.find((s) => s.light === 'amber') ?? known[0]
}

export function round(points: number): number {
  return Math.round(points * 100) / 100
}
