import { connect, isIP, type Socket } from 'node:net'
import { addAbortSignal, type Readable } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { below } from '../domain/address.ts'
import { hostOf } from '../domain/loopback.ts'
import { createHttpPool } from './http/client.ts'

/** Whether a listener answers at this address as it does to an agent: over a new connection, with no proxy and no redirect. Never throws. */
export async function listenerAnswers(address: string, { caFolder, signal }: { caFolder: string; signal: AbortSignal }): Promise<boolean> {
  const url = below(address, '/health')
  const pool = createHttpPool()
  const settings = { caFolder, hosts: [hostOf(address)], signal, limit: <T>(body: () => Promise<T>) => body() }
  try {
    const { status, body } = await pool.request({ method: 'GET', url, auth: 'none', maxBytes: 100 }, settings)
    return status === 200 && body === 'ok'
  } catch {
    return false
  } finally {
    await pool.close()
  }
}

export type MailServer = { host: string; port: number; secure: boolean }

/** Whether a mail server greets (RFC 5321, section 4.3.1). It is left in good manners, before any mail. Never throws. */
export async function mailServerGreets({ host, port, secure }: MailServer, signal: AbortSignal): Promise<boolean> {
  const socket: Socket = secure ? connectTls({ host, port, servername: isIP(host) === 0 ? host : '' }) : connect({ host, port })
  try {
    return (await beginningOf(addAbortSignal(signal, socket), 3)) === '220'
  } catch {
    return false
  } finally {
    socket.end('QUIT\r\n')
    setTimeout(() => socket.destroy(), 1_000).unref()
  }
}

/** So many characters of what comes, or fewer when no more comes. What a stranger sends is not gathered. */
function beginningOf(stream: Readable, length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    stream
      .setEncoding('latin1')
      .on('data', (more: string) => {
        text = (text + more).slice(0, length)
        if (text.length === length) resolve(text)
      })
      .on('error', reject)
      .on('close', () => resolve(text))
  })
}
