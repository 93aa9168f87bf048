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
