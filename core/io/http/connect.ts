import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls'
import { TransientError } from '../../domain/errors.ts'

type Wanted = { hostname: string; protocol: string; port: string; servername?: string }
type Connected = (...result: [null, Socket] | [Error, null]) => void
export type Connector = { connect(wanted: Wanted, done: Connected): void; abandon(): void }

/** A connection that nobody waits for any more ends by itself after this, ms. */
const LONGEST_CONNECT_MS = 60_000
/** How long a server of TLS 1.3 may take to say, after our handshake, what it thinks of our certificate or that we show none, ms. */
const VERDICT_MS = 1_000

/** Opens connections for undici. `abandon` ends those that are not there yet: a handshake can hang for ever. */
export function connectorOf(secureContext: SecureContext | undefined): Connector {
  const opening = new Set<Socket>()
  const connect = (wanted: Wanted, done: Connected) => {
    const socket = open(wanted, secureContext)
    opening.add(socket)
    const timer = setTimeout(() => socket.destroy(new TransientError('no connection in time')), LONGEST_CONNECT_MS)
    let isDone = false
    const finish = (error?: Error) => {
      if (isDone) return
      isDone = true
      clearTimeout(timer)
      opening.delete(socket)
      if (error) done(error, null)
      else done(null, socket)
    }
    // Stays, for an error that nobody hears ends the process.
    socket.on('error', finish).once('close', () => finish(new Error('the other side closed the connection while it was opened')))
    socket.once(wanted.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      if ((socket as TLSSocket).getProtocol?.() === 'TLSv1.3') awaitVerdict(socket, finish)
      else finish()
    })
  }
  return {
    connect,
    abandon: () => {
      for (const socket of opening) socket.destroy()
    },
  }
}

function open({ hostname, protocol, port, servername }: Wanted, secureContext: SecureContext | undefined): Socket {
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  if (protocol !== 'https:') return connectTcp({ host, port: Number(port || 80) }).setNoDelay(true)
  // No session is resumed: the server shall look at the certificate each time.
  const tls = { ...(secureContext && { secureContext }), ALPNProtocols: ['http/1.1'], ...(servername && { servername }) }
  return connectTls({ host, port: Number(port || 443), ...tls }).setNoDelay(true)
}

/**
 * In TLS 1.3 the client is done before the server has seen its certificate (RFC 8446, section 2). Nearly every server sends
 * a ticket once it has accepted it, or an alert: waiting for either tells a refusal for certain before anything is sent.
 */
function awaitVerdict(socket: Socket, finish: () => void): void {
  const timer = setTimeout(finish, VERDICT_MS)
  const end = () => clearTimeout(timer)
  socket.once('close', end).once('session', () => {
    end()
    // Not at once: this is called from within OpenSSL's reading, where nothing can be written.
    setImmediate(finish)
  })
}
