import { challengeStream, type MailKind } from '../domain/event.ts'
import type { Core } from './deps.ts'
import { readChallenge } from './view.ts'

/** The document that tells which mail of which site a code belongs to, by the code's hash. */
export function codesName(run: string): string {
  return `codes:${run}`
}

type Codes = Record<string, { site: string; mail: MailKind }>
export type Genuine = { run: string; site: string; mail: MailKind; sentMs: number }

/**
 * Answers whether a code stands in a mail that really went out. What runs there are is looked up at most once a minute, so that
 * guesses cost nothing.
 */
export function createCodeCheck({ store, sha256, clock }: Pick<Core, 'store' | 'sha256' | 'clock'>) {
  let known: { at: number; codes: ReadonlyMap<string, { run: string; site: string; mail: MailKind }> } | undefined

  async function allCodes() {
    if (known !== undefined && clock.wall() - known.at < 60_000) return known.codes
    const runs = await store.listRuns()
    const documents = await Promise.all(runs.map(async ({ run }) => ({ run, codes: await store.document<Codes>(codesName(run)) })))
    const codes = new Map(
      documents.flatMap(({ run, codes = {} }) => Object.entries(codes).map(([hash, place]) => [hash, { run, ...place }] as const)),
    )
    known = { at: clock.wall(), codes }
    return codes
  }

  return async function check(code: string): Promise<Genuine | undefined> {
    const place = (await allCodes()).get(sha256(code))
    if (place === undefined) return undefined
    const { mails } = await readChallenge(store, challengeStream(place.run, place.site))
    const sent = mails[place.mail].sending
    return sent === undefined ? undefined : { ...place, sentMs: sent.at }
  }
}
