import { randomUUID } from 'node:crypto'
import type { Server } from 'node:https'
import { isEmpty, keepAccount } from './app/admit-person.ts'
import { createBoards } from './boards.ts'
import { messageOf } from './domain/errors.ts'
import { createOperator } from './http/operator/app.ts'
import { createOpenId } from './http/operator/entrance/openid.ts'
import type { Instance } from './instance.ts'
import { inviteTo } from './invitation.ts'
import { readTlsPair } from './io/tls-pair.ts'
import { followCertificate, officeTlsProblem, tlsFilesOf } from './office-tls.ts'
import { officeOriginOf } from './urls.ts'

type Log = (message: string, data?: Record<string, unknown>) => void
export type OpenOffice = { where: string; firstRun?: string; close(): Promise<void> }

/** Opens the officers' pages. `firstRun`: the way in while nobody has an account. */
export async function openOffice(instance: Instance, log: Log): Promise<OpenOffice> {
  const { operator, oidc } = instance.config
  const origin = officeOriginOf(operator)
  const boards = createBoards({
    ...instance,
    onError: (error) => log('a board could not be kept up to date', { reason: messageOf(error) }),
  })
  const files = tlsFilesOf(operator)
  const tls = files && (await readTlsPair(files))
  const openIdProvider = oidc && createOpenId(oidc, origin)
  const app = await createOperator({
    ...{ instance, boards, origin, log, trustedProxies: operator.trustedProxies },
    ...(tls && { tls: { key: tls.key, cert: tls.cert } }),
    ...(openIdProvider && { openIdProvider, openid: openIdProvider.title }),
  })
  await app.listen({ host: operator.host, port: operator.port })
  const stopLooking = files && tls && followCertificate(app.server as unknown as Server, { files, first: tls, log })
  const problem = await officeTlsProblem(instance.config, origin, instance.clock.wall())
  if (problem !== undefined) log(problem)
  const close = async () => {
    await stopLooking?.()
    await boards.close()
    await app.close()
  }
  const firstRun = await firstRunLink(instance, origin)
  return { where: origin, ...(firstRun && { firstRun }), close }
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
