import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isEmpty, noteChange } from '../../../app/admit-person.ts'
import type { Account } from '../../../domain/account.ts'
import type { AuditFact } from '../../../domain/audit.ts'
import { AUDIT } from '../../../domain/audit.ts'
import { RefusedError } from '../../../domain/errors.ts'
import { createBucket, createBuckets, neighbourhoodOf } from '../../bucket.ts'
import { assetUrl } from '../assets.ts'
import { NotAllowedError } from '../errors.ts'
import type { Paces } from '../paces.ts'
import { renderPage } from '../render.ts'
import type { Office, Page } from '../route.ts'
import { takeSaid } from '../said.ts'
import type { Sessions } from '../session.ts'
import { serveAddPasskey } from './add-passkey.ts'
import { serveJoin } from './join.ts'
import { createOnce, type Once } from './once.ts'
import type { OpenId } from './openid.ts'
import { serveOpenId } from './openid-way.ts'
import { signInOptions, whoSigned } from './passkeys.ts'

export type EntranceParts = { office: Office; sessions: Sessions; paces: Paces; openid?: OpenId }

/** What the ways in share. */
export type Entrance = EntranceParts & {
  challenges: Once<string>
  /** From here on the browser is signed in, and the log has it. */
  letIn(to: { reply: FastifyReply; request: FastifyRequest }, account: Account, by: SignedIn['with']): Promise<void>
  /** A page for a stranger. */
  show(request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply
}

type SignedIn = Extract<AuditFact, { type: 'SignedIn' }>['data']

/** The ways in, all of them open to strangers; together they take so many tries. */
export async function serveEntrance(app: FastifyInstance, parts: EntranceParts): Promise<void> {
  const { office, sessions } = parts
  const { instance, origin } = office
  const [mayTry, mayAllTry] = [createBuckets(parts.paces.entrance), createBucket(parts.paces.entrances)]
  app.addHook('onRequest', async ({ ip }) => {
    if (!mayTry(neighbourhoodOf(ip))) throw new NotAllowedError(429, 'You tried to come in too often. Wait a minute, and try again.', 60)
    if (!mayAllTry()) throw new NotAllowedError(429, 'Many want to come in at the moment. Wait a minute, and try again.', 60)
  })
  const challenges = createOnce<string>('ssc-challenge', origin.startsWith('https:'), instance.clock.wall)
  const entrance: Entrance = { ...parts, challenges, letIn: createLetIn(parts), show: showTo(office) }
  app.get('/sign-in', async (request, reply) => {
    if (await sessions.viewerOf(request)) return reply.redirect('/', 303)
    const view = {
      openid: office.openid ?? false,
      isEmpty: await isEmpty(instance),
      scripts: [assetUrl('webauthn.js'), assetUrl('passkey.js')],
    }
    return entrance.show(request, reply, { title: 'Sign in', template: 'sign-in', view })
  })
  app.post('/sign-in/passkey/options', async (_request, reply) => {
    const options = await signInOptions({ origin })
    challenges.put(reply, options.challenge)
    return options
  })
  app.post('/sign-in/passkey', async (request, reply) => {
    const challenge = challenges.take(request, reply)
    const { response } = (request.body ?? {}) as { response?: unknown }
    const party = { origin, accounts: instance.accounts, wall: instance.clock.wall }
    const account = await whoSigned(party, { response, challenge }).catch((error) => {
      // A stranger makes no fact.
      if (error instanceof RefusedError) office.log('a passkey was refused', { from: request.ip })
      throw error
    })
    await entrance.letIn({ request, reply }, account, 'passkey')
    return { to: '/' }
  })
  serveSignOut(app, parts)
  serveJoin(app, entrance)
  serveAddPasskey(app, entrance)
  if (parts.openid !== undefined) serveOpenId(app, entrance, parts.openid)
}

function serveSignOut(app: FastifyInstance, { office, sessions }: EntranceParts): void {
  app.post('/sign-out', async (request, reply) => {
    if (!sessions.isFormToken(request, (request.body as { _form?: unknown } | undefined)?._form))
      throw new NotAllowedError(403, 'The form is out of date. Open the page again, and send it from there.')
    const viewer = await sessions.viewerOf(request)
    await sessions.end(request, reply)
    if (viewer !== undefined) {
      const { id, name } = viewer.account
      await noteChange(office.instance.store, { account: id, name, what: 'signed out', by: name })
    }
    return reply.redirect('/sign-in', 303)
  })
}

function createLetIn({ office, sessions }: EntranceParts): Entrance['letIn'] {
  const { store } = office.instance
  return async ({ request, reply }, { id, name }, by) => {
    await sessions.open({ request, reply }, id, deviceOf(request))
    const data: SignedIn = { account: id, name, with: by, from: request.ip }
    await store.commit({ run: AUDIT, facts: [{ stream: AUDIT, type: 'SignedIn', data }] })
  }
}

/** So that one knows one's own sessions apart. */
function deviceOf(request: FastifyRequest): string {
  const told = request.headers['user-agent'] ?? ''
  const found = /(Firefox|Edg|Chromium|Chrome|Safari)\/\d+/.exec(told)?.[0] ?? 'a browser'
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(told)?.[0]
  return system === undefined ? found : `${found}, ${system}`
}

function showTo({ origin }: Office): Entrance['show'] {
  return (request, reply, page) => {
    const told = takeSaid(request, reply, origin)
    const frame = { path: request.url.split('?')[0]!, formToken: '', ...(told && { said: told }) }
    return reply.type('text/html; charset=utf-8').send(renderPage(page, frame))
  }
}
