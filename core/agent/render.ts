import { readFileSync } from 'node:fs'
import { below } from '../domain/address.ts'
import { type Action, allowedActions, catalogue } from '../domain/task.ts'
import { type AgentSettings, parseSettings } from './settings.ts'

export type { AgentSettings } from './settings.ts'

/** The parts of the program in their order: each but the first and the last defines functions only. */
const parts = ['settings', 'request', 'verify', 'judge', 'carry-out', 'live'] as const

/**
 * The mock incident's program, one POSIX sh file. It holds the job's secret: write it with mode 0600.
 * Throws InputError with every mistake in the settings.
 */
export function renderAgent(settings: AgentSettings): string {
  const values = valuesOf(parseSettings(settings))
  const template = parts.map((part) => readPart(`${part}.sh`)).join('')
  return template.replace(/@([A-Z_]+)@/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the agent's parts name @${name}@, which nothing fills`)
    return value
  })
}

function valuesOf(agent: ReturnType<typeof parseSettings>): Record<string, string> {
  return {
    NOTICE: quote(agent.notice),
    CONTACT: quote(agent.contact),
    NAME: quote(`ssc-agent (security exercise; ${agent.contact.replaceAll(/[^ -~]/g, '?')})`),
    RUN: quote(agent.run),
    JOB: quote(agent.job),
    LISTENERS: quote(agent.listenerUrls.map((url) => below(url, '')).join(' ')),
    ENDPOINTS: quote(agent.contactUrls.join(' ')),
    DECLARED: quote(declared(agent.actions)),
    TRACES: quote(agent.traces.join(' ')),
    CPU_SECONDS: String(agent.cpuSeconds),
    EXPIRES: String(Math.floor(agent.expiresAt / 1_000)),
    LIFE: String(agent.lifeSeconds),
    HEARTBEAT: String(agent.heartbeatSeconds),
    SILENCE: String(agent.silenceSeconds),
    CHILDREN: String(agent.childCount),
    ...keyValues(agent),
    REQUEST_PY: quote(readPart('request.py')),
    REQUEST_JS: quote(readPart('request.cjs')),
    VERIFY_PY: quote(readPart('verify.py')),
  }
}

function keyValues({ publicKey, token }: ReturnType<typeof parseSettings>): Record<string, string> {
  const { n = '', e = '' } = publicKey.export({ format: 'jwk' })
  const hex = (base64url: string) => Buffer.from(base64url, 'base64url').toString('hex')
  return {
    PUBLIC_KEY: quote(String(publicKey.export({ format: 'pem', type: 'spki' })).trim()),
    MODULUS: hex(n),
    EXPONENT: hex(e),
    INNER_PAD: pad(token, 0x36),
    OUTER_PAD: pad(token, 0x5c),
  }
}

/** The actions that the scenario declared, with the bounds of the catalogue: `idle mark:1:9 stop`. */
function declared(actions: readonly Action[]): string {
  const allowed: readonly string[] = allowedActions(actions)
  return Object.entries(catalogue)
    .filter(([action]) => allowed.includes(action))
    .map(([action, bounds]) => (bounds ? `${action}:${bounds.least}:${bounds.most}` : action))
    .join(' ')
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

const texts = new Map<string, string>()

/** From the disk once: a big launch makes the program for each of its sites. */
function readPart(name: string): string {
  const text = texts.get(name) ?? readFileSync(new URL(`./parts/${name}`, import.meta.url), 'utf8')
  texts.set(name, text)
  return text
}
