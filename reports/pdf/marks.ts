import type { Light } from '../../core/domain/report.ts'

/** A letter on a shape: told apart without colours. */
const marks: Readonly<Record<Light, string>> = {
  green: drawn('<circle cx="10" cy="10" r="9.5" fill="#0b6e4f"/>', 'G', '#ffffff'),
  amber: drawn('<path d="M10 0.5 L19.8 18.8 L0.2 18.8 Z" fill="#f4b43a"/>', 'A', '#1a1d21'),
  red: drawn('<rect x="1" y="1" width="18" height="18" fill="#a81e2b"/>', 'R', '#ffffff'),
  grey: drawn('<circle cx="10" cy="10" r="8.5" fill="#ffffff" stroke="#6a717b" stroke-width="2"/>', '?', '#1a1d21'),
  pending: drawn('<path d="M10 1.5 L18.5 10 L10 18.5 L1.5 10 Z" fill="#eef1f4" stroke="#8a919b" stroke-width="2"/>', '…', '#1a1d21'),
}

function drawn(shape: string, letter: string, color: string): string {
  const [x, y] = [10, letter === 'A' ? 16.5 : letter === '…' ? 12 : 14]
  const text = `<text x="${x}" y="${y}" text-anchor="middle" font-size="11" font-weight="bold" font-family="Sans" fill="${color}">${letter}</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20" viewBox="0 0 20 20">${shape}${text}</svg>`
}

/** An SVG; a light that we do not know is shown as not known. */
export function markOf(light: Light): string {
  return marks[light] ?? marks.grey
}
