import { isIP } from 'node:net'
import { hostOf } from '../../core/domain/loopback.ts'
import type { Indicator } from '../../core/domain/report.ts'
import { plainLine } from '../../core/domain/text.ts'

export type Attribute = { type: string; category: string; value: string; comment: string }

type Meaning = Omit<Attribute, 'value'>

/**
 * Our words in MISP's, section 2.4.2.2 of the core format. MISP has no type for a subject, and none for the name of a process outside of
 * an object: they are texts.
 */
const meanings: Readonly<Record<Indicator['type'], Meaning>> = {
  identity: { type: 'text', category: 'Attribution', comment: 'subject of the malicious identity' },
  label: { type: 'text', category: 'Internal reference', comment: 'label of the job' },
  url: { type: 'url', category: 'Network activity', comment: 'the agent contacts it' },
  process: { type: 'text', category: 'Artifacts dropped', comment: 'name of a process of the agent' },
  file: { type: 'filename', category: 'Artifacts dropped', comment: 'file or folder of the agent; PID and N stand for numbers' },
  sha256: { type: 'sha256', category: 'Payload delivery', comment: 'the job that was sent' },
}

/** An address is also told by its host. */
export function attributesOf({ type, value, site }: Indicator): Attribute[] {
  const text = plainLine(value, 1000)
  const meaning = meanings[type] ?? meanings.label
  const comment = `EXERCISE: ${meaning.comment}${site === undefined ? '' : `, at ${plainLine(site, 80)}`}`
  const own = { ...meaning, value: text, comment }
  if (type !== 'url') return [own]
  const host = hostOf(text).replace(/^\[(.*)\]$/, '$1')
  return [own, { ...own, type: isIP(host) === 0 ? 'hostname' : 'ip-dst', value: host }]
}
