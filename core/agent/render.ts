import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { InputError } from '../domain/errors.ts'
import { JobName } from '../domain/heartbeat.ts'

/** A year: longer than any run. */
const seconds = z.number().int().min(1).max(31_622_400)

const AgentSettings = z.strictObject({
  job: JobName,
  /** The job's secret: 32 bytes in hex. */
  token: z.string().regex(/^[0-9a-f]{64}$/, 'a token is 64 hexadecimal digits'),
  listenerUrl: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .regex(/^[A-Za-z0-9:/._~[\]-]+$/, 'the listener has a plain address, with no user, query or fragment'),
  /** By the machines' clock, in ms since 1970: never the story's time. */
  expiresAt: z.number().int().positive(),
  lifeSeconds: seconds,
  heartbeatSeconds: seconds,
  /** It ends when no good answer came for so long. */
  silenceSeconds: seconds,
  contact: printable(254),
  notice: printable(2_000),
  childCount: z.number().int().min(0).max(100),
})
export type AgentSettings = z.infer<typeof AgentSettings>

/** The mock incident's program, one POSIX sh file. It holds the job's secret: write it with mode 0600. */
export function renderAgent(settings: AgentSettings): string {
  const values = valuesOf(parseSettings(settings))
  return readTemplate().replace(/@([A-Z_]+)@/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`agent.sh names @${name}@, which nothing fills`)
    return value
  })
}

function parseSettings(settings: AgentSettings): AgentSettings {
  const parsed = AgentSettings.safeParse(settings)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new InputError('the agent cannot be made from these settings', problems)
}

function valuesOf(agent: AgentSettings): Record<string, string> {
  return {
    NOTICE: quote(agent.notice),
    CONTACT: quote(agent.contact),
    JOB: quote(agent.job),
    URL: quote(`${agent.listenerUrl.replace(/\/+$/, '')}/v1/heartbeat`),
    NAME: quote(`ssc-agent (security exercise; ${agent.contact.replaceAll(/[^ -~]/g, '?')})`),
    EXPIRES: String(Math.floor(agent.expiresAt / 1_000)),
    LIFE: String(agent.lifeSeconds),
    HEARTBEAT: String(agent.heartbeatSeconds),
    SILENCE: String(agent.silenceSeconds),
    CHILDREN: String(agent.childCount),
    INNER_PAD: pad(agent.token, 0x36),
    OUTER_PAD: pad(agent.token, 0x5c),
  }
}

/** RFC 2104, section 2: the key, filled up to the hash's block of 64 bytes, XOR the pad's byte; as a format for printf. */
function pad(token: string, byte: number): string {
  const block = Buffer.alloc(64)
  block.write(token, 'hex')
  return quote([...block].map((b) => `\\${(b ^ byte).toString(8).padStart(3, '0')}`).join(''))
}

/** One word for the shell, whatever it holds. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function printable(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*(\n[^\p{Cc}\p{Cs}]*)*$/u, 'no control characters but a new line')
}

function readTemplate(): string {
  return readFileSync(new URL('./agent.sh', import.meta.url), 'utf8')
}
