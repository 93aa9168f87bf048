import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import ssh2, { type Connection, type ServerChannel } from 'ssh2'
import type { SshHost } from '../../core/io/shell/remote.ts'

export type Behaviour = {
  /** How the server runs a command; default: by a shell, as sshd does. */
  exec?: (channel: ServerChannel, command: string, connection: Connection) => void
  isDenied?: boolean
  /** Channels that it allows on one connection. */
  maxChannels?: number
}

export type SshServer = {
  host: SshHost
  /** The lines of its two keys for known_hosts, and another server's. */
  line: string
  secondLine: string
  otherLine: string
  knowLines(...lines: string[]): void
  seen: { connections: number; open: number; authentications: number; most: number }
  close(): Promise<void>
}

type Lines = [string, string, string]

/** One in 256 that ssh2 makes it cannot read itself. */
function makeKey(): ReturnType<typeof ssh2.utils.generateKeyPairSync> {
  const key = ssh2.utils.generateKeyPairSync('ed25519')
  return ssh2.utils.parseKey(key.private) instanceof Error ? makeKey() : key
}
const publicOf = (key: { public: string }) => key.public.split(' ').slice(0, 2).join(' ')

/** An ssh server in this process, on loopback, that behaves as a test wishes. */
export async function startSshServer({ exec = runInShell, isDenied = false, maxChannels = 1000 }: Behaviour = {}): Promise<SshServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ssc-ssh-'))
  const hostKey = makeKey()
  const secondKey = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 })
  const seen = { connections: 0, open: 0, authentications: 0, most: 0 }
  const open = new Set<Connection>()
  const server = new ssh2.Server({ hostKeys: [hostKey.private, secondKey.private] }, (connection) => {
    seen.connections++
    seen.open++
    open.add(connection)
    connection.on('close', () => {
      seen.open--
      open.delete(connection)
    })
    serve(connection, { exec, isDenied, maxChannels }, seen)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const files = { key: join(folder, 'key'), known: join(folder, 'known_hosts') }
  const [line, secondLine, otherLine] = [hostKey, secondKey, makeKey()].map((key) => `[127.0.0.1]:${port} ${publicOf(key)}`) as Lines
  const knowLines = (...lines: string[]) => writeFileSync(files.known, `${lines.join('\n')}\n`)
  writeFileSync(files.key, makeKey().private, { mode: 0o600 })
  knowLines(line)
  return {
    host: { host: '127.0.0.1', port, user: 'robot', keyFile: files.key, knownHostsFile: files.known },
    line,
    secondLine,
    otherLine,
    knowLines,
    seen,
    close: async () => {
      for (const connection of open) connection.end()
      await new Promise((resolve) => server.close(resolve))
      endChildren()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function serve(connection: Connection, { exec, isDenied, maxChannels }: Required<Behaviour>, seen: SshServer['seen']): void {
  let channels = 0
  connection.on('error', () => undefined)
  connection.on('authentication', (attempt) => {
    seen.authentications++
    if (isDenied) attempt.reject(['publickey'])
    else attempt.accept()
  })
  connection.on('session', (accept, reject) => {
    if (channels >= maxChannels) return reject()
    channels++
    seen.most = Math.max(seen.most, channels)
    const session = accept()
    session.on('close', () => channels--)
    session.on('exec', (acceptExec, _reject, { command }) => exec(acceptExec(), command, connection))
  })
}

/** As sshd: in a session of its own, with pipes, and without a word when the other side leaves. */
export function runInShell(channel: ServerChannel, command: string): void {
  runDetached(channel, command, true)
}

/** As a server that makes no session for its commands. */
export function runInOurSession(channel: ServerChannel, command: string): void {
  runDetached(channel, command, false)
}

/** What was started for clients that are gone; sshd itself leaves such processes alone. */
const children = new Set<ChildProcess>()

function endChildren(): void {
  for (const { pid } of children) killQuietly(pid)
  children.clear()
}

function killQuietly(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended, or leads no group.
  }
}

function runDetached(channel: ServerChannel, command: string, detached: boolean): void {
  const child = spawn('/bin/sh', ['-c', command], { detached, env: { PATH: '/usr/bin:/bin', HOME: '/' }, stdio: 'pipe' })
  children.add(child)
  channel.on('data', (chunk: Buffer) => child.stdin.write(chunk)).on('end', () => child.stdin.end())
  channel.on('close', () => child.stdin.end())
  child.stdin.on('error', () => undefined)
  child.stdout.on('data', (chunk) => channel.write(chunk))
  child.stderr.on('data', (chunk) => channel.stderr.write(chunk))
  child.on('close', (code, signal) => {
    children.delete(child)
    if (code === null) channel.exit((signal ?? 'SIGKILL').replace('SIG', ''))
    else channel.exit(code)
    channel.end()
  })
}

/** Takes connections and never says a word. */
export async function startSilentServer(): Promise<{ port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port, close }
}
