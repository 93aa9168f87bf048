import { createHash } from 'node:crypto'
import type { ReportFormat } from '../../core/domain/document.ts'
import type { Indicator, Report, Tlp } from '../../core/domain/report.ts'
import { plainLine } from '../../core/domain/text.ts'
import { type Attribute, attributesOf } from './attributes.ts'

/** Of our own UUIDs (RFC 9562 section 5.5). */
const NAMESPACE = '0f6d3c0e-5a1b-4c58-9d53-6f1c8f1f7a52'

export const report: ReportFormat = {
  name: 'misp',
  summary: "The mock incident's indicators as a MISP event, tagged as an exercise.",
  extension: 'misp.json',
  kinds: ['run'],
  render({ kind, content }) {
    const event = kind === 'run' ? eventOf(content) : {}
    return { contentType: 'application/json; charset=utf-8', body: `${JSON.stringify({ Event: event }, null, 2)}\n` }
  },
}

/** MISP core format, section 2.2: https://www.misp-standard.org/rfc/misp-standard-core.html. Who imports it becomes its owner. */
function eventOf(data: Report): object {
  const { run, title, planHash, phase, asOf, indicators = [] } = data
  const isOver = phase === 'ended' || phase === 'stopped'
  const timestamp = String(Math.floor(asOf / 1000))
  return {
    uuid: uuidOf(planHash),
    info: `EXERCISE: ${plainLine(title, 200)} (security service challenge ${plainLine(run, 80)})`,
    date: dayOf(data),
    timestamp,
    // Undefined: there is no threat.
    threat_level_id: '4',
    analysis: isOver ? '2' : '1',
    // Your organisation only: who passes it on decides so.
    distribution: '0',
    published: false,
    Tag: tagsOf(data).map((name) => ({ name })),
    Attribute: uniqueAttributes(indicators).map((one) => ({
      uuid: uuidOf(`${planHash}/${one.type}/${one.value}`),
      ...one,
      timestamp,
      to_ids: false,
      distribution: '0',
    })),
  }
}

function dayOf({ window, asOf }: Report): string {
  const from = Date.parse(window.from)
  return new Date(Number.isNaN(from) ? asOf : from).toISOString().slice(0, 10)
}

/** A server takes a value of a type once. */
function uniqueAttributes(indicators: readonly Indicator[]): Attribute[] {
  const all = indicators.flatMap(attributesOf)
  return [...new Map(all.map((one) => [`${one.type} ${one.value}`, one])).values()]
}

const tlpTags: Readonly<Record<Tlp, string>> = {
  'TLP:RED': 'tlp:red',
  'TLP:AMBER+STRICT': 'tlp:amber+strict',
  'TLP:AMBER': 'tlp:amber',
  'TLP:GREEN': 'tlp:green',
  'TLP:CLEAR': 'tlp:clear',
}

/** Of the taxonomies `tlp` and `exercise`, https://www.misp-project.org/taxonomies.html; a label that we do not know is the strictest. */
function tagsOf({ tlp, indicators }: Report): string[] {
  const isTalk = indicators?.length === 0
  return [tlpTags[tlp] ?? 'tlp:red', `exercise:generic="${isTalk ? 'comcheck' : 'red-teaming'}"`]
}

/** Version 5: the same name, the same UUID, so that an event that is imported again is the same event. */
function uuidOf(name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex'))
    .update(name)
    .digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
