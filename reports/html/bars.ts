import { lights } from '../../core/domain/lights.ts'
import type { Light } from '../../core/domain/report.ts'

const width = 600
/** A narrower part has no room for its letter and number; they stand beside the bar as well. */
const roomForText = 34

export const letters: Record<Light, string> = { green: 'G', amber: 'A', red: 'R', grey: '?', pending: '…' }

/** How many sites have which light, and the parts of a bar that shows it. */
export function barOf(name: string, of: readonly Light[]) {
  const counts = lights.map((light) => ({ light, count: of.filter((l) => l === light).length })).filter(({ count }) => count > 0)
  let x = 0
  const parts = counts.map(({ light, count }) => {
    const share = (count / of.length) * width
    const part = {
      light,
      x: tenth(x),
      width: tenth(share),
      middle: tenth(x + share / 2),
      text: share < roomForText ? '' : `${letters[light]} ${count}`,
    }
    x += share
    return part
  })
  return { name, parts, counts: counts.map(({ light, count }) => ({ light, count: String(count) })) }
}

function tenth(n: number): string {
  return String(Math.round(n * 10) / 10)
}
