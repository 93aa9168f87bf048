import type { Tlp } from '../../core/domain/report.ts'

/** Colours of TLP 2.0, on black. */
const tlpColors: Readonly<Record<Tlp, string>> = {
  'TLP:RED': '#ff2b2b',
  'TLP:AMBER+STRICT': '#ffc000',
  'TLP:AMBER': '#ffc000',
  'TLP:GREEN': '#33ff00',
  'TLP:CLEAR': '#ffffff',
}

/** A label that we do not know is shown as the strictest. */
export function tlpLook(tlp: Tlp): { label: string; color: string } {
  const label = tlp in tlpColors ? tlp : 'TLP:RED'
  return { label, color: tlpColors[label] }
}
