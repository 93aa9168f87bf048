import { InputError, messageOf, PermanentError, RefusedError, TransientError } from '../domain/errors.ts'
import type { Acting, Giving, Reading } from '../http/operator/route.ts'
import type { Cli } from './cli.ts'

const TIMEOUT_MS = 60_000
const MOST_ANSWER_BYTES = 64 * 1024 * 1024
/** The connection was not made: so nothing was sent. */
const NEVER_SENT =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|ERR_TLS|CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO)/

/** An instance elsewhere, and by what one shows there who one is. `url`: scheme, host and port. */
export type Remote = { url: string; token: string }

/** What a verb that works through the API may use. */
export type Far = Pick<Cli, 'cwd' | 'out' | 'err'> & { url: string; api: Api }

export type Params = Readonly<Record<string, string>>
type Asked = { params?: Params; query?: Readonly<Record<string, string | undefined>> }
type Told = { params?: Params; body: Readonly<Record<string, unknown>> | FormData }

/** The routes of the officers' pages, asked from elsewhere. Throws the errors that the use cases throw there. */
export type Api = {
  read<Data>(route: Reading<any, Data>, asked?: Asked): Promise<Data>
  act<Data>(route: Acting<any, Data>, told: Told): Promise<Data>
  file(route: Giving, asked?: Asked): Promise<Buffer>
}

export function createApi(remote: Remote, signal: AbortSignal): Api {
  const send = (url: string, init: RequestInit) => exchange(url, withToken(init, remote.token), signal)
  const address = (route: { path: string }, { params = {}, query = {} }: Asked) =>
    `${remote.url}/api/v1${pathOf(route.path, params)}${queryOf(query)}`
  const parsed = <Data>(route: Reading<any, Data> | Acting<any, Data>, answer: Buffer): Data => {
    const read = route.answer.safeParse(jsonOf(answer))
    if (read.success) return read.data
    const problems = read.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.')}: ${message}`)
    throw new InputError(
      `${remote.url} answers otherwise than this version of ssc understands: use the same version here and there`,
      problems,
    )
  }
  return {
    read: async (route, asked = {}) => parsed(route, await send(address(route, asked), {})),
    act: async (route, { params = {}, body }) => {
      const isForm = body instanceof FormData
      const headers = isForm ? {} : { 'content-type': 'application/json' }
      return parsed(route, await send(address(route, { params }), { method: 'POST', headers, body: isForm ? body : JSON.stringify(body) }))
    },
    file: (route, asked = {}) => send(address(route, asked), {}),
  }
}

function withToken(init: RequestInit, token: string): RequestInit {
  return { ...init, headers: { ...init.headers, authorization: `Bearer ${token}`, accept: 'application/json, */*' } }
}

function pathOf(path: string, params: Params): string {
  if (path === '/') return '/runs'
  return path.replaceAll(/:(\w+)/g, (_, name: string) => {
    const value = params[name] ?? ''
    // They would be read as another path.
    if (value === '' || value === '.' || value === '..') throw new InputError(`'${value}' cannot be the name of a ${name}`, [])
    return encodeURIComponent(value)
  })
}

function queryOf(query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

async function exchange(url: string, init: RequestInit, signal: AbortSignal): Promise<Buffer> {
  const { origin } = new URL(url)
  const both = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)])
  try {
    // A redirect could lead the token elsewhere.
    const answer = await fetch(url, { ...init, redirect: 'manual', signal: both })
    const body = await bodyOf(answer)
    if (answer.ok) return body
    throw faultOf(origin, answer, body)
  } catch (error) {
    throw isOurs(error) ? error : lostError(origin, init.method === 'POST', error)
  }
}

function isOurs(error: unknown): boolean {
  return error instanceof InputError || error instanceof RefusedError || error instanceof PermanentError || error instanceof TransientError
}

async function bodyOf(answer: Response): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of answer.body ?? []) {
    bytes += part.length
    if (bytes > MOST_ANSWER_BYTES) throw new PermanentError(`the answer is longer than ${MOST_ANSWER_BYTES} bytes, and was not read`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** The words of the other side, as the class of error that they stand for there. */
function faultOf(origin: string, { status, headers }: Response, body: Buffer): Error {
  const { error, problems } = (jsonOf(body) ?? {}) as { error?: unknown; problems?: unknown }
  if (typeof error !== 'string') return new PermanentError(`${origin} answered with ${status}: is this the address of the officers' pages?`)
  const all = Array.isArray(problems) ? problems.map(String) : []
  if (status === 401) return new RefusedError(`${origin} does not know the token, or it is over: make another one at ${origin}/settings`)
  if (status === 403 || status === 409) return new RefusedError(error)
  const after = headers.get('retry-after')
  if (status === 429 || status >= 500) return new TransientError(`${error}${after === null ? '' : ` (after ${after} s)`}`)
  return new InputError(error, all)
}

function lostError(origin: string, isDeed: boolean, error: unknown): Error {
  const cause = (error as { cause?: { code?: string } }).cause
  const why = cause === undefined ? messageOf(error) : messageOf(cause) || String(cause.code)
  const isSent = !NEVER_SENT.test(cause?.code ?? '')
  const so = !isDeed ? '' : isSent ? '\nIt may have been done all the same: look, before you say it again.' : '\nNothing was done.'
  return new TransientError(`${origin} did not answer: ${why}${so}`)
}
