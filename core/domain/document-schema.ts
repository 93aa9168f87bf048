import { z } from 'zod'
import { type DocumentKind, documentKinds } from './document.ts'
import { Expectation, PartyExpectation, Rubric } from './rubric.ts'

const text = z.string()
const count = z.int().nonnegative()
/** ms since 1970, UTC. */
const moment = z.number()
/** ms. */
const duration = z.number()

const light = z.enum(['green', 'amber', 'red', 'grey', 'pending'])
const lightCounts = z.strictObject({ green: count, amber: count, red: count, grey: count, pending: count })
const access = z.enum(['accepted', 'refused', 'unreachable', 'unknown'])
const depth = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4), z.literal(5)])
const coverage = z.strictObject({ known: count, of: count })
const signature = z.strictObject({ algorithm: z.literal('Ed25519'), publicKey: text, value: text })
const evidence = z.strictObject({ stream: text, seq: count, at: moment, words: text })
const rubric = z.strictObject({ id: text, version: count, title: text })
const story = z.array(z.strictObject({ at: moment, what: text }))
const outages = z.array(z.strictObject({ fromMs: moment, untilMs: moment, what: text }))

const distribution = z.strictObject({
  values: z.array(duration),
  of: count,
  quartiles: z.tuple([duration, duration, duration]).exactOptional(),
})
const times = z.strictObject({ headsUp: distribution, containment: distribution, closure: distribution })

/** A rubric as it stands in a report: its periods are ms by then. */
const rules = z.strictObject({
  expectations: z.array(z.strictObject({ ...Expectation.shape, id: text, within: duration, lateUntil: duration.optional() })),
  parties: z.array(z.strictObject({ ...PartyExpectation.shape, id: text, within: duration, lateUntil: duration.optional() })),
  workingHours: Rubric.shape.workingHours,
})

const score = z.strictObject({
  expectation: text,
  title: text,
  category: Expectation.shape.category,
  mandatory: z.boolean(),
  light,
  points: z.number().nullable(),
  outOf: z.number(),
  deadline: moment.exactOptional(),
  reason: text,
  evidence: z.array(evidence),
  computed: z.strictObject({ light, points: z.number().nullable(), reason: text }).exactOptional(),
})

const between = z.strictObject({ afterMs: moment.exactOptional(), byMs: moment })
const serviceAccess = z.strictObject({
  service: text,
  endpoint: text,
  attacker: access,
  control: access,
  revoked: access.exactOptional(),
  words: text,
  since: between,
  banned: between.exactOptional(),
})

const appeal = z.strictObject({
  appeal: text,
  expectation: text,
  at: moment,
  answered: z.strictObject({ at: moment, granted: z.boolean(), words: text, by: text }).exactOptional(),
})

export const siteScore = z.strictObject({
  site: text,
  country: text,
  ngi: text,
  tier: text.exactOptional(),
  timeZone: text,
  alerted: moment.exactOptional(),
  isTold: z.boolean(),
  overall: light,
  categories: z.array(z.strictObject({ category: Expectation.shape.category, light, points: z.number(), outOf: z.number(), reason: text })),
  scores: z.array(score),
  coverage,
  times: z.strictObject({
    headsUp: duration.exactOptional(),
    containment: duration.exactOptional(),
    closure: duration.exactOptional(),
  }),
  timeline: story,
  access: z.array(serviceAccess),
  findings: z.array(z.strictObject({ service: text, endpoint: text, what: text, words: text })),
  depth: depth.exactOptional(),
  heardFrom: z.array(z.strictObject({ from: text, how: text, evidence })),
  appeals: z.array(appeal),
})

const role = z.enum(['site', 'manager', 'ngi', 'vo', 'ca', 'nren', 'announce'])
export const partyScore = z.strictObject({ party: text, role, name: text, timeZone: text, overall: light, scores: z.array(score) })

const spread = z.strictObject({
  alerted: text.exactOptional(),
  alertedMs: moment.exactOptional(),
  told: z.array(z.strictObject({ from: text, to: text, at: moment, how: text, evidence })),
  heard: count,
  contained: count,
  of: count,
  everywhereMs: duration.exactOptional(),
})

const indicator = z.strictObject({
  type: z.enum(['identity', 'label', 'url', 'process', 'file', 'sha256']),
  value: text,
  site: text.exactOptional(),
})

const head = {
  asOf: moment,
  audience: z.union([z.enum(['csirt', 'public']), z.templateLiteral(['ngi:', text]), z.templateLiteral(['site:', text])]),
  tlp: z.enum(['TLP:RED', 'TLP:AMBER+STRICT', 'TLP:AMBER', 'TLP:GREEN', 'TLP:CLEAR']),
  rehearsal: z.boolean(),
}
const named = { run: text, title: text }
const window = z.strictObject({ from: text, to: text })
const told = {
  ...{ ...head, ...named, scenario: text, rubric, rules, window, vo: text, outages },
  phase: z.enum(['planned', 'approved', 'running', 'stopped', 'ended']),
}

const run = z.strictObject({
  ...told,
  planHash: text,
  sites: z.array(siteScore),
  others: z.strictObject({ sites: count, lights: lightCounts }).exactOptional(),
  parties: z.array(partyScore),
  times,
  spread: spread.exactOptional(),
  indicators: z.array(indicator).exactOptional(),
  coverage,
  timeline: story,
  heads: z.array(z.strictObject({ stream: text, seq: count, hash: text })),
  signature: signature.exactOptional(),
})

const site = z.strictObject({
  ...told,
  site: siteScore,
  others: z.strictObject({ sites: count, lights: lightCounts, times }).exactOptional(),
  improve: z.array(text),
  facts: z.strictObject({ stream: text, rows: z.array(z.strictObject({ seq: count, body: text, hash: text })) }),
  signature: signature.exactOptional(),
})

const place = { site: text, country: text, ngi: text }
const certificate = z.strictObject({
  ...head,
  ...named,
  ...place,
  scenario: text,
  window,
  issuer: text,
  signature: signature.exactOptional(),
})

const acknowledgement = z.strictObject({
  ...{ ...head, ...named, window, issuer: text, criterion: text, of: count },
  sites: z.array(z.strictObject(place)),
})

const comparedRun = z.strictObject({
  ...{ ...named, scenario: text, window, asOf: moment, coverage, times, rubric },
  origin: text.exactOptional(),
  sites: count,
  lights: lightCounts,
})

const comparison = z.strictObject({
  ...{ ...head, rubric },
  runs: z.array(comparedRun),
  sites: z.array(z.strictObject({ ...place, lights: z.array(light.nullable()), headsUp: z.array(duration.nullable()) })),
})

const metrics = z.strictObject({
  ...head,
  by: z.enum(['month', 'quarter']),
  rubrics: z.array(rubric),
  periods: z.array(
    z.strictObject({
      ...{ period: text, runs: z.array(text), sites: count, lights: lightCounts, times, coverage },
      contacts: z.strictObject({ asked: count, answered: count, failed: count }),
    }),
  ),
})

const contact = z.strictObject({
  ...{ who: text, role, address: text, accepted: count, refused: count, bounced: count, words: z.array(text) },
  ...{ automatic: count, human: count },
  firstAnswer: z.strictObject({ at: moment, wallMs: duration, workingMs: duration }).exactOptional(),
  depth: depth.exactOptional(),
})
const contacts = z.strictObject({ ...head, ...named, contacts: z.array(contact) })

/** What `core/domain/document.ts` says, for those who read documents elsewhere; test/domain/document-schema.test.ts holds the two equal. */
export const documentSchemas = { run, site, certificate, acknowledgement, comparison, metrics, contacts }

/** The place of a kind's definition; a name, from which nothing is fetched. */
export function schemaPlace(kind: DocumentKind): string {
  return `documents.schema.json#/$defs/${kind}`
}

/** The parts that stand in the schema once, under their names. */
const parts = { siteScore, score, distribution, lightCounts, evidence, signature, rules }

/** JSON Schema, draft 2020-12, of a document's file as the format `json` writes it; a definition for each kind. */
export function documentsSchema(): Record<string, unknown> {
  const names = z.registry<{ id: string }>()
  for (const [id, part] of Object.entries(parts)) names.add(part, { id })
  const files = documentKinds.map((kind) => {
    const file = z.strictObject({ $schema: z.literal(schemaPlace(kind)), kind: z.literal(kind), content: documentSchemas[kind] })
    names.add(file, { id: kind })
    return file
  })
  return { title: 'A document of a security service challenge', ...z.toJSONSchema(z.union(files), { metadata: names }) }
}
