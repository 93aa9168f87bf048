import type { Distribution } from './report.ts'

/** The value below which a share of the sorted numbers lies, between two of them in proportion; undefined without numbers. */
export function quantile(sorted: readonly number[], share: number): number | undefined {
  if (sorted.length === 0) return undefined
  const place = (sorted.length - 1) * share
  const low = Math.floor(place)
  const below = sorted[low]!
  return below + (place - low) * ((sorted[low + 1] ?? below) - below)
}

export function median(sorted: readonly number[]): number | undefined {
  return quantile(sorted, 0.5)
}

/** How numbers, in any order, are spread; `of`: how many there could be. */
export function distributionOf(numbers: readonly number[], of: number): Distribution {
  const values = [...numbers].sort((a, b) => a - b)
  if (values.length === 0) return { values, of }
  return { values, of, quartiles: [quantile(values, 0.25)!, quantile(values, 0.5)!, quantile(values, 0.75)!] }
}
