import { shutOuts } from '../domain/access.ts'
import type { ChallengeState } from '../domain/challenge.ts'
import type { CommonReport } from '../domain/common-report.ts'
import { RefusedError } from '../domain/errors.ts'
import type { ReceivedReport } from '../domain/event.ts'
import { gradeReport, type ReportKey } from '../domain/grade-report.ts'
import { canonicalJson } from '../domain/json.ts'
import { earliest } from '../domain/order.ts'
import { refOf } from '../domain/refs.ts'
import { readTextForm } from '../domain/report-form.ts'
import type { Content, IncomingMail, NewFact } from '../ports.ts'
import type { Core } from './deps.ts'
import { readChallenge } from './view.ts'

/** A file that was sent with a report: kept as it is, never opened. */
export type Evidence = { name: string; contentType: string; bytes: Uint8Array; sha256: string }

type Graded = { factOf(came: { cameMs?: number }): NewFact; receipt: string; content: Pick<Content, 'hash' | 'bytes'>; fields: number }

/** The common report in a mail; undefined when it holds none worth the name. */
export function reportInMail(
  core: Pick<Core, 'sha256'>,
  { mail, challenge, stream, timeZone }: { mail: IncomingMail; challenge: ChallengeState; stream: string; timeZone: string },
): Graded | undefined {
  if (challenge.planned === undefined) return undefined
  const read = readTextForm(mail.said, timeZone) ?? readTextForm(mail.text, timeZone)
  if (read === undefined) return undefined
  const graded = graderOf(core, challenge, stream)(read.report, { via: 'mail', mail: mail.contentHash, evidence: mail.attachments })
  return graded.fields >= LEAST_FIELDS ? graded : undefined
}

/** One entry alone, such as `Hosts: ...`, is part of an answer, and no report. */
const LEAST_FIELDS = 2

type From = Pick<ReceivedReport, 'via' | 'mail'> & { evidence: readonly { sha256: string; bytes: number }[] }

function graderOf({ sha256 }: Pick<Core, 'sha256'>, challenge: ChallengeState, stream: string) {
  return (report: CommonReport, { evidence, ...from }: From): Graded => {
    const bytes = new TextEncoder().encode(canonicalJson(report))
    const contentHash = sha256(bytes)
    const verdicts = Object.entries(gradeReport(report, reportKeyOf(challenge))).map(([field, { verdict }]) => [field, verdict] as const)
    const receipt = sha256(`${stream} ${contentHash}`).slice(0, 12)
    const kept = evidence.map((one) => ({ sha256: one.sha256, bytes: one.bytes }))
    const data: ReceivedReport = { ...from, contentHash, receipt, grade: Object.fromEntries(verdicts), evidence: kept }
    return {
      factOf: (came) => ({ stream, type: 'ReportReceived', data: { ...data, ...came }, key: `report:${contentHash}` }),
      receipt,
      content: { hash: contentHash, bytes },
      fields: verdicts.filter(([, verdict]) => verdict !== 'missing').length,
    }
  }
}

/** What we know of the mock incident at this site: planned, and seen. */
export function reportKeyOf(challenge: ChallengeState): ReportKey {
  const key = challenge.planned!.data.key
  const hosts = challenge.agentSeen === undefined ? [] : [challenge.agentSeen.data.host]
  const { cancelled } = challenge.jobStates
  const ended = earliest([...challenge.farewells.filter((one) => one.data.reason === 'signal'), cancelled, ...shutOuts(challenge.access)])
  const nativeId = challenge.submitted?.data.nativeId
  return {
    identity: key.identity,
    ...(key.pilot === undefined ? {} : { pilot: key.pilot }),
    label: key.label,
    ...(nativeId === undefined ? {} : { nativeId }),
    hosts,
    addresses: [...key.addresses],
    names: [...key.names],
    fromMs: key.fromMs,
    untilMs: key.untilMs,
    ...(ended === undefined ? {} : { containedMs: ended.at }),
  }
}

/** The challenge that a personal link leads to; undefined for one that was never sent to anybody. */
export async function findReportLink(
  { store, sha256 }: Pick<Core, 'store' | 'sha256'>,
  link: string,
): Promise<{ run: string; stream: string } | undefined> {
  const [found] = await store.refs([refOf.link(sha256(link))])
  return found?.stream.startsWith('challenge/') ? { run: found.run, stream: found.stream } : undefined
}

/** Takes a report from the web; durable when it resolves, and the same one again changes nothing. */
export async function takeReport(
  core: Core,
  link: string,
  got: { report: CommonReport; via: 'form' | 'json'; files: readonly Evidence[] },
): Promise<{ receipt: string }> {
  const place = await findReportLink(core, link)
  if (place === undefined) throw new RefusedError('there is no such link')
  const challenge = await readChallenge(core.store, place.stream)
  const evidence = got.files.map((file) => ({ sha256: file.sha256, bytes: file.bytes.length }))
  const { factOf, receipt, content } = graderOf(core, challenge, place.stream)(got.report, { via: got.via, evidence })
  const files = got.files.map((file) => ({ hash: file.sha256, bytes: file.bytes }))
  await core.store.commit({ run: place.run, facts: [factOf({})], contents: [content, ...files].map((one) => ({ ...one, ...place })) })
  return { receipt }
}
