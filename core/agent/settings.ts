import { createPublicKey, type KeyObject } from 'node:crypto'
import { z } from 'zod'
import { plainAddress } from '../domain/address.ts'
import { InputError } from '../domain/errors.ts'
import { JobName } from '../domain/heartbeat.ts'
import { Trace } from '../domain/scenario.ts'
import { Action } from '../domain/task.ts'

/** A year: longer than any run. */
const seconds = z.number().int().min(1).max(31_622_400)

const AgentSettings = z.strictObject({
  run: JobName,
  job: JobName,
  /** The job's secret: 32 bytes in hex. */
  token: z.string().regex(/^[0-9a-f]{64}$/, 'a token is 64 hexadecimal digits'),
  /** What the run's tasks and its stop are signed with: SPKI in PEM. */
  publicKey: z.string().max(4_000).transform(readKey),
  /** Base addresses of the listener, tried in turn. */
  listenerUrls: z.array(address('the listener')).min(1).max(8),
  /** The challenge's own endpoints, for `contact`. */
  contactUrls: z.array(address('an endpoint')).max(8),
  /** What the scenario declared; `idle` and `stop` are always allowed. */
  actions: z.array(Action),
  /** What stays for the investigators, unless the run is stopped. */
  traces: z.array(Trace),
  /** All the processor seconds that `load` may burn. */
  cpuSeconds: z.number().int().min(0).max(3_600),
  /** By the machines' clock, in ms since 1970: never the story's time. */
  expiresAt: z.number().int().positive(),
  lifeSeconds: seconds,
  heartbeatSeconds: seconds,
  /** It ends when no good answer came for so long. */
  silenceSeconds: seconds,
  contact: printable(254),
  notice: printable(2_000),
  childCount: z.number().int().min(0).max(10),
})
export type AgentSettings = z.input<typeof AgentSettings>

/** Throws InputError, which names every mistake by its path and shows no secret. */
export function parseSettings(settings: AgentSettings): z.output<typeof AgentSettings> {
  const parsed = AgentSettings.safeParse(settings)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new InputError('the agent cannot be made from these settings', problems)
}

/** Only a public key: from a private one Node.js would make its public half, and the mistake would stay hidden. */
function readKey(pem: string, ctx: z.RefinementCtx): KeyObject {
  const key = parseKey(pem)
  const { modulusLength = 0 } = key?.asymmetricKeyDetails ?? {}
  if (key?.asymmetricKeyType === 'rsa' && modulusLength >= 3_072 && modulusLength <= 8_192) return key
  ctx.addIssue({ code: 'custom', message: 'the public half of an RSA key of 3072 to 8192 bits is wanted, as PEM (SPKI)' })
  return z.NEVER
}

function parseKey(pem: string): KeyObject | undefined {
  if (!/^\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/.test(pem)) return undefined
  try {
    return createPublicKey(pem)
  } catch {
    return undefined
  }
}

function address(whose: string) {
  return plainAddress(`${whose} has a plain address, with no user, query or fragment`)
}

function printable(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*(\n[^\p{Cc}\p{Cs}]*)*$/u, 'no control characters but a new line')
}
