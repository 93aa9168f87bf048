import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { PlainError } from './wire.ts'

/** A token's holder as the issuer knows it. */
export type Holder = { name: string; groups: readonly string[]; isExpired?: boolean }

export type Doors = {
  tokens: ReadonlyMap<string, Holder>
  /** The VOs that the server has a policy for; a member's group has the VO's name. */
  vos: readonly string[]
  /** What the entry knows of bans: some minutes behind the database. */
  banned: ReadonlySet<string>
}

/** Who asks: a token's holder, else the name in the client certificate, else nobody. Throws the entry's refusals. */
export function whoAsks(request: IncomingMessage, doors: Doors): string | undefined {
  const header = request.headers.authorization
  const user = header === undefined ? certificateName(request) : holderOf(header.split(' ')[1] ?? '', request.headers.origin, doors)
  if (user !== undefined && doors.banned.has(user)) throw new PlainError(403, `ERROR : ${user} is banned`)
  return user
}

function holderOf(token: string, origin: string | undefined, { tokens, vos }: Doors): string {
  const refuse = (words: string) => new PlainError(403, `ERROR : Token authentication failed. ${words}`)
  if (origin === undefined) throw refuse('Token decode failure. no HTTP_ORIGIN to identify the VO Traceback (most recent call last): ...')
  const holder = tokens.get(token)
  if (holder === undefined) throw refuse('Invalid token. Signature verification failed')
  if (holder.isExpired) throw refuse('Invalid token. Signature has expired')
  const vo = origin.split(':')[0]!
  if (!vos.includes(vo)) throw refuse(`Unknown vo : ${vo}`)
  const group = origin.replace(':', '/')
  if (!holder.groups.includes(group)) throw refuse(`Not a member of the ${group} group`)
  return holder.name
}

function certificateName(request: IncomingMessage): string | undefined {
  const socket = request.socket as TLSSocket
  if (socket.encrypted !== true || !socket.authorized) return undefined
  const { CN } = socket.getPeerCertificate().subject ?? {}
  return [CN].flat()[0]
}
