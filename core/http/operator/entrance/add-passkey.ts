import type { FastifyInstance, FastifyRequest } from 'fastify'
import { noteChange } from '../../../app/admit-person.ts'
import type { Account } from '../../../domain/account.ts'
import { RefusedError } from '../../../domain/errors.ts'
import { NotAllowedError } from '../errors.ts'
import type { Entrance } from './entrance.ts'
import { newPasskeyOptions, provenPasskey } from './passkeys.ts'

const MOST = 20

/** One more passkey for who is signed in: their other device, or the key in the safe. */
export function serveAddPasskey(app: FastifyInstance, { office: { instance, origin }, sessions, challenges }: Entrance): void {
  const party = { origin, accounts: instance.accounts, wall: instance.clock.wall }
  const ownerOf = async (request: FastifyRequest): Promise<Account> => {
    const viewer = await sessions.viewerOf(request)
    if (viewer === undefined) throw new NotAllowedError(401, 'Sign in first.')
    const { _form } = (request.body ?? {}) as { _form?: unknown }
    if (viewer.by === 'token' || !sessions.isFormToken(request, _form))
      throw new NotAllowedError(403, 'The form is out of date. Open the page again, and send it from there.')
    return viewer.account
  }
  app.post('/settings/passkeys/options', async (request, reply) => {
    const options = await newPasskeyOptions(party, await ownerOf(request))
    challenges.put(reply, options.challenge)
    return options
  })
  app.post('/settings/passkeys', async (request, reply) => {
    const account = await ownerOf(request)
    const challenge = challenges.take(request, reply)
    const { response, label } = request.body as { response?: unknown; label?: unknown }
    const name = typeof label === 'string' ? label.trim().slice(0, 100) : ''
    if (name === '') throw new RefusedError('Give it a name, by which you know it again.')
    if ((await instance.accounts.passkeys(account.id)).length >= MOST)
      throw new RefusedError(`You have ${MOST} passkeys: take some away first.`)
    await instance.accounts.putPasskey(await provenPasskey(party, account, { response, challenge, label: name }))
    await noteChange(instance.store, { account: account.id, name: account.name, what: 'passkey added', by: account.name })
    return { to: '/settings' }
  })
}
