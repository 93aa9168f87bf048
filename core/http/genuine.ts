import { readFileSync } from 'node:fs'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Handlebars from 'handlebars'
import { letters, type MailKind } from '../domain/mail.ts'
import { createBucket, type Pace } from './bucket.ts'
import { pageHeaders } from './page.ts'

export type GenuineParts = {
  /** Where a code of 12 hex digits, in small letters, stands; undefined when it is in no mail that was sent. `sentMs` since 1970. */
  genuine(code: string): Promise<{ site: string; run: string; mail: MailKind; sentMs: number } | undefined>
  /** Whom a site asks. */
  contact: { name: string; address: string }
  /** How fast codes are checked, for all who ask together. */
  guesses?: Pace
}

/** What the page is filled with. */
type View = {
  title: string
  form?: true
  found?: { mail: string; site: string; run: string; iso: string; utc: string }
  unknown?: true
  problem?: string
  invalid?: true
}

const FORM_TYPE = 'application/x-www-form-urlencoded'
const MOST_BYTES = 200
/** 48 bits of code: a search at this pace takes a million years. */
const GUESSES: Pace = { perSecond: 5, burst: 20 }

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const css = read('./genuine.css')
const template = Handlebars.create().compile(read('./genuine.hbs'), { strict: true, knownHelpersOnly: true })
const HEADERS = pageHeaders(css)

/**
 * A Fastify plug-in: the page `/genuine`, on which a site checks, outside of the mail, the code of a mail. A GET only shows the
 * form, since scanners of mail follow every link; a code is read from the body of a POST alone.
 */
export async function serveGenuine(app: FastifyInstance, { genuine, contact, guesses = GUESSES }: GenuineParts): Promise<void> {
  const mayCheck = createBucket(guesses)
  const show = (reply: FastifyReply, status: number, view: View) =>
    reply.code(status).headers(HEADERS).type('text/html; charset=utf-8').send(render(view, contact))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(FORM_TYPE, { parseAs: 'string', bodyLimit: MOST_BYTES }, async (_request: FastifyRequest, body: string) => body)
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const status = error.statusCode ?? 503
    return status < 500 ? show(reply, status, invalid()) : show(reply, 503, notNow('We cannot check codes at the moment.'))
  })
  app.get('/genuine', (_request, reply) => show(reply, 200, { title: 'Is this mail genuine?', form: true }))
  app.post<{ Body: string | undefined }>('/genuine', async ({ body = '' }, reply) => {
    const code = codeIn(body)
    if (code === undefined) return show(reply, 400, invalid())
    if (!mayCheck()) return show(reply.header('retry-after', '10'), 429, notNow('Too many codes are being checked at the moment.'))
    return show(reply, 200, viewOf(await genuine(code)))
  })
}

/** The code that the form brought: people copy it with blanks and dashes of any kind, and in capital letters. */
function codeIn(body: string): string | undefined {
  const codes = new URLSearchParams(body).getAll('code')
  const code = (codes[0] ?? '').replaceAll(/[\s\p{Pd}]/gu, '').toLowerCase()
  return codes.length === 1 && /^[0-9a-f]{12}$/.test(code) ? code : undefined
}

function viewOf(found: Awaited<ReturnType<GenuineParts['genuine']>>): View {
  if (found === undefined) return { title: 'This code is not known', unknown: true }
  const iso = new Date(found.sentMs).toISOString()
  const utc = `${iso.slice(0, 10)} at ${iso.slice(11, 16)} UTC`
  return { title: 'This code is genuine', found: { mail: `the ${letters[found.mail].title}`, site: found.site, run: found.run, iso, utc } }
}

function invalid(): View {
  const problem = 'A code has 12 characters, each of 0 to 9 or a to f. Type it as it stands in the mail.'
  return { title: 'This is no code', problem, invalid: true }
}

function notNow(why: string): View {
  return { title: 'Not checked', problem: `${why} This says nothing about your mail: try again in a minute, or ask us.` }
}

function render(view: View, contact: GenuineParts['contact']): string {
  const absent = { form: false, found: false, unknown: false, problem: false, invalid: false }
  return template({ ...absent, ...view, contact, css: new Handlebars.SafeString(css) })
}
