import { z } from 'zod'
import { isLoopback } from '../../core/domain/loopback.ts'

/** Ids in one question or order. DiracX answers pages of up to 10 000, but a command line and a transaction should stay short. */
export const IDS_A_CALL = 100
/** Longest script that travels inside the JDL: as base64 it stays below Linux' 128 KiB for one environment variable. */
export const MAX_EMBEDDED_BYTES = 64 * 1024

/** The root of a web service: no path, no query, no password. */
const Root = z
  .string()
  .max(300)
  .refine(isRoot, 'give the root of the service, for example https://diracx.example')
  .transform((text) => new URL(text).origin)

function isRoot(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text)
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) return false
  return pathname === '/' && search + hash + username + password === ''
}

/** From config.yaml, below `submitters.dirac.options`. */
export const DiracOptions = z.strictObject({
  /** DiracX, which all sites' jobs go through. With `way: commands` it only names the service: DIRAC's own configuration decides. */
  server: Root,
  way: z.enum(['rest', 'commands']).default('rest'),
  /** The object store of the sandboxes. Without it scripts travel in the JDL, and no output comes back by REST. */
  sandboxStore: Root.optional(),
  /** DIRAC's JobType: one of those that the VO allows. */
  jobType: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, 'not the name of a job type')
    .default('User'),
})
export type DiracOptions = z.infer<typeof DiracOptions>
