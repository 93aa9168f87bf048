import { siteOfStream } from '../domain/event.ts'
import type { MailKind } from '../domain/mail.ts'
import { refOf } from '../domain/refs.ts'
import type { Core } from './deps.ts'
import { readChallenge } from './view.ts'

export type Genuine = { run: string; site: string; mail: MailKind; sentMs: number }

/** Answers whether a code stands in a letter that really went out: it is known from the moment on in which the letter is about to leave. */
export function createCodeCheck({ store, sha256 }: Pick<Core, 'store' | 'sha256'>) {
  return async function check(code: string): Promise<Genuine | undefined> {
    const [found] = await store.refs([refOf.code(sha256(code))])
    if (found === undefined) return undefined
    const { letters, party } = await readChallenge(store, found.stream)
    const sent = letters[found.letter]?.sending
    const site = siteOfStream(found.stream) ?? party?.data.party.name ?? found.run
    return sent === undefined ? undefined : { run: found.run, site, mail: found.mail, sentMs: sent.at }
  }
}
