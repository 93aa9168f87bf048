import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { keepAccount } from '../../../app/admit-person.ts'
import { type Account, type Grant, isTaken } from '../../../domain/account.ts'
import { grantsOf } from '../../../domain/claims.ts'
import { messageOf, RefusedError } from '../../../domain/errors.ts'
import { canonicalJson } from '../../../domain/json.ts'
import type { Instance } from '../../../instance.ts'
import { NotAllowedError } from '../errors.ts'
import type { Entrance } from './entrance.ts'
import { createOnce } from './once.ts'
import { type Begun, CALLBACK, type OpenId } from './openid.ts'

/** To the provider and back. */
export function serveOpenId(app: FastifyInstance, entrance: Entrance, openid: OpenId): void {
  const { instance, origin, log } = entrance.office
  const begun = createOnce<Begun>('ssc-openid', origin.startsWith('https:'), instance.clock.wall)
  app.get('/sign-in/openid', async (_request, reply) => {
    const way = await openid.begin()
    begun.put(reply, way.begun)
    return reply.redirect(way.to, 303)
  })
  app.get(CALLBACK, async (request, reply) => {
    const before = begun.take(request, reply)
    const who = await openid.end(new URL(request.url, origin), before).catch((error) => {
      log('a sign-in by the OpenID provider failed', { reason: messageOf(error) })
      throw new RefusedError(`${openid.title} did not confirm who you are. Begin again; if it stays so, tell an officer of the CSIRT.`)
    })
    const account = await accountFor(instance, who)
    await entrance.letIn({ request, reply }, account, 'openid')
    return reply.redirect('/', 303)
  })
}

type Who = Awaited<ReturnType<OpenId['end']>>

/** Their account, with what their claims are worth today; made at the first time. */
async function accountFor(instance: Instance, { issuer, subject, claims }: Who): Promise<Account> {
  const grants = grantsOf(claims, instance.config.oidc?.roles ?? [])
  const key = `${issuer} ${subject}`
  const known = await instance.accounts.bySubject(key)
  if (known?.disabledMs !== undefined) throw new NotAllowedError(403, 'This account was closed by an officer.')
  if (grants.length === 0)
    throw new NotAllowedError(403, `You are known, and no claim of yours stands for a role here. Tell an officer of the CSIRT: ${key}`)
  if (known !== undefined && canonicalJson(known.grants) === canonicalJson(grants)) return known
  const account = known === undefined ? await newcomer(instance, { key, claims, grants }) : { ...known, grants }
  await keepAccount(instance, account, { what: known === undefined ? 'joined' : 'given', by: issuer })
  return account
}

async function newcomer(
  instance: Instance,
  { key, claims, grants }: { key: string; claims: Who['claims']; grants: readonly Grant[] },
): Promise<Account> {
  const now = instance.clock.wall()
  const told = [claims.name, claims.preferred_username, claims.email].find((one) => typeof one === 'string' && one.trim() !== '')
  const wished = String(told ?? 'somebody')
    .replaceAll(/\p{C}/gu, ' ')
    .trim()
    .slice(0, 60)
  const others = await instance.accounts.list()
  let name = wished
  for (let n = 2; isTaken(name, others); n += 1) name = `${wished} (${n})`
  return { id: randomUUID(), name, grants, createdMs: now, joinedMs: now, subject: key }
}
