import { z } from 'zod'

/** A distinguished name or a token's subject. */
export const Subject = z
  .string()
  .min(1)
  .max(1000)
  .regex(/^[^\r\n]*$/, 'a subject is one line')

const File = z.string().regex(/^\/[^\0\r\n]*$/, 'give the whole path of the file, beginning with /')

/** Where a credential that runs out is made anew from. `file`: what tells its end, where it can be read here. */
const RenewableSource = z.strictObject({
  kind: z.enum(['certificate', 'myproxy', 'refresh-token']),
  file: File.optional(),
  /** Its end, when no file here tells it. */
  ends: z.iso.datetime({ offset: true, error: 'a time needs a date, a time and a zone, for example 2027-01-11T08:00:00Z' }).optional(),
})
export type RenewableSource = z.infer<typeof RenewableSource>

/** One entry of `identities.yaml`: who it is, and in which files its credentials lie. No secret stands in it. */
export const Identity = z.strictObject({
  subject: Subject,
  kind: z.enum(['attacker', 'pilot', 'control', 'revoked']),
  holder: z.string().min(1).max(200),
  vo: z.strictObject({ name: z.string().min(1).max(200), state: z.enum(['asked', 'registered', 'suspended']) }).optional(),
  /** An X.509 proxy: certificate, key and chain in one file. */
  proxyFile: File.optional(),
  /** A bearer token, alone in its file. */
  tokenFile: File.optional(),
  /** The account at a site's host, and its private key. */
  ssh: z.strictObject({ user: z.string().regex(/^[a-z_][a-z0-9_.-]{0,63}$/i, 'not the name of an account'), keyFile: File }).optional(),
  /** The same credential's file on a user-interface host, by that host's name in config.yaml. */
  on: z.record(z.string(), z.strictObject({ proxyFile: File.optional(), tokenFile: File.optional() })).default({}),
  renewable: RenewableSource.optional(),
})
export type Identity = z.infer<typeof Identity>

export const Identities = z.array(Identity).superRefine((identities, ctx) => {
  for (const [i, { subject }] of identities.entries())
    if (identities.findIndex((one) => one.subject === subject) < i)
      ctx.addIssue({ code: 'custom', path: [i, 'subject'], message: 'this subject stands in the register already' })
})
export type Identities = z.infer<typeof Identities>
