import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { invite, isEmpty, keepAccount } from './app/admit-person.ts'
import { createBoards } from './boards.ts'
import type { Config } from './config.ts'
import { messageOf } from './domain/errors.ts'
import { isLoopback } from './domain/loopback.ts'
import { createOperator } from './http/operator/app.ts'
import { createOpenId } from './http/operator/entrance/openid.ts'
import { newSecret } from './http/operator/session.ts'
import type { Instance } from './instance.ts'

type Log = (message: string, data?: Record<string, unknown>) => void
export type OpenOffice = { where: string; firstRun?: string; close(): Promise<void> }

/** Opens the officers' pages. `firstRun`: the way in while nobody has an account. */
export async function openOffice(instance: Instance, log: Log): Promise<OpenOffice> {
  const { operator, oidc } = instance.config
  const origin = originOf(operator)
  const boards = createBoards({
    ...instance,
    onError: (error) => log('a board could not be kept up to date', { reason: messageOf(error) }),
  })
  const tls = tlsOf(operator)
  const openIdProvider = oidc && createOpenId(oidc, origin)
  const app = await createOperator({
    ...{ instance, boards, origin, log, trustedProxies: operator.trustedProxies },
    ...(tls && { tls }),
    ...(openIdProvider && { openIdProvider, openid: openIdProvider.title }),
  })
  await app.listen({ host: operator.host, port: operator.port })
  const close = async () => {
    await boards.close()
    await app.close()
  }
  const firstRun = await firstRunLink(instance, origin)
  return { where: origin, ...(firstRun && { firstRun }), close }
}

/** As it is typed into a browser. Passkeys need a name: on this machine it is `localhost`. */
export function originOf({ url, host, port, certificateFile }: Config['operator']): string {
  if (url !== undefined) return new URL(url).origin
  const name = isLoopback(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${certificateFile === undefined ? 'http' : 'https'}://${name}:${port}`
}

function tlsOf({ keyFile, certificateFile }: Config['operator']): { key: string; cert: string } | undefined {
  if (keyFile === undefined || certificateFile === undefined) return undefined
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certificateFile, 'utf8') }
}

/** Where nobody ever came, each start makes a new link, and the one before it holds no longer. */
async function firstRunLink(instance: Instance, origin: string): Promise<string | undefined> {
  if (!(await isEmpty(instance)) || instance.config.oidc !== undefined) return undefined
  const [waiting] = await instance.accounts.list()
  const account = waiting ?? {
    id: randomUUID(),
    name: 'first officer',
    grants: [{ role: 'csirt' as const }],
    createdMs: instance.clock.wall(),
  }
  if (waiting === undefined) await keepAccount(instance, account, { what: 'invited', by: 'the framework' })
  return inviteTo(instance, origin, account.id)
}

/** A new link for the account; the one before it holds no longer. */
export async function inviteTo(instance: Instance, origin: string, account: string): Promise<string> {
  const { secret, hash } = newSecret()
  await invite(instance, { account, hash })
  return `${origin}/join/${secret}`
}
