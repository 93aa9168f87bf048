import { readFile } from 'node:fs/promises'
// The library is CommonJS: Node.js finds no names in it.
import ssh2, { type AnyAuthMethod, type AuthHandlerMiddleware, type Client, type ParsedKey, type ServerHostKeyAlgorithm } from 'ssh2'
import { messageOf, PermanentError, TransientError } from '../../domain/errors.ts'
import { show } from './call.ts'
import { hostKeyProblem, knownTypes, readKnownHosts } from './known-hosts.ts'

export type SshHost = {
  host: string
  port: number
  user: string
  /** The private key: read when a connection is made, never kept. */
  keyFile?: string
  /** An agent's socket. */
  agent?: string
  knownHostsFile: string
  /**
   * Connections of this shell alone, never one that stood before: a connection that was let in outlives a ban, and would
   * let a probe say that nobody was banned.
   */
  fresh?: boolean
}

/** From the first packet to the end of the authentication. */
const READY_MS = 15_000
/** A connection that is silent for four of these is dead. */
const KEEP_ALIVE_MS = 15_000

/** The algorithms in which a host proves a key of a type (RFC 8332 for RSA). */
const ALGORITHMS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'],
}

/**
 * Connects and authenticates. Throws PermanentError when the host's key is not known or the host does not let the user in,
 * TransientError when it cannot be reached. The client may be destroyed at any time.
 */
export async function connect(client: Client, host: SshHost): Promise<void> {
  const known = await readKnownHosts(host.knownHostsFile)
  const algorithms = knownTypes(known, host).flatMap((type) => ALGORITHMS[type] ?? [])
  let problem: Error | undefined
  const refuse = (words: string) => {
    problem ??= new PermanentError(words)
  }
  const ready = readiness(client, (error) => problem ?? connectError(host, error))
  client.connect({
    host: host.host,
    port: host.port,
    username: host.user,
    readyTimeout: READY_MS,
    keepaliveInterval: KEEP_ALIVE_MS,
    keepaliveCountMax: 3,
    ...(algorithms.length === 0 ? {} : { algorithms: { serverHostKey: algorithms } }),
    // Called during the key exchange: an impostor learns neither the user's name nor his key.
    hostVerifier: (key: Buffer) => {
      const wrong = hostKeyProblem(known, host, key)
      if (wrong !== undefined) refuse(wrong)
      return wrong === undefined
    },
    authHandler: offerKeys(host, refuse),
  })
  await ready
  // Many small packets: they should not wait for each other.
  client.setNoDelay(true)
}

function readiness(client: Client, explain: (error: Error | undefined) => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    client.once('ready', resolve)
    // Errors come later too; without a listener they would end the process.
    client.on('error', (error) => reject(explain(error)))
    client.once('close', () => reject(explain(undefined)))
  })
}

/** Keys from the file, then from the agent; nothing else is ever offered. */
function offerKeys(host: SshHost, refuse: (words: string) => void): AuthHandlerMiddleware {
  const ways: (() => Promise<AnyAuthMethod>)[] = []
  const { user: username, keyFile, agent } = host
  if (keyFile !== undefined) ways.push(async () => ({ type: 'publickey', username, key: await readKey(keyFile) }))
  if (agent !== undefined) ways.push(async () => ({ type: 'agent', username, agent }))
  return (_left, _partial, next) => {
    // `false` ends the authentication; the types do not know it.
    const end = () => next(false as unknown as AnyAuthMethod)
    const way = ways.shift()
    if (way === undefined) return end()
    way().then(next, (error) => {
      refuse(messageOf(error))
      end()
    })
  }
}

async function readKey(file: string): Promise<ParsedKey> {
  const content = await readFile(file).catch((error) => {
    throw new PermanentError(`the ssh key ${file} cannot be read (${messageOf(error)})`)
  })
  const key = [ssh2.utils.parseKey(content)].flat()[0]
  if (key instanceof Error || key === undefined)
    throw new PermanentError(`the ssh key ${file} cannot be used (${show(messageOf(key))}): give one without a passphrase, or an agent`)
  return key
}

/** What the library says, as whose fault it is. */
function connectError({ host, port, user, agent }: SshHost, error: (Error & { level?: string; code?: unknown }) | undefined): Error {
  const where = `${user}@${host}:${port}`
  const words = show(error?.message ?? 'the connection was closed before it was ready')
  // RFC 4253, 11.1: 14 is "no more auth methods available"; sshd also counts the failures.
  const isDenied = error?.level === 'client-authentication' || error?.code === 14 || /authentication failures/.test(words)
  // Our own trouble, and no word of the host's.
  if (error?.level === 'agent') return new PermanentError(`the ssh agent ${agent} cannot be used (${words})`)
  if (isDenied) return new PermanentError(`Permission denied: ${where} takes none of the keys offered (${words})`)
  if (/no matching/i.test(words)) return new PermanentError(`${where} speaks no ssh that is safe and spoken here: ${words}`)
  return new TransientError(`no connection to ${where}: ${words}`)
}
