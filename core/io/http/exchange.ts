import type { Client, Dispatcher } from 'undici'
import { UnsureError } from '../../domain/errors.ts'
import type { HttpAnswer, HttpRequest } from '../../domain/reach.ts'
import { failureOf } from './failure.ts'

export type Call = { request: HttpRequest; url: URL; token: string | undefined; signal: AbortSignal }

type Progress = {
  isOver: boolean
  isSent: boolean
  answer?: { status: number; headers: Record<string, string> }
  chunks: Buffer[]
  size: number
}
type Ending = { succeed(isCut: boolean): void; fail(error: unknown): void }

const DEFAULT_TIMEOUT_MS = 30_000
const LONGEST_TIMEOUT_MS = 10 * 60_000
const DEFAULT_MAX_BYTES = 1024 * 1024

/** An answer whose body was not read as text. */
export type RawAnswer = Omit<HttpAnswer, 'body'> & { bytes: Buffer }

/** One request and its answer, within one deadline. When it fails, or the answer is cut, the client must be destroyed. */
export function exchange(client: Client, call: Call): Promise<RawAnswer> {
  const { request, url, signal } = call
  const timeoutMs = Math.min(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, LONGEST_TIMEOUT_MS)
  const progress: Progress = { isOver: false, isSent: false, chunks: [], size: 0 }
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      if (progress.isOver) return
      progress.isOver = true
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      settle()
    }
    const ending: Ending = {
      succeed: (isCut) => end(() => resolve(answerOf(progress, isCut))),
      fail: (error) => end(() => reject(failureOf(error, { host: url.host, isSent: progress.isSent, status: progress.answer?.status }))),
    }
    const onAbort = () => ending.fail(new Error('given up, as asked'))
    const timer = setTimeout(() => ending.fail(new Error(`no complete answer within ${timeoutMs} ms`)), timeoutMs)
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) return onAbort()
    try {
      client.dispatch(optionsOf(call), handlerOf(progress, ending, request.maxBytes ?? DEFAULT_MAX_BYTES))
    } catch (error) {
      ending.fail(error)
    }
  })
}

function optionsOf({ request, url, token }: Call): Dispatcher.DispatchOptions {
  const headers: Record<string, string> = { ...request.headers }
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === 'authorization')
  if (token !== undefined && !isGiven) headers.Authorization = `Bearer ${token}`
  return {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers,
    ...(request.body !== undefined && { body: request.body }),
  }
}

function handlerOf(progress: Progress, { succeed, fail }: Ending, maxBytes: number): Dispatcher.DispatchHandler {
  return {
    onRequestStart: (controller) => {
      if (progress.isOver) controller.abort(new Error('nobody waits for it any more'))
      else progress.isSent = true
    },
    onRequestUpgrade: (...[, , , socket]) => {
      socket.destroy()
      fail(new UnsureError('it answered with another protocol'))
    },
    onResponseStart: (_controller, status, headers) => {
      // 1xx only announces the answer: RFC 9110, section 15.2.
      if (status >= 200) progress.answer = { status, headers: flat(headers) }
    },
    onResponseData: (_controller, chunk) => {
      if (progress.isOver) return
      progress.chunks.push(chunk.subarray(0, Math.max(0, maxBytes - progress.size)))
      progress.size += chunk.length
      if (progress.size > maxBytes) succeed(true)
    },
    onResponseEnd: () => succeed(false),
    onResponseError: (_controller, error) => fail(error),
  }
}

function flat(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), [value ?? ''].flat().join(', ')]))
}

function answerOf({ answer, chunks }: Progress, isCut: boolean): RawAnswer {
  return { status: answer?.status ?? 0, headers: answer?.headers ?? {}, bytes: Buffer.concat(chunks), isCut }
}

/** A character that was cut in two is left out; other bytes that are no UTF-8 show as U+FFFD. */
export function asText({ bytes, ...answer }: RawAnswer): HttpAnswer {
  return { ...answer, body: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: answer.isCut }) }
}
