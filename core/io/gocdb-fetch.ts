import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { InputError, messageOf, PermanentError, TransientError } from '../domain/errors.ts'
import { type Method, nextPage } from './gocdb/document.ts'
import { quote } from './gocdb/notes.ts'
import type { GocdbFiles } from './gocdb/read-gocdb.ts'
import type { SourceFile } from './gocdb/source.ts'

export type FetchOptions = {
  /** For example https://goc.egi.eu/gocdbpi; `/private/` and `/public/` are added. */
  baseUrl: string
  certificate?: { certPath: string; keyPath: string }
  /** The authorities to trust, in the place of the system's. */
  caPath?: string
  token?: string
  /** For all of it together. */
  timeoutMs: number
  signal?: AbortSignal
  /** GOCDB's scopes, separated by commas; without it GOCDB takes its own default. */
  scope?: string
  /** Only downtimes that end after this day, YYYY-MM-DD: GOCDB holds those of many years. */
  downtimesSince?: string
}

const MAX = { pageBytes: 64 * 1024 * 1024, allBytes: 512 * 1024 * 1024, pages: 1000 }

export type DocumentName = keyof GocdbFiles
/** `unscoped`: an unknown parameter is an error to GOCDB, and this method knows no scope. */
type Document = { method: Method; level: 'private' | 'public'; optional?: true; unscoped?: true; params?: Record<string, string> }

export type Fetched = { files: Partial<Record<DocumentName, SourceFile[]>>; warnings: string[] }

/** What GOCDB shows to everybody, and what only to registered people and machines. */
const DOCUMENTS: Record<DocumentName, Document> = {
  sites: { method: 'get_site', level: 'private' },
  services: { method: 'get_service_endpoint', level: 'public' },
  downtimes: { method: 'get_downtime', level: 'public' },
  ngis: { method: 'get_ngi', level: 'private', optional: true },
  // Only the people who are needed.
  contacts: { method: 'get_site_contacts', level: 'private', optional: true, params: { roletype: 'Site Security Officer' } },
  // All of them: its startdate and enddate are taken the wrong way round by some versions.
  certifications: { method: 'get_cert_status_changes', level: 'private', optional: true, unscoped: true },
}

/** What makes a federation. */
const FEDERATION: readonly DocumentName[] = ['sites', 'services', 'downtimes', 'ngis', 'contacts']

type Session = { options: FetchOptions; base: URL; agent: Agent; signal: AbortSignal; bytes: number; visited: Set<string> }

/** Gets GOCDB's documents, page by page. All of them or none: an error leaves the last good copy as it is. */
export async function fetchGocdb(
  options: FetchOptions,
  more: readonly DocumentName[] = [],
): Promise<{ files: GocdbFiles; warnings: string[] }> {
  const { files, warnings } = await fetchDocuments(options, [...FEDERATION, ...more])
  return { files: files as GocdbFiles, warnings }
}

/** These documents alone; what is optional and not for us is left out, with a warning. */
export async function fetchDocuments(options: FetchOptions, names: readonly DocumentName[]): Promise<Fetched> {
  const base = baseOf(options.baseUrl)
  const deadline = AbortSignal.timeout(options.timeoutMs)
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal])
  const agent = new Agent({ connect: await credentials(options), maxResponseSize: MAX.pageBytes })
  const session: Session = { options, base, agent, signal, bytes: 0, visited: new Set() }
  const files: Partial<Record<DocumentName, SourceFile[]>> = {}
  const warnings: string[] = []
  try {
    for (const name of names) {
      const document = DOCUMENTS[name]
      const pages = await fetchPages(session, document)
      if (pages === undefined) warnings.push(`${document.method}: the server does not show it to us (403); going on without it`)
      else files[name] = pages
    }
  } finally {
    await agent.destroy()
  }
  return { files, warnings }
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return url
  throw new InputError('GOCDB cannot be asked:', [`GOCDB's address ${quote(text)}: give one like https://goc.egi.eu/gocdbpi`])
}

async function credentials(options: FetchOptions): Promise<{ cert?: Buffer; key?: Buffer; ca?: Buffer }> {
  const { certificate, caPath, token } = options
  const problems: string[] = []
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    problems.push('the token holds spaces, line breaks or foreign letters: give it alone')
  const read = (path: string, what: string) =>
    readFile(path).catch((error) => {
      problems.push(`the ${what} cannot be read: ${messageOf(error)}`)
    })
  const cert = certificate && (await read(certificate.certPath, 'certificate'))
  const key = certificate && (await read(certificate.keyPath, 'key'))
  const ca = caPath === undefined ? undefined : await read(caPath, 'CA file')
  if (problems.length > 0) throw new InputError('GOCDB cannot be asked:', problems)
  return { ...(cert && { cert }), ...(key && { key }), ...(ca && { ca }) }
}

/** All pages of a document, or undefined when it is optional and not for us. */
async function fetchPages(session: Session, document: Document): Promise<SourceFile[] | undefined> {
  const pages: SourceFile[] = []
  let url: URL | undefined = firstUrl(session, document)
  while (url !== undefined) {
    const name = `${document.method} page ${pages.length + 1}`
    if (pages.length === MAX.pages) throw new PermanentError(`${document.method}: more than ${MAX.pages} pages: narrow it with a scope`)
    if (session.visited.has(url.href)) throw new PermanentError(`${name}: the server sends us in a circle`)
    session.visited.add(url.href)
    const text = await fetchPage(session, url, { name, optional: document.optional === true && pages.length === 0 })
    if (text === undefined) return undefined
    const page = { name, text }
    pages.push(page)
    url = nextUrl(page, url)
  }
  return pages
}

function firstUrl({ base, options }: Session, { method, level, params, unscoped }: Document): URL {
  const url = new URL(base.href)
  url.pathname = `${base.pathname.replace(/\/+$/, '')}/${level}/`
  const since = method === 'get_downtime' && options.downtimesSince !== undefined ? { windowstart: options.downtimesSince } : {}
  const scope = options.scope === undefined || unscoped ? {} : { scope: options.scope }
  // A cursor asks for pages: https://docs.egi.eu/internal/configuration-database/api/
  url.search = new URLSearchParams({ method, ...params, ...scope, ...since, next_cursor: '0' }).toString()
  return url
}

/** The server may lead us to its own pages only: it gets our token. */
function nextUrl(page: SourceFile, from: URL): URL | undefined {
  const href = nextPage(page)
  if (href === undefined) return undefined
  const url = URL.canParse(href, from.href) ? new URL(href, from.href) : undefined
  if (url?.origin === from.origin) return url
  throw new PermanentError(`${page.name}: its next page ${quote(href)} is not at ${from.origin}: not followed`)
}

async function fetchPage(session: Session, url: URL, page: { name: string; optional: boolean }): Promise<Uint8Array | undefined> {
  try {
    const { token } = session.options
    const headers = { accept: 'application/xml', 'accept-encoding': 'identity', ...(token && { authorization: `Bearer ${token}` }) }
    const { statusCode, body } = await request(url, { dispatcher: session.agent, signal: session.signal, headers })
    if (statusCode !== 200) {
      await body.dump()
      if (statusCode === 403 && page.optional) return undefined
      throw statusError(page.name, statusCode)
    }
    const bytes = new Uint8Array(await body.arrayBuffer())
    session.bytes += bytes.length
    if (session.bytes > MAX.allBytes) throw new PermanentError(`${page.name}: more than ${MAX.allBytes} bytes: narrow it with a scope`)
    return bytes
  } catch (error) {
    throw fetchError(session, page.name, error)
  }
}

function statusError(name: string, status: number): Error {
  const words = `${name}: the server answered ${status}`
  if (status === 401 || status === 403) return new PermanentError(`${words}: give a certificate or a token that is registered in GOCDB`)
  if (status >= 500 || status === 429) return new TransientError(`${words}: try again later`)
  return new PermanentError(status >= 300 && status < 400 ? `${words}: redirects are not followed, correct the address` : words)
}

function fetchError({ signal, options }: Session, name: string, error: unknown): Error {
  if (error instanceof PermanentError || error instanceof TransientError) return error
  if (options.signal?.aborted) return new TransientError(`${name}: given up, as asked`)
  if (signal.aborted) return new TransientError(`${name}: no complete answer within ${options.timeoutMs} ms: try again later`)
  const code = (error as { code?: unknown }).code
  const words = `${name}: ${messageOf(error)}${code === undefined ? '' : ` (${code})`}`
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return new PermanentError(`${words}: at most ${MAX.pageBytes} bytes are read`)
  const certificate = /CERT|SIGN|ISSUER|ALTNAME|_O?SSL_|_TLS_/.test(String(code))
  return certificate ? new PermanentError(`${words}: check the certificate, its key and the CA file`) : new TransientError(words)
}
