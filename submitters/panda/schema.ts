import { z } from 'zod'

const word = (what: string) =>
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}$/, `not a ${what}: letters, digits, dot, dash and underscore`)

/** Scheme, host and port only: paths are ours, and the whole is compared with a job's endpoint. */
const Server = z
  .url({ protocol: /^https?$/, error: 'give the address of the PanDA server, for example https://pandaserver.vo.example:25443' })
  .max(300)
  .refine((text) => !URL.canParse(text) || isBare(new URL(text)), 'an address without user, path or query')
  .transform((text) => new URL(text).origin)

/** From config.yaml. Each is told in readme.md. */
export const PandaOptions = z.strictObject({
  server: Server,
  vo: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,59}([:][A-Za-z0-9_-]{1,30})?$/, 'not a VO, or a VO and a role as vo:role')
    .optional(),
  auth: z.enum(['any', 'token', 'proxy']).default('any'),
  prodSourceLabel: word('source label').default('user'),
  processingType: word('processing type').default('ssc'),
  workingGroup: word('working group').optional(),
  cloud: word('cloud').optional(),
  namePrefix: z
    .string()
    .regex(/^([A-Za-z0-9][A-Za-z0-9._-]{0,39})?$/, 'a prefix has at most 40 letters, digits, dots, dashes or underscores')
    .default(''),
  transform: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .regex(/^[A-Za-z0-9:/._-]+$/, 'an address without user or query')
    .optional(),
  log: z.enum(['dataset', 'local', 'none']).default('dataset'),
  ramMb: z.number().int().min(100).max(100_000).default(1_000),
  timeoutSeconds: z.number().int().min(1).max(600).default(60),
  callsAtOnce: z.number().int().min(1).max(32).default(8),
  jobsPerCall: z.number().int().min(1).max(5_000).default(500),
})
export type PandaOptions = z.infer<typeof PandaOptions>

function isBare({ username, password, pathname, search, hash }: URL): boolean {
  return username === '' && password === '' && pathname === '/' && search === '' && hash === ''
}
