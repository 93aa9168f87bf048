import type { CanvasElement } from 'pdfmake/interfaces.js'
import type { Light } from '../../core/domain/report.ts'

/** Each light has a shape of its own, so that it is told apart without colours; its word stands beside. In points, 10 by 10. */
const marks: Readonly<Record<Light, CanvasElement>> = {
  green: { type: 'ellipse', x: 5, y: 5, r1: 4.7, r2: 4.7, color: '#0b6e4f' },
  amber: polygon([5, 0.3, 9.9, 9.4, 0.1, 9.4], { color: '#f4b43a' }),
  red: { type: 'rect', x: 0.5, y: 0.5, w: 9, h: 9, color: '#a81e2b' },
  grey: { type: 'ellipse', x: 5, y: 5, r1: 4.2, r2: 4.2, color: '#ffffff', lineColor: '#6a717b', lineWidth: 1 },
  pending: polygon([5, 0.7, 9.3, 5, 5, 9.3, 0.7, 5], { color: '#eef1f4', lineColor: '#8a919b', lineWidth: 1 }),
}

function polygon(places: readonly number[], look: object): CanvasElement {
  const points = places.flatMap((x, i) => (i % 2 === 0 ? [{ x, y: places[i + 1]! }] : []))
  return { type: 'polyline', points, closePath: true, ...look }
}

/** A new one each time, as the library writes into it; a light that we do not know is shown as not known. */
export function markOf(light: Light): CanvasElement {
  return structuredClone(marks[light] ?? marks.grey)
}
