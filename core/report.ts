import { readRunState } from './app/view.ts'
import { buildReport } from './domain/build-report.ts'
import { canonicalJson } from './domain/json.ts'
import type { Report, Signature } from './domain/report.ts'
import type { Rubric } from './domain/rubric.ts'
import type { Instance } from './instance.ts'

type Open = Pick<Instance, 'store' | 'keys'>

/** The report of a run as its log tells it, for the CSIRT, with our signature over the heads of its chains. */
export async function reportOf({ store, keys }: Open, run: string, rubric?: Rubric): Promise<Report> {
  await readRunState(store, run)
  const extras = { audience: 'csirt', tlp: 'TLP:AMBER', ...(rubric && { rubric }) } as const
  return signHeads(keys, buildReport(await store.readRun(run), extras))
}

/** A report that names no chain is not signed: there is nothing in it that could be proved. */
export function signHeads(keys: Open['keys'], report: Report): Report {
  return report.heads.length === 0 ? report : { ...report, signature: signatureOf(keys, report.heads) }
}

/** Over the canonical JSON of the value. */
export function signatureOf(keys: Open['keys'], value: unknown): Signature {
  return { algorithm: 'Ed25519', ...keys.sign(Buffer.from(canonicalJson(value))) }
}
