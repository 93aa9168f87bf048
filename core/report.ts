import { readRunState } from './app/view.ts'
import { buildReport } from './domain/build-report.ts'
import { canonicalJson } from './domain/json.ts'
import type { Report } from './domain/report.ts'
import type { Instance } from './instance.ts'

/** The report of a run as its log tells it, with our signature over the heads of its chains. */
export async function reportOf({ store, keys }: Pick<Instance, 'store' | 'keys'>, run: string): Promise<Report> {
  await readRunState(store, run)
  const report = buildReport(await store.readRun(run), { audience: 'csirt', tlp: 'TLP:AMBER' })
  const signature = keys.sign(Buffer.from(canonicalJson(report.heads)))
  return { ...report, signature: { algorithm: 'Ed25519', ...signature } }
}
