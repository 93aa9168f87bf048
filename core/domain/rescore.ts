import type { Light, Score, SiteScore } from './report.ts'

/** One value by the run's own rubric, and by the other one. */
type Pair<Value> = { own: Value; other: Value }

/** What becomes of a site's score with another rubric. */
export type Rescored = {
  site: string
  overall: Pair<Light>
  /** Of what is known: points and how many there could be. */
  points: Pair<{ points: number; outOf: number }>
  /** Every expectation of either rubric; one that a rubric does not have is absent there. */
  scores: readonly { expectation: string; title: string; own?: Score; other?: Score }[]
}

/** Two scores of one run side by side, site by site. */
export function compareScores(own: readonly SiteScore[], other: readonly SiteScore[]): Rescored[] {
  const others = new Map(other.map((site) => [site.site, site]))
  return own.flatMap((site) => {
    const twin = others.get(site.site)
    return twin === undefined ? [] : [compareSite(site, twin)]
  })
}

function compareSite(own: SiteScore, other: SiteScore): Rescored {
  const names = [...new Set([...own.scores, ...other.scores].map(({ expectation }) => expectation))]
  const scores = names.map((expectation) => {
    const [ours, theirs] = [own, other].map(({ scores }) => scores.find((one) => one.expectation === expectation))
    return { expectation, title: (ours ?? theirs)!.title, ...(ours && { own: ours }), ...(theirs && { other: theirs }) }
  })
  return {
    site: own.site,
    overall: { own: own.overall, other: other.overall },
    points: { own: sumOf(own), other: sumOf(other) },
    scores,
  }
}

function sumOf({ categories }: SiteScore): { points: number; outOf: number } {
  const round = (n: number) => Math.round(n * 100) / 100
  return {
    points: round(categories.reduce((sum, { points }) => sum + points, 0)),
    outOf: round(categories.reduce((sum, { outOf }) => sum + outOf, 0)),
  }
}
