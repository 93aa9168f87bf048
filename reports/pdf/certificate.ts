import type { Certificate } from '../../core/domain/document.ts'
import { documentTitles, windowWords } from '../../core/domain/document-words.ts'
import { utcWords } from '../../core/domain/zone.ts'
import { type Column, type Content, ink, mono, soft, words } from './parts.ts'

/** A4, lying, in points. */
const [WIDTH, HEIGHT] = [841.89, 595.28]
const accent = '#1f4f8f'

/** Two lines around the page. */
export function certificateFrame(): Content {
  const frame = (inset: number, lineWidth: number) => {
    return { type: 'rect' as const, x: inset, y: inset, w: WIDTH - 2 * inset, h: HEIGHT - 2 * inset, lineWidth, lineColor: accent }
  }
  return { canvas: [frame(22, 3), frame(28, 0.75)] }
}

/** One page that one would hang on a wall. Long names are set smaller, so that it stays one. */
export function certificateContent(data: Certificate): Content[] {
  const { site, ngi, country, title, run, window, issuer, asOf, signature } = data
  const center = (text: string, more: object): Content => ({ text, alignment: 'center', ...more })
  return [
    center(documentTitles.certificate, { fontSize: 30, bold: true, color: accent, margin: [0, 52, 0, 30] }),
    center('This certifies that', { fontSize: 12, color: soft }),
    center(words(site, 120), { fontSize: fitting(site, 36), bold: true, color: ink, margin: [0, 10, 0, 6] }),
    center(`${words(ngi, 60)} · ${words(country, 60)}`, {
      fontSize: fitting(`${ngi} · ${country}`, 13),
      color: soft,
      margin: [0, 0, 0, 24],
    }),
    center('took part in the security service challenge', { fontSize: 12, color: soft }),
    center(words(title, 120), { fontSize: fitting(title, 20), bold: true, margin: [0, 10, 0, 6] }),
    center(`${windowWords(window)} · ${words(run, 60)}`, { fontSize: fitting(run, 11), color: soft, margin: [0, 0, 0, 44] }),
    {
      columns: [signed(words(issuer, 80), 'issued by'), { text: '', width: '*' }, signed(utcWords(asOf).split(' ')[0]!, 'on')],
      margin: [60, 0, 60, 16],
    },
    {
      ...(mono(signature === undefined ? 'Not signed.' : `${signature.algorithm} ${signature.value}`) as object),
      alignment: 'center',
    } as Content,
  ]
}

/** The size in which a text takes no more than two lines, be its letters as wide as can be. */
function fitting(text: string, size: number, width = WIDTH - 80): number {
  return Math.min(size, Math.max(6, (2 * width) / (1.25 * Math.min(120, text.length))))
}

function signed(name: string, what: string): Column {
  const rule = { type: 'line' as const, x1: 0, y1: 0, x2: 220, y2: 0, lineWidth: 0.75, lineColor: soft }
  return {
    width: 220,
    stack: [
      { text: name, alignment: 'center', fontSize: fitting(name, 12, 220) },
      { canvas: [rule], margin: [0, 3, 0, 3] },
      { text: what, alignment: 'center', fontSize: 8, color: soft },
    ],
  }
}
