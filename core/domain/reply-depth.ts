import type { Depth } from './event.ts'
import { conceptsIn } from './incident-words.ts'
import { plainLine } from './text.ts'

/** What we know of the mock incident. `reportFields`: how many fields of the common report the answer holds. */
export type DepthFacts = {
  identity: string
  label?: string
  nativeId?: string
  hosts?: readonly string[]
  addresses?: readonly string[]
  reportFields?: number
}

type Finding = { what: string; seen: string /** Enough by itself. */; plain: boolean }

const maxText = 64 * 1024

/**
 * How much of the incident an answer shows, as a proposal for an officer: `investigates` brings findings of the site's own,
 * `knows` names the identity or speaks as one who handles incidents, `trivial` is all else.
 * @param said what its author wrote, without quotes
 */
export function depthOf(said: string, facts: DepthFacts): { depth: Depth; because: string } {
  const text = said.slice(0, maxText)
  const theirs = withoutOurs(text, facts.identity)
  const found = findingsIn(theirs, facts)
  const kinds = new Set(found.map((finding) => finding.what))
  if (found.some((finding) => finding.plain) || kinds.size >= 2) {
    return { depth: 'investigates', because: `brings findings: ${listed(found)}` }
  }
  const one = found[0] ? [`brings one finding: ${seen(found[0])}`] : []
  const shown = [...namesOf(text, facts.identity), ...conceptWords(theirs), ...one]
  if (shown.length > 0) return { depth: 'knows', because: plainLine(shown.join('; '), 280) }
  if (text.trim() === '') return { depth: 'trivial', because: 'holds no words of its own' }
  return { depth: 'trivial', because: 'names neither the identity nor what is done about it, and brings no findings' }
}

/** One deed is enough; of mere topics it takes two, since our own mail names them. */
function conceptWords(text: string): string[] {
  const concepts = [...conceptsIn(text)]
  const named = (shows: 'act' | 'topic') =>
    concepts.filter(([concept]) => concept.shows === shows).map(([concept, word]) => `${concept.name} ('${word}')`)
  const [acts, topics] = [named('act'), named('topic')]
  return [
    ...(acts.length > 0 ? [`says what is done: ${acts.slice(0, 3).join(', ')}`] : []),
    ...(topics.length >= 2 ? [`speaks of ${topics.slice(0, 3).join(', ')}`] : []),
  ]
}

function listed(found: readonly Finding[]): string {
  const unlike = found.filter((finding, index) => found.findIndex((other) => other.what === finding.what) === index)
  return unlike.slice(0, 4).map(seen).join(', ')
}

function seen({ what, seen: words }: Finding): string {
  return words === '' ? what : `${what} '${plainLine(words, 60)}'`
}

/** People paste the identity and the incident's tag from our mail: what stands in them is no finding. */
function withoutOurs(text: string, identity: string): string {
  const untagged = text.replace(/\b[A-Z]{2,10}-\d{8}-\d{6}\b/g, ' ')
  return identity === '' ? untagged : untagged.replaceAll(identity, ' ')
}

function namesOf(text: string, identity: string): string[] {
  const flat = text.replace(/\s+/g, ' ').toLowerCase()
  const whole = identity.replace(/\s+/g, ' ').trim().toLowerCase()
  if (whole !== '' && flat.includes(whole)) return ['names the identity']
  const name = /(?:^|[/,])\s?cn=([^/,]{4,100})$/.exec(whole)?.[1]?.trim()
  return name && flat.includes(name) ? [`names the identity as '${name}'`] : []
}

function findingsIn(text: string, facts: DepthFacts): Finding[] {
  const fields = facts.reportFields ?? 0
  const form = fields >= 2 ? [{ what: `${fields} fields of the report`, seen: '', plain: true }] : []
  const ours: readonly [string, readonly string[]][] = [
    ['our label', facts.label ? [facts.label] : []],
    ["the job's id", facts.nativeId ? [facts.nativeId] : []],
    ['host', (facts.hosts ?? []).flatMap((host) => [host, host.split('.')[0]!])],
    ['address', facts.addresses ?? []],
  ]
  const named = ours.flatMap(([what, values]) => {
    const value = values.find((one) => standsAlone(text, one))
    return value === undefined ? [] : [{ what, seen: value, plain: true }]
  })
  return [...form, ...named, ...patternsIn(text)]
}

/** A short number or a mere word is no proof (`12` is also an hour, `grid` a host's name); none is found within another number. */
function standsAlone(text: string, value: string): boolean {
  if (value.length < 2 || /^(\d{1,4}|\p{L}+)$/u.test(value)) return false
  for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) {
    const around = `${text[at - 1] ?? ' '}${text[at + value.length] ?? ' '}`
    if (!/[\p{L}\p{N}]/u.test(around)) return true
  }
  return false
}

const octet = '(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'

/** One of the plain ones is enough, of the others two kinds. */
const patterns: readonly { what: string; plain: boolean; pattern: RegExp }[] = [
  { what: 'log line', plain: true, pattern: /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} \S.{0,80}/m },
  { what: 'log line', plain: true, pattern: /^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S{0,20}[ \t]{1,4}\S{1,80}[ \t].{3,80}/m },
  {
    what: 'command',
    plain: true,
    pattern:
      /^[ \t]{0,4}(?:\[\w{1,32}@[\w.-]{1,80} [^\]\n]{1,40}\][#$]|\w{1,32}@[\w.-]{1,80}:\S{1,80}[#$]|[#$]) ?\w[\w/.-]{1,40}[ \t]+-?\S{1,80}.{0,80}/m,
  },
  {
    what: 'job',
    plain: false,
    pattern:
      /\b(?:job|jobs|job ?ids?|slurm|pbs|htcondor|condor|pilot|zadanie|uloha|úloha|tarea|trabajo)(?: ?(?:id|number|no|nr|num))?[ .:#=]{1,3}\d{2,12}\b(?![-/:]\d)(?:\.[\w.-]{1,60})?/i,
  },
  {
    what: 'process',
    plain: false,
    pattern:
      /\b(?:pid|ppid|process|prozess|processus|proceso|processo|proces)(?: ?id)?[ :#=]{1,3}\d{2,8}\b(?![-/:]\d)|\b[a-z][\w.-]{2,30}\[\d{2,8}\]/i,
  },
  { what: 'address', plain: false, pattern: new RegExp(`(?<![\\w.])(?:${octet}\\.){3}${octet}(?!\\w|\\.\\d)`) },
  { what: 'address', plain: false, pattern: /(?<![\w:.])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])/i },
  { what: 'address', plain: false, pattern: /(?<![\w:.])(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}(?![\w:])/i },
  {
    what: 'host',
    plain: false,
    pattern:
      /(?<![\w@./:-])(?:wn|node|worker|ce|compute|arc|host|nid|cn|htc|gpu|vm)-?\d{1,5}[a-z]?(?:-[a-z0-9-]{1,40})?(?:\.[a-z0-9-]{1,60}){0,6}\b/i,
  },
  { what: 'checksum', plain: false, pattern: /\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b|\bmd5\W{1,3}[0-9a-f]{32}\b/i },
  { what: 'time', plain: false, pattern: /\b\d{4}-\d\d-\d\d[T ,]{1,2}\d{1,2}:\d\d|\b\d{1,2}:\d\d(?::\d\d)? ?(?:utc|gmt|cest|cet|z)\b/i },
]

function patternsIn(text: string): Finding[] {
  return patterns.flatMap(({ what, plain, pattern }) => {
    const found = pattern.exec(text)?.[0].trim()
    return found === undefined ? [] : [{ what, plain, seen: found }]
  })
}
