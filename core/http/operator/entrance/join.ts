import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invitedBy, isEmpty, join } from '../../../app/admit-person.ts'
import { type Account, grantWords } from '../../../domain/account.ts'
import { RefusedError } from '../../../domain/errors.ts'
import { assetUrl } from '../assets.ts'
import { NotAllowedError } from '../errors.ts'
import { hashOf } from '../session.ts'
import type { Entrance } from './entrance.ts'
import { newPasskeyOptions, provenPasskey } from './passkeys.ts'

type Params = { Params: { secret: string } }
type Body = { name?: unknown; response?: unknown }

/** `/join/:secret`: the page of an invitation. To look at it takes nothing; the passkey that is made there does. */
export function serveJoin(app: FastifyInstance, entrance: Entrance): void {
  const { office, challenges } = entrance
  const { instance, origin } = office
  const party = { origin, accounts: instance.accounts, wall: instance.clock.wall }
  app.get<Params>('/join/:secret', async (request, reply) => {
    const account = await invitedTo(entrance, request)
    const isFirst = await isEmpty(instance)
    const view = {
      name: isFirst ? '' : account.name,
      isFirst,
      grants: account.grants.map(grantWords),
      path: request.url.split('?')[0]!,
      scripts: [assetUrl('webauthn.js'), assetUrl('passkey.js')],
    }
    return entrance.show(request, reply, { title: isFirst ? 'Welcome: the first account' : 'You are invited', template: 'join', view })
  })
  app.post<Params>('/join/:secret/options', async (request, reply) => {
    const account = await namedAs(entrance, request)
    const options = await newPasskeyOptions(party, account)
    challenges.put(reply, options.challenge)
    return options
  })
  app.post<Params>('/join/:secret', async (request, reply) => {
    const account = await namedAs(entrance, request)
    const challenge = challenges.take(request, reply)
    const { response } = (request.body ?? {}) as Body
    // Before the invitation is used up: who could not make one tries again.
    const passkey = await provenPasskey(party, account, { response, challenge, label: 'made when joining' })
    await join(instance, { hash: hashOf(request.params.secret), account })
    await instance.accounts.putPasskey(passkey)
    await entrance.letIn({ request, reply }, account, 'invitation')
    return { to: '/' }
  })
}

async function invitedTo({ office }: Entrance, request: FastifyRequest<Params>): Promise<Account> {
  const account = await invitedBy(office.instance, hashOf(request.params.secret))
  if (account === undefined) throw new NotAllowedError(404, 'This invitation was used, or is over. Ask for a new one.')
  return account
}

/** Who was invited has the name that the one who invited gave; the very first says it. */
async function namedAs(entrance: Entrance, request: FastifyRequest<Params>): Promise<Account> {
  const account = await invitedTo(entrance, request)
  if (!(await isEmpty(entrance.office.instance))) return account
  const { name } = (request.body ?? {}) as Body
  if (typeof name !== 'string' || name.trim() === '') throw new RefusedError('Say your name: it stands in the log beside what you do.')
  return { ...account, name: name.trim() }
}
