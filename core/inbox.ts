import { createContacts, createMatcher } from './app/match-mail.ts'
import { type TakeDeps, takeMail } from './app/take-mail.ts'
import type { Instance } from './instance.ts'
import { createParser } from './io/mail/safe-parse.ts'
import { startInbox } from './io/mail/smtp-inbox.ts'
import type { Came, Envelope, Parser } from './ports.ts'

/** Where a mail goes that came in, by whatever way; one of which there is only a part is not read. */
export type Mailroom = TakeDeps & { parser: Parser; take(raw: Uint8Array, envelope?: Envelope, came?: Came): Promise<void> }

/** `onMail` is told after each mail that was kept. */
export function openMailroom(instance: Instance, onMail?: () => void): Mailroom {
  const { store, clock, keys, sha256 } = instance
  const match = createMatcher({ store, sha256 }, createContacts({ store, clock }))
  const deps = { store, clock, keys, sha256, match, parser: createParser() }
  return {
    ...deps,
    take: async (raw, envelope, came = {}) => {
      await takeMail(deps, raw, { ...came, ...(envelope && { envelope }) })
      onMail?.()
    },
  }
}

type InboxOptions = { host: string; port: number; tls?: { key: Buffer; cert: Buffer }; onError(error: unknown): void }

/** Takes the sites' answers by SMTP. */
export function openInbox({ take }: Mailroom, address: string, options: InboxOptions) {
  return startInbox({ ...options, address, accept: (raw, envelope) => take(raw, envelope) })
}
