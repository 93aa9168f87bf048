import type { Light } from '../domain/report.ts'

/** Colours on white paper: each light also differs in brightness, and its letter stands with it. */
export const ink = '#1a1d21'
export const soft = '#5a626c'
export const line = '#d9dde2'
export const band = '#eef1f4'
export const accent = '#1f4f8f'

/** The fonts of the reader's own machine, and of a PDF: none is fetched. */
export const fontFamily = 'sans-serif'

export type Look = { letter: string; fill: string; text: string; border: string }

export const looks: Readonly<Record<Light, Look>> = {
  green: { letter: 'G', fill: '#0b6e4f', text: '#ffffff', border: '#0b6e4f' },
  amber: { letter: 'A', fill: '#f4b43a', text: '#1a1d21', border: '#f4b43a' },
  red: { letter: 'R', fill: '#a81e2b', text: '#ffffff', border: '#a81e2b' },
  grey: { letter: '?', fill: '#ffffff', text: '#1a1d21', border: '#6a717b' },
  pending: { letter: '…', fill: '#eef1f4', text: '#1a1d21', border: '#8a919b' },
}

/** Patterns beside the colours, for eyes and printers that cannot tell these apart. */
export const decals: Readonly<Record<Light, object | undefined>> = {
  green: undefined,
  amber: { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 6], rotation: -0.785, color: 'rgba(0,0,0,0.14)' },
  red: { symbol: 'rect', dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: 0.785, color: 'rgba(255,255,255,0.2)' },
  grey: { symbol: 'circle', dashArrayX: [[6, 6]], dashArrayY: [6, 0], symbolSize: 0.3, color: 'rgba(90,98,108,0.35)' },
  pending: undefined,
}
