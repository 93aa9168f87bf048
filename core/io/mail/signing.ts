import { z } from 'zod'
import { isLoopback } from '../../domain/loopback.ts'
import type { MailCrypto } from './compose-mail.ts'

const Path = z.string().regex(/^\/[^\0\r\n]*$/, 'give the whole path, beginning with /')

export const OpenPgp = z.strictObject({
  /** The armored secret key, mode 0600. */
  keyFile: Path,
  passphraseFile: Path.optional(),
  /**
   * The public key of a recipient stands in SSC_HOME/pgp/<address>.asc, the address in small letters. `required`: no mail goes
   * without a key that works; `if-possible`: it then goes signed only.
   */
  encrypt: z.enum(['never', 'if-possible', 'required']).default('if-possible'),
})
export type OpenPgp = z.infer<typeof OpenPgp>

export const Smime = z.strictObject({
  /** The certificate as PEM. */
  certificateFile: Path,
  /** The authorities between it and the one that all trust, as PEM, where there are some. */
  chainFile: Path.optional(),
  /** As PEM, mode 0600. */
  keyFile: Path,
  passphraseFile: Path.optional(),
})
export type Smime = z.infer<typeof Smime>

/** How mails are signed: `none`, `{ openpgp: { keyFile: … } }` or `{ smime: { certificateFile: …, keyFile: … } }`. */
export const Signing = z
  .union([z.literal('none'), z.strictObject({ openpgp: OpenPgp }), z.strictObject({ smime: Smime })], {
    error: 'give none, or one of { openpgp: { keyFile: … } } and { smime: { certificateFile: …, keyFile: … } }',
  })
  .default('none')
export type Signing = z.infer<typeof Signing>

/** Where mails go out; the setting `smtp`. The password is read from a file, when it is needed. */
export const Smtp = z
  .strictObject({
    host: z.string().default('127.0.0.1'),
    port: z.number().int().min(0).max(65535).default(25),
    /** TLS from the first byte on (port 465). */
    secure: z.boolean().default(false),
    /** STARTTLS. Default: `none` on loopback, else `required`; `opportunistic` is no protection from one who sits on the way. */
    tls: z.enum(['none', 'opportunistic', 'required']).optional(),
    /** A folder of CAs that count beside the system's, or a file of the only ones that count. Default: the system's. */
    certificates: Path.optional(),
    /** What we call ourselves in EHLO. Default: the domain of our own address. */
    name: z
      .string()
      .regex(/^[A-Za-z0-9.-]{1,253}$/, 'not the name of a host')
      .optional(),
    user: z.string().optional(),
    passwordFile: Path.optional(),
  })
  .refine(({ host, secure, tls, user }) => user === undefined || secure || isLoopback(host) || (tls ?? 'required') === 'required', {
    message: 'a password goes over an encrypted connection only: set tls: required',
    path: ['tls'],
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    message: 'user and passwordFile go together',
    path: ['passwordFile'],
  })
export type Smtp = z.infer<typeof Smtp>

export type Log = (message: string, data?: Record<string, unknown>) => void

/**
 * What signs the mails, tried once before any mail depends on it; undefined when they are not signed. `home`: SSC_HOME.
 * Throws InputError, saying what to mend.
 */
export async function openMailCrypto(signing: Signing, { home, log }: { home: string; log: Log }): Promise<MailCrypto | undefined> {
  if (signing === 'none') return undefined
  // both are loaded only where they are used: the one is large, and every verb reads the settings
  if ('openpgp' in signing) return (await import('./openpgp.ts')).openOpenPgp(signing.openpgp, { home, log })
  return (await import('./smime.ts')).openSmime(signing.smime)
}
