/** Those who mean ill, in a process of their own: each lane does one thing over and over, on a new connection each time. */
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { type Signer, signedRequest } from './signed-request.ts'

export type AttackOrder = {
  port: number
  /** How many connections say nothing, and come back when they are cut. */
  idle: number
  /** How many lanes there are for each of the other kinds. */
  lanes: number
  /** A heartbeat that was overheard. */
  overheard: Signer & { sequence: number }
}
export type AttackResult = { connections: number; answers: Record<string, number> }

/** What is written, at once or byte by byte. */
type Attack = { bytes: Buffer; byteEveryMs?: number }

/** Between two connections of a lane: without one any number of lanes is as much as a machine can do. */
const PAUSE_MS = 500
const LONGEST_MS = 15_000

let port = 0
let ended = false
const result: AttackResult = { connections: 0, answers: {} }

process.on('message', (message: AttackOrder | 'end') => {
  if (message === 'end') {
    ended = true
    process.send!(result, () => process.exit(0))
    return
  }
  port = message.port
  for (let n = 0; n < message.idle; n += 1) lane({ bytes: Buffer.alloc(0) })
  for (const attack of attacksOf(message)) for (let n = 0; n < message.lanes; n += 1) lane(attack)
})

function attacksOf({ overheard }: AttackOrder): Attack[] {
  const genuine = signedRequest(overheard, overheard.sequence)
  const forged = signedRequest({ ...overheard, token: '00'.repeat(32) }, 2 ** 30)
  const stranger = signedRequest({ job: 'ssc-bench-nobody', token: '00'.repeat(32) }, 1)
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
  return [
    { bytes: forged },
    { bytes: stranger },
    { bytes: genuine },
    { bytes: genuine.subarray(0, -20) },
    { bytes: genuine, byteEveryMs: 1_000 },
    { bytes: Buffer.concat([headOf(genuine), Buffer.from('{"job":"')]), byteEveryMs: 1_000 },
    { bytes: post(Buffer.alloc(1024 * 1024, '{"job":')) },
    { bytes: post(bomb, 'Content-Encoding: gzip\r\n') },
    { bytes: Buffer.alloc(4_096, '\u0016\u0003\u0001\u0000\u00ff') },
    { bytes: Buffer.concat(Array.from({ length: 200 }, () => genuine)) },
    { bytes: Buffer.from(`GET /v1/stop/${'a'.repeat(100)} HTTP/1.1\r\nHost: x\r\n\r\n`) },
  ]
}

function headOf(request: Buffer): Buffer {
  return request.subarray(0, request.indexOf('\r\n\r\n') + 4)
}

function post(body: Buffer, header = ''): Buffer {
  const head = `POST /v1/heartbeat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${header}Content-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

/** One connection; when it is over the next one follows. A lane that was answered hangs up, but one that says nothing never does. */
function lane(attack: Attack): void {
  if (ended) return
  result.connections += 1
  const socket = connect(port, '127.0.0.1').on('error', () => {})
  const timer = attack.byteEveryMs === undefined ? undefined : drip(attack, (byte) => socket.write(byte))
  if (timer === undefined && attack.bytes.length > 0) socket.write(attack.bytes)
  const tooLong = setTimeout(() => socket.destroy(), LONGEST_MS)
  socket.once('data', (data) => {
    const status = data.toString('latin1', 9, 12)
    result.answers[status] = (result.answers[status] ?? 0) + 1
    socket.destroy()
  })
  socket.once('close', () => {
    clearInterval(timer)
    clearTimeout(tooLong)
    setTimeout(() => lane(attack), PAUSE_MS)
  })
}

/** The first half at once, since else its header would be cut long before its body. */
function drip({ bytes, byteEveryMs }: Attack, write: (bytes: Buffer) => void): NodeJS.Timeout {
  const start = Math.max(0, bytes.indexOf('\r\n\r\n') + 4)
  let at = start
  write(bytes.subarray(0, start))
  return setInterval(() => write(bytes.subarray(at, ++at)), byteEveryMs)
}
