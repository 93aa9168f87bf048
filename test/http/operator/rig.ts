import { randomUUID } from 'node:crypto'
import type { Server } from 'node:https'
import { keepAccount } from '../../../core/app/admit-person.ts'
import { type Boards, createBoards } from '../../../core/boards.ts'
import type { Account, Grant } from '../../../core/domain/account.ts'
import { createOperator, type OperatorParts } from '../../../core/http/operator/app.ts'
import type { Paces } from '../../../core/http/operator/paces.ts'
import { hashOf, newSecret, sessionCookie } from '../../../core/http/operator/session.ts'
import type { Instance } from '../../../core/instance.ts'
import { openFresh } from '../../app/instance.ts'
import { freePorts } from '../../services/process.ts'

const UNBOUND = { perSecond: 10_000, burst: 10_000 }
const unbound: Paces = { reads: UNBOUND, acts: UNBOUND, addresses: UNBOUND, entrance: UNBOUND, entrances: UNBOUND }

export type Rig = {
  instance: Instance
  boards: Boards
  origin: string
  port: number
  server: Server
  /** What the pages logged. */
  logged: string[]
  /** A new account that has come before, and its ways in. */
  person(name: string, grants: readonly Grant[]): Promise<Person>
  close(): Promise<void>
}

export type Person = {
  account: Account
  /** A session's cookie, and what its forms bring. */
  cookie: string
  form: string
  token: string
  get(path: string, by?: By): Promise<Response>
  post(path: string, body: Record<string, unknown>, by?: By): Promise<Response>
}
export type By = 'session' | 'token' | 'nobody'

/** `url`: as people type it, where it is not the port itself. */
export type Setting = { url?: string; trustedProxies?: readonly string[] } & Partial<Pick<OperatorParts, 'patience' | 'tls' | 'crowd'>>

/** The officers' pages on a port of their own, over an empty store. */
export async function openRig(paces: Partial<Paces> = {}, { url, trustedProxies = [], ...more }: Setting = {}): Promise<Rig> {
  const { instance, close } = await openFresh()
  const [port = 0] = await freePorts(1)
  const origin = url ?? `${more.tls === undefined ? 'http' : 'https'}://localhost:${port}`
  const logged: string[] = []
  const log = (message: string, data?: Record<string, unknown>) => void logged.push(`${message} ${JSON.stringify(data)}`)
  const boards = createBoards({ ...instance, onError: (error) => log(String(error)) })
  const app = await createOperator({ instance, boards, origin, log, trustedProxies, ...more, paces: { ...unbound, ...paces } })
  await app.listen({ host: '127.0.0.1', port })
  return {
    ...{ instance, boards, origin, port, logged, server: app.server as Server },
    person: (name, grants) => newPerson(instance, origin, { name, grants }),
    close: async () => {
      await boards.close()
      await app.close()
      await close()
    },
  }
}

/** Somebody who has come before. */
export async function newPerson(instance: Instance, origin: string, { name, grants }: Pick<Account, 'name' | 'grants'>): Promise<Person> {
  const now = instance.clock.wall()
  const account: Account = { id: randomUUID(), name, grants, createdMs: now, joinedMs: now }
  await keepAccount(instance, account, { what: 'joined', by: 'the test' })
  const [session, token] = [newSecret(), newSecret()]
  for (const [kind, { hash }] of [['session', session] as const, ['token', token] as const])
    await instance.accounts.putLogin({ hash, account: account.id, kind, label: kind, madeMs: now, usedMs: now, untilMs: now + 3_600_000 })
  const cookie = `${sessionCookie(origin.startsWith('https:')).name}=${session.secret}`
  const form = hashOf(`form of ${session.secret}`)
  const ways: Record<By, Record<string, string>> = {
    session: { cookie },
    token: { authorization: `Bearer ${token.secret}` },
    nobody: {},
  }
  return {
    ...{ account, cookie, form, token: token.secret },
    get: (path, by = 'session') => fetch(`${origin}${path}`, { headers: ways[by], redirect: 'manual' }),
    post: (path, body, by = 'session') =>
      fetch(`${origin}${path}`, {
        method: 'POST',
        headers: { ...ways[by], 'content-type': 'application/json', ...(by === 'session' && { 'x-ssc-form': form }) },
        body: JSON.stringify(body),
        redirect: 'manual',
      }),
  }
}
