import { z } from 'zod'
import { messageOf, PermanentError, TransientError, UnsureError } from '../../domain/errors.ts'
import type { HttpAnswer, HttpRequest } from '../../domain/reach.ts'
import { createSlots, type Slots } from '../../domain/slots.ts'
import { plainLine } from '../../domain/text.ts'
import type { HttpPool } from '../http/client.ts'
import { OPEN_TO_ALL, readSmallFile } from '../secret-file.ts'
import { tokenIn } from '../token-file.ts'
import type { RtOptions } from './rt-options.ts'

export type RtReach = { pool: HttpPool /** A grid's CA folder. */; caFolder: string; signal?: AbortSignal }

export type RtClient = {
  host: string
  /** Reads: nothing happens there, so whatever goes wrong on the way can be tried again. */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>
  /** As `get`; undefined when RT cannot show it: it is too large, was removed, or RT fails over it each time. */
  getShown<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined>
  /** Does something once. An answer that did not come, or was no clear no, is an UnsureError. */
  post(path: string, body: unknown): Promise<HttpAnswer>
  /** Sets something; setting it again does no harm. */
  put(path: string, body: unknown): Promise<void>
}

type Wanted = { method: 'GET' | 'POST' | 'PUT'; path: string; body?: unknown }

const MOST_ANSWER_BYTES = 2 * 1024 * 1024
const MOST_TOKEN_BYTES = 16 * 1024
const MOST_AT_ONCE = 4

/** Speaks REST2 with one Request Tracker: https://docs.bestpractical.com/rt/5.0.3/RT/REST2.html */
export function createRtClient(options: RtOptions, { pool, caFolder, signal = new AbortController().signal }: RtReach): RtClient {
  const { hostname, host } = new URL(options.url)
  const limit = createSlots(MOST_AT_ONCE)

  const send = (wanted: Wanted) => sendOnce(wanted, options, { pool, caFolder, signal, limit })

  /** Of what can be repeated without harm. */
  function sendAgain(wanted: Wanted): Promise<HttpAnswer> {
    return send(wanted).catch((error) => {
      throw error instanceof UnsureError ? new TransientError(error.message) : error
    })
  }

  async function get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    const answer = settled(host, await sendAgain({ method: 'GET', path }))
    if (answer.isCut) throw new PermanentError(`${host}: the answer to ${path} is larger than ${MOST_ANSWER_BYTES} bytes`)
    return read(host, answer, schema)
  }

  async function getShown<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
    for (const _attempt of [1, 2]) {
      const answer = await sendAgain({ method: 'GET', path })
      if (answer.isCut || answer.status === 403 || answer.status === 404) return undefined
      if (answer.status !== 500) return read(host, settled(host, answer), schema)
    }
    // When RT fails over everything, this throws, and nothing is taken for unreadable that can be read tomorrow.
    await get('/rt', z.unknown())
    return undefined
  }

  async function post(path: string, body: unknown): Promise<HttpAnswer> {
    const answer = await send({ method: 'POST', path, body })
    if (isPassing(answer.status)) throw new TransientError(wordsOf(host, answer))
    if (answer.status >= 500 || answer.isCut) throw new UnsureError(`${wordsOf(host, answer)}; it was sent`)
    return allowed(host, answer)
  }

  const put = async (path: string, body: unknown) => void settled(host, await sendAgain({ method: 'PUT', path, body }))
  return { host: hostname, get, getShown, post, put }
}

async function sendOnce(
  { method, path, body }: Wanted,
  options: RtOptions,
  reach: Required<RtReach> & { limit: Slots },
): Promise<HttpAnswer> {
  const { pool, caFolder, signal, limit } = reach
  const headers = { Authorization: `token ${await readToken(options.tokenFile)}`, Accept: 'application/json' }
  const request: HttpRequest = {
    method,
    url: `${options.url}${path}`,
    headers: { ...headers, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    auth: 'none',
    timeoutMs: options.timeoutMs,
    maxBytes: MOST_ANSWER_BYTES,
  }
  return pool.request(request, { caFolder, hosts: [new URL(options.url).hostname], signal, limit: (work) => limit(work, signal) })
}

async function readToken(file: string): Promise<string> {
  const { text, isOpenToAll } = await readSmallFile(file, MOST_TOKEN_BYTES).catch((error) => {
    throw new TransientError(`the token file ${file} ${messageOf(error)}`)
  })
  if (isOpenToAll) throw new TransientError(`the token file ${file} ${OPEN_TO_ALL}`)
  const token = tokenIn(text)
  if (token === undefined) throw new TransientError(`the token file ${file} holds no token in its first line`)
  return token
}

/** 408 and 429 say that nothing was done: RFC 9110, section 15.5.9, and RFC 6585, section 4. */
function isPassing(status: number): boolean {
  return status === 408 || status === 429
}

function settled(host: string, answer: HttpAnswer): HttpAnswer {
  if (isPassing(answer.status) || answer.status >= 500) throw new TransientError(wordsOf(host, answer))
  return allowed(host, answer)
}

function allowed(host: string, answer: HttpAnswer): HttpAnswer {
  if (answer.status >= 200 && answer.status < 300) return answer
  const words = wordsOf(host, answer)
  if (answer.status === 401)
    throw new PermanentError(`${words}: the token is wrong or over; make another one in RT and put it into the token file`)
  if (answer.status === 403) throw new PermanentError(`${words}: check the queue's name, and the rights of the token's account on it`)
  if (answer.status >= 300 && answer.status < 400) throw new PermanentError(`${words}: redirects are not followed; check the url`)
  throw new PermanentError(words)
}

/** What RT said, on one line: `{"message": ...}`, or a page of a proxy before it. */
function wordsOf(host: string, { status, body }: HttpAnswer): string {
  const said = /"message"\s*:\s*"((?:[^"\\]|\\.){0,300})/.exec(body.slice(0, 2_000))?.[1]
  return plainLine(`${host} answered ${status}${said === undefined ? '' : ` ${said}`}`)
}

function read<T>(host: string, { body }: HttpAnswer, schema: z.ZodType<T>): T {
  let found: unknown
  try {
    found = JSON.parse(body)
  } catch {
    // A proxy's page that tells of maintenance, mostly.
    throw new TransientError(`${host}: the answer is not JSON`)
  }
  const parsed = schema.safeParse(found)
  if (parsed.success) return parsed.data
  throw new PermanentError(
    plainLine(
      `${host}: the answer is not that of RT's REST2: ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`,
    ),
  )
}
