import { z } from 'zod'
import { redact } from './domain/audience.ts'
import { buildCertificate } from './domain/build-certificate.ts'
import { buildReport } from './domain/build-report.ts'
import { buildSiteReport } from './domain/build-site-report.ts'
import { verifyChain } from './domain/chain.ts'
import type { Certificate } from './domain/document.ts'
import { type Event, siteOfStream } from './domain/event.ts'
import { canonicalJson } from './domain/json.ts'
import type { Report } from './domain/report.ts'
import { happenedAt } from './domain/timeline.ts'
import type { Instance } from './instance.ts'
import { sha256 } from './io/keys.ts'
import { fingerprintOf, isSigned } from './io/signatures.ts'
import type { WrittenReport } from './io/written-report.ts'

/** What was looked at, in plain words, and what does not hold. Without faults all of it holds. */
export type Verified = { checked: string[]; faults: string[]; fingerprint?: string }

const Head = z.object({ stream: z.string(), seq: z.number().int().positive(), hash: z.string() })
const Row = z.object({ seq: z.number().int().positive(), body: z.string(), hash: z.string() })
const Signed = z.object({ algorithm: z.literal('Ed25519'), publicKey: z.string(), value: z.string() })
const Facts = z.object({ stream: z.string(), rows: z.array(Row).min(1) })
const Evidence = z.object({ stream: z.string(), seq: z.number(), at: z.number() })
const Scores = z.array(z.object({ expectation: z.string(), evidence: z.array(Evidence) }))

/** What a report proves by itself, with nothing but the key that it brings: no store is needed. */
export function verifyAlone(written: WrittenReport): Verified {
  if (written.kind === 'certificate') return verifyCertificate(written.content)
  return written.kind === 'run' ? verifyHeads(written.content) : verifySite(written.content)
}

function verifyCertificate({ signature, ...content }: Certificate): Verified {
  const signed = verifySignature(content, signature)
  return { ...signed, checked: signed.faults.length === 0 ? ['the signature over the whole certificate is good'] : [] }
}

function verifyHeads({ heads, signature }: Report): Verified {
  const read = z.array(Head).safeParse(heads)
  if (!read.success) return { checked: [], faults: ['its heads are not as they should be'] }
  const signed = verifySignature(heads, signature)
  return { ...signed, checked: signed.faults.length > 0 ? [] : [`the signature over the heads of its ${heads.length} chains is good`] }
}

/** Its chain, its signature, and that each of its evidences is a fact of that chain. */
function verifySite({ signature, ...content }: Extract<WrittenReport, { kind: 'site' }>['content']): Verified {
  const facts = Facts.safeParse(content.facts)
  if (!facts.success) return { checked: [], faults: ['its facts are not as they should be'] }
  const scores = Scores.safeParse(content.site.scores)
  if (!scores.success) return { checked: [], faults: ['its scores are not as they should be'] }
  const { stream, rows } = facts.data
  const chain = verifyChain(
    rows.map((row) => ({ ...row, stream })),
    sha256,
  )
  const signed = verifySignature(content, signature)
  const strays = chain.length > 0 ? [] : strayEvidence(scores.data, facts.data)
  const checked = [
    ...(chain.length === 0 ? [`all ${rows.length} facts of the site are in their chain`] : []),
    ...(chain.length + strays.length === 0 ? ['each evidence is one of these facts, with its time'] : []),
    ...(signed.faults.length === 0 ? ['the signature over the whole report is good'] : []),
  ]
  return { ...signed, checked, faults: [...chain, ...strays, ...signed.faults] }
}

function verifySignature(value: unknown, signature: unknown): Omit<Verified, 'checked'> {
  const read = Signed.safeParse(signature)
  if (!read.success) return { faults: ['it is not signed'] }
  const fingerprint = fingerprintOf(read.data.publicKey)
  if (fingerprint === undefined) return { faults: ['the key in it is no Ed25519 key'] }
  return {
    fingerprint,
    faults: isSigned(canonicalJson(value), read.data) ? [] : ['its signature is not good: it was changed after it was signed'],
  }
}

function strayEvidence(scores: z.infer<typeof Scores>, { stream, rows }: z.infer<typeof Facts>): string[] {
  return scores.flatMap(({ expectation, evidence }) =>
    evidence
      .filter((one) => one.stream === stream && timeOf(rows[one.seq - 1]) !== one.at)
      .map((one) => `${expectation}: its evidence ${stream}#${one.seq} is not such a fact`),
  )
}

function timeOf(row: z.infer<typeof Row> | undefined): number | undefined {
  try {
    return row && happenedAt(JSON.parse(row.body) as Parameters<typeof happenedAt>[0])
  } catch {
    return undefined
  }
}

/**
 * Whether a report follows from our own log as it was when the report was made: up to the heads that stand in it, and not
 * beyond. The log may have grown since.
 */
export async function verifyAgainstLog({ store }: Pick<Instance, 'store'>, written: WrittenReport): Promise<Verified> {
  const events = await store.readRun(written.content.run)
  if (events.length === 0) return { checked: [], faults: [] }
  const heads = headsIn(written)
  const places = new Map(events.map((event) => [`${event.stream}#${event.seq}`, event.hash]))
  const strays = heads.filter(({ stream, seq, hash }) => places.get(`${stream}#${seq}`) !== hash)
  if (strays.length > 0)
    return { checked: [], faults: strays.map(({ stream, seq }) => `${stream}#${seq}: our log holds another fact there, or none`) }
  const fresh = await rebuilt(store, written, eventsUntil(events, heads, written))
  const { signature: _, ...said } = written.content
  const follows = fresh !== undefined && canonicalJson(said) === canonicalJson(fresh)
  return follows
    ? { checked: ['it follows from our log as it was then'], faults: [] }
    : {
        checked: [],
        faults: [
          'this report does not follow from our log as it was then; when another version of this program wrote it, write it anew: ssc report',
        ],
      }
}

type Heads = readonly { stream: string; seq: number; hash: string }[]

function headsIn(written: WrittenReport): Heads {
  if (written.kind === 'run') return written.content.heads
  if (written.kind === 'certificate') return []
  const { stream, rows } = written.content.facts
  const last = rows.at(-1)
  return last === undefined ? [] : [{ stream, seq: last.seq, hash: last.hash }]
}

/** Of chains whose head the report does not tell, as it names others: what there was at its time. */
function eventsUntil(events: readonly Event[], heads: Heads, { content }: WrittenReport): Event[] {
  const ends = new Map(heads.map(({ stream, seq }) => [stream, seq]))
  return events.filter(({ stream, seq, at }) => {
    const end = ends.get(stream)
    if (end !== undefined) return seq <= end
    return content.audience !== 'csirt' && at <= content.asOf
  })
}

/** The same report anew, without its signature; undefined when there was nothing to report. */
async function rebuilt(store: Instance['store'], written: WrittenReport, events: readonly Event[]): Promise<object | undefined> {
  try {
    const { audience, tlp } = written.content
    const report = buildReport(events, { audience: 'csirt', tlp: audience === 'csirt' ? tlp : 'TLP:AMBER' })
    if (written.kind === 'run') return redact(report, audience)
    if (written.kind === 'certificate') return buildCertificate(report, written.content)
    const { stream, rows } = written.content.facts
    const chain = (await store.chainRows(report.run)).filter((row) => row.stream === stream && row.seq <= rows.length)
    return buildSiteReport(report, siteOfStream(stream) ?? '', chain)
  } catch {
    return undefined
  }
}
