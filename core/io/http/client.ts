import { setMaxListeners } from 'node:events'
import { PermanentError, TransientError } from '../../domain/errors.ts'
import type { Identity } from '../../domain/identity.ts'
import { isLoopback } from '../../domain/loopback.ts'
import type { HttpAnswer, HttpRequest } from '../../domain/reach.ts'
import { readCredentials } from './credentials.ts'
import { asText, exchange, type RawAnswer } from './exchange.ts'
import { closeLanes, type Lanes, openLanes, withLane } from './lanes.ts'
import { readTrust } from './trust.ts'

export type HttpSettings = {
  /** A grid's CA folder, for example /etc/grid-security/certificates; the system's CAs are trusted besides. */
  caFolder: string
  /** Its proxy and token files are read at each call. */
  identity?: Identity
  /** Names or addresses of the hosts that may be reached. */
  hosts: readonly string[]
  /** Aborts at the deadline of the whole call. */
  signal: AbortSignal
  /** Lets a body run when there is a free slot. */
  limit<T>(body: () => Promise<T>): Promise<T>
}

/**
 * HTTP/1.1 to the services of sites and VOs; no redirect is followed. The answer comes back whatever its status is. Throws
 * TransientError when the request certainly was not sent (name, connection, TLS, our own credential's file, no slot in time),
 * PermanentError when asking again cannot help (a host that may not be reached, a server whose CA is not trusted, our
 * certificate refused: the message then holds `certificate refused` and the words of the server's TLS alert),
 * UnsureError when it was sent and no whole answer came.
 */
export type HttpPool = {
  request(request: HttpRequest, settings: HttpSettings): Promise<HttpAnswer>
  /** The same for what is signed by itself, such as a revocation list: it may come by plain http, and its bytes stay as they are. */
  download(request: HttpRequest, settings: HttpSettings): Promise<RawAnswer>
  close(): Promise<void>
}

export function createHttpPool(): HttpPool {
  const lanes = openLanes()
  let isClosed = false
  return {
    request: async (request, settings) => asText(await requestOnce(lanes, request, { ...settings, isClosed: () => isClosed })),
    download: (request, settings) => requestOnce(lanes, request, { ...settings, isClosed: () => isClosed, isSigned: true }),
    close: async () => {
      isClosed = true
      await closeLanes(lanes)
    },
  }
}

type Settings = HttpSettings & { isClosed(): boolean; isSigned?: true }

async function requestOnce(lanes: Lanes, request: HttpRequest, settings: Settings): Promise<RawAnswer> {
  const { identity, caFolder, signal, isClosed } = settings
  const url = allowedUrl(request.url, settings)
  return inSlot(settings, url, async () => {
    const credentials = await readCredentials(request.auth, identity)
    const trust = url.protocol === 'https:' ? await readTrust(caFolder) : undefined
    if (isClosed()) throw givenUp(url)
    return withLane(lanes, { origin: url.origin, credentials, trust }, async (client) => {
      const value = await exchange(client, { request, url, token: credentials.token, signal })
      return { value, isFine: !value.isCut }
    })
  })
}

/** Who waits for a slot waits no longer than the call; once the body runs, it sees to its own end. */
function inSlot<T>({ limit, signal }: HttpSettings, url: URL, body: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(givenUp(url))
    // A call may send many requests at once, and each listens to its end.
    setMaxListeners(0, signal)
    signal.addEventListener('abort', leave, { once: true })
    const start = () => {
      signal.removeEventListener('abort', leave)
      return signal.aborted ? Promise.reject(givenUp(url)) : body()
    }
    limit(start)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', leave))
  })
}

function givenUp(url: URL): TransientError {
  return new TransientError(`${url.host}: given up before it was asked`)
}

function allowedUrl(text: string, { hosts, isSigned }: Pick<Settings, 'hosts' | 'isSigned'>): URL {
  const url = text.length <= 8192 && URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw new PermanentError('not the address of a web service')
  if (url.username !== '' || url.password !== '') throw new PermanentError(`${url.host}: no name or password may stand in an address`)
  if (!hosts.some((host) => bare(host) === bare(url.hostname)))
    throw new PermanentError(`${url.host} is not among the hosts that this call may reach`)
  if (url.protocol === 'https:' || (url.protocol === 'http:' && (isSigned || isLoopback(url.hostname)))) return url
  throw new PermanentError(`${url.host}: only https is spoken, not ${url.protocol.slice(0, -1)}`)
}

function bare(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, '$1')
}
