import { challengeStream, type MailKind } from '../domain/event.ts'
import type { Core } from './deps.ts'
import { readChallenge } from './view.ts'

/** The document that tells which mail of which site a code belongs to, by the code's hash. */
export function codesName(run: string): string {
  return `codes:${run}`
}

type Codes = Record<string, { site: string; mail: MailKind }>
export type Genuine = { run: string; site: string; mail: MailKind; sentMs: number }

/** How often it is looked at most whether there is a new run. */
const LOOK_MS = 5_000

/**
 * Answers whether a code stands in a mail that really went out. The codes of a run never change and are read once; what runs there
 * are is looked up for a code that is not known, and then now and then only, so that guesses cost nothing.
 */
export function createCodeCheck({ store, sha256, clock }: Pick<Core, 'store' | 'sha256' | 'clock'>) {
  const places = new Map<string, { run: string; site: string; mail: MailKind }>()
  const read = new Set<string>()
  let lookedMs = Number.NEGATIVE_INFINITY

  async function readNewRuns(): Promise<void> {
    if (Math.abs(clock.wall() - lookedMs) < LOOK_MS) return
    const runs = (await store.listRuns()).map(({ run }) => run).filter((run) => !read.has(run))
    for (const run of runs) {
      const codes = await store.document<Codes>(codesName(run))
      if (codes === undefined) continue
      for (const [hash, place] of Object.entries(codes)) places.set(hash, { run, ...place })
      read.add(run)
    }
    lookedMs = clock.wall()
  }

  return async function check(code: string): Promise<Genuine | undefined> {
    const hash = sha256(code)
    if (!places.has(hash)) await readNewRuns()
    const place = places.get(hash)
    if (place === undefined) return undefined
    const { mails } = await readChallenge(store, challengeStream(place.run, place.site))
    const sent = mails[place.mail].sending
    return sent === undefined ? undefined : { ...place, sentMs: sent.at }
  }
}
