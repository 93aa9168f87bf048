import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { readPlannedRun } from '../../app/view.ts'
import { type Account, isCsirt, isOfficer, may, type Viewer } from '../../domain/account.ts'
import { AUDIT } from '../../domain/audit.ts'
import { InputError, RefusedError } from '../../domain/errors.ts'
import type { PlannedRun } from '../../domain/work.ts'
import { createBuckets } from '../bucket.ts'
import { NotAllowedError } from './errors.ts'
import type { Paces } from './paces.ts'
import { renderPage, type Unsent } from './render.ts'
import type { Acting, Asked, Done, Giving, Office, Page, Reading, Route } from './route.ts'
import { said, takeSaid } from './said.ts'
import type { Sessions } from './session.ts'

export const API = '/api/v1'

type Parts = { office: Office; sessions: Sessions; paces: Paces }
type Exchange = Parts & { request: FastifyRequest; reply: FastifyReply; isApi: boolean }

/** Serves each route as a page and as JSON: both ask the same, under the same rules. */
export function mountRoutes(app: FastifyInstance, routes: readonly Route[], parts: Parts): void {
  const paced = createPaces(parts.paces)
  const viewers = new WeakMap<FastifyRequest, Viewer>()
  for (const route of routes) {
    for (const isApi of [false, true]) {
      const url = isApi ? `${API}${route.path === '/' ? '/runs' : route.path}` : route.path
      app.route({
        method: route.kind === 'acting' ? 'POST' : 'GET',
        url,
        // Before a byte of the body is read.
        onRequest: async (request, reply) => {
          const viewer = await parts.sessions.viewerOf(request)
          if (viewer === undefined) throw new NotAllowedError(401, 'Sign in first.')
          paced(viewer, route.kind)
          await admit(route, { ...parts, request, reply, isApi }, viewer)
          viewers.set(request, viewer)
        },
        handler: async (request, reply) => {
          const exchange = { ...parts, request, reply, isApi }
          const viewer = viewers.get(request)!
          if (route.kind === 'acting') return take(route, exchange, viewer)
          return route.kind === 'reading' ? show(route, exchange, viewer) : give(route, exchange, viewer)
        },
      })
    }
  }
}

function createPaces({ reads, acts }: Paces): (viewer: Viewer, kind: Route['kind']) => void {
  const [mayRead, mayAct] = [createBuckets(reads), createBuckets(acts)]
  return ({ account }, kind) => {
    const [pace, may] = kind === 'acting' ? [acts, mayAct] : [reads, mayRead]
    const afterS = Math.max(1, Math.ceil(1 / pace.perSecond))
    if (!may(account.id)) throw new NotAllowedError(429, 'You ask for too much at once. Wait some seconds, and try again.', afterS)
  }
}

/** What is refused before anything of it was read. */
async function admit(route: Route, exchange: Exchange, viewer: Viewer): Promise<void> {
  const words = !mayCome(route, viewer.account)
    ? 'This is not for your role. Ask an officer of the CSIRT if you need it.'
    : route.kind === 'acting' && route.inPerson && (exchange.isApi || viewer.by === 'token')
      ? 'This takes a person at the page itself: neither a token nor the API can do it.'
      : undefined
  if (words === undefined) return
  if (route.kind === 'acting') await noteDeed(exchange, { route, viewer, outcome: 'refused' })
  throw new NotAllowedError(403, words)
}

/** A browser sends its cookie with whatever another page has it send; what our own form brings no other page knows. */
function refuseForgery({ sessions, request }: Exchange, viewer: Viewer): void {
  if (viewer.by === 'session' && !sessions.isFormToken(request, formTokenIn(request)))
    throw new NotAllowedError(403, 'The form is out of date. Open the page again, and send it from there.')
}

/** What can be told without the object. */
function mayCome({ need }: Route, account: Account): boolean {
  if (need === 'oneself') return true
  return need === 'instance' ? isCsirt(account) : isOfficer(account)
}

function formTokenIn(request: FastifyRequest): unknown {
  return request.headers['x-ssc-form'] ?? (request.body as { _form?: unknown } | undefined)?._form
}

/** The run of the address. One that is none of theirs looks as one that is not there. */
async function runFor(route: Route, { office, request }: Exchange, { account }: Viewer): Promise<{ run?: PlannedRun }> {
  const { need } = route
  if (typeof need === 'string') return {}
  const name = (request.params as { run: string }).run
  const run = await readPlannedRun(office.instance.store, name).catch((error) => {
    if (error instanceof InputError) return undefined
    throw error
  })
  const wanted = { ngis: [...new Set(run?.plan.sites.map(({ ngi }) => ngi))] }
  if (run === undefined || !may(account, 'read', wanted)) throw new NotAllowedError(404, `There is no run '${name}' for you here.`)
  if (!may(account, need.run, wanted))
    throw new NotAllowedError(403, 'Sites of other NGIs take part in this run: its CSIRT alone may do this.')
  return { run }
}

async function askedOf(route: Route, exchange: Exchange, viewer: Viewer): Promise<Asked> {
  const { office, request } = exchange
  const params = request.params as Record<string, string>
  return { office, viewer, params, query: {}, body: undefined, ...(await runFor(route, exchange, viewer)) }
}

async function show(route: Reading, exchange: Exchange, viewer: Viewer): Promise<unknown> {
  const asked = { ...(await askedOf(route, exchange, viewer)), query: parse(route.query, exchange.request.query, 'the address') }
  const data = await route.read(asked)
  if (exchange.isApi) return exchange.reply.type('application/json; charset=utf-8').send(JSON.stringify(data))
  return sendPage(exchange, { status: 200, page: await route.page(data, asked), viewer })
}

/** A report has its own style in it, and no script: as a page of its own it may do nothing here. */
const GIVEN_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; frame-ancestors 'self'"

async function give(route: Giving, exchange: Exchange, viewer: Viewer): Promise<unknown> {
  const asked = { ...(await askedOf(route, exchange, viewer)), query: parse(route.query, exchange.request.query, 'the address') }
  const { contentType, body, name } = await route.give(asked)
  const { reply } = exchange
  if (name !== undefined) reply.header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`)
  return reply
    .header('content-security-policy', GIVEN_POLICY)
    .type(contentType)
    .send(typeof body === 'string' ? body : Buffer.from(body))
}

/** Whatever becomes of it, it stands in the log. */
async function take(route: Acting, exchange: Exchange, viewer: Viewer): Promise<unknown> {
  const { request, reply, isApi, office } = exchange
  let asked: Asked | undefined
  let done: Done
  try {
    refuseForgery(exchange, viewer)
    asked = await askedOf(route, exchange, viewer)
    done = await route.act({ ...asked, body: parse(route.body, sentIn(request), 'what was sent') })
  } catch (error) {
    const isToMend = error instanceof InputError || error instanceof RefusedError
    await noteDeed(exchange, { route, viewer, outcome: isToMend || error instanceof NotAllowedError ? 'refused' : 'failed' })
    if (asked === undefined || isApi || !isToMend) throw error
    return showAgain(route, exchange, { viewer, asked, error })
  }
  await noteDeed(exchange, { route, viewer, outcome: 'done' })
  if (isApi) return reply.type('application/json; charset=utf-8').send(JSON.stringify(done.data ?? {}))
  said(reply, done.said, office.origin)
  return reply.redirect(done.to, 303)
}

/** What was sent besides the form's own token. */
function sentIn({ body = {} }: FastifyRequest): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return body
  const { _form, ...sent } = body as Record<string, unknown>
  return sent
}

/** The page with its form, what was typed, and what is wrong with it. */
async function showAgain(
  route: Acting,
  exchange: Exchange,
  { viewer, asked, error }: { viewer: Viewer; asked: Asked; error: InputError | RefusedError },
): Promise<unknown> {
  const { on } = route
  const before = { ...asked, query: parse(on.query, {}, 'the address') }
  const page = await on.page(await on.read(before), before)
  const problems = error instanceof InputError && error.problems.length > 0 ? error.problems : [error.message]
  const typed = sentIn(exchange.request) as Record<string, unknown>
  const status = error instanceof InputError ? 422 : 409
  return sendPage(exchange, { status, page, viewer, unsent: { form: route.name, typed, problems: problems.map(withoutFlag) } })
}

/** A use case names what is wrong as the command line does: `--points: …`. */
function withoutFlag(problem: string): string {
  return problem.replace(/^--/, '')
}

type Shown = { status: number; page: Page; viewer: Viewer; unsent?: Unsent }

function sendPage({ request, reply, sessions, office }: Exchange, { status, page, viewer, unsent }: Shown): FastifyReply {
  const path = request.url.split('?')[0]!
  const told = takeSaid(request, reply, office.origin)
  const frame = { viewer, path, formToken: sessions.formToken(request), ...(told && { said: told }), ...(unsent && { unsent }) }
  if (page.againAfterS !== undefined && unsent === undefined) reply.header('refresh', String(page.againAfterS))
  return reply.code(status).type('text/html; charset=utf-8').send(renderPage(page, frame))
}

/** Every mistake at once, each with its place. */
function parse<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const read = schema.safeParse(value)
  if (read.success) return read.data
  const problems = read.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
  throw new InputError(`${where} cannot be taken:`, problems)
}

type Deed = { route: Acting; viewer: Viewer; outcome: 'done' | 'refused' | 'failed' }

/** What was done stands in the run's log; who asked for what, also in vain, stands here. */
async function noteDeed({ office, request }: Exchange, { route, viewer: { account }, outcome }: Deed): Promise<void> {
  const { run = '' } = request.params as { run?: string }
  // A name that no run can have is somebody's words.
  const about = /^[\w.-]{1,100}$/.test(run) ? run : ''
  const data = { account: account.id, name: account.name, route: route.name, about, outcome }
  await office.instance.store.commit({ run: AUDIT, facts: [{ stream: AUDIT, type: 'Acted', data }] })
}
