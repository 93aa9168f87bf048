import { brokenLines } from './broken-lines.ts'
import { widthOf } from './draw.ts'
import { fontFamily, ink } from './palette.ts'

/** `width`: of the longest line, px. */
type NameStyle = { width: number; fontSize: number; fontWeight?: number; lineHeight?: number }

/** Names from top to bottom, in as many lines as each needs. */
export async function nameAxis(names: readonly string[], { width, ...style }: NameStyle) {
  const measure = await widthOf(`${style.fontWeight ?? 400} ${style.fontSize}px ${fontFamily}`)
  return {
    type: 'category',
    inverse: true,
    data: names.map((name) => brokenLines(name, width, measure)),
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { color: ink, ...style },
  }
}
