import { chmodSync, existsSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { InputError } from '../domain/errors.ts'

/** A verb sent to the process that has the folder open. */
const Call = z.object({ argv: z.array(z.string()), cwd: z.string(), user: z.string(), isTerminal: z.boolean(), columns: z.number() })
export type Call = z.infer<typeof Call>
type Answer = { out: string } | { err: string } | { exit: number }
export type Handler = (call: Call, io: { out(text: string): void; err(text: string): void; signal: AbortSignal }) => Promise<number>

const MOST_BYTES = 256 * 1024

/** What fits into `sun_path`, see unix(7); a longer path would be cut short without a word. */
const LONGEST_PATH = 103

/** Takes verbs on a Unix socket that only its owner may use. One line of JSON each way. */
export async function listenForVerbs(path: string, handle: Handler): Promise<Server> {
  rmSync(path, { force: true })
  const server = createServer((socket) => takeCall(socket, handle))
  const before = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve))
  } finally {
    process.umask(before)
  }
  chmodSync(path, 0o600)
  return server
}

/** To be asked before anything else is opened. */
export function checkPath(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes <= LONGEST_PATH) return
  throw new InputError(`${path} is too long for a socket: ${bytes} bytes, at most ${LONGEST_PATH}. Set SSC_HOME to a shorter path.`, [])
}

function takeCall(socket: Socket, handle: Handler): void {
  const gone = new AbortController()
  const send = (answer: Answer) => socket.writable && socket.write(`${JSON.stringify(answer)}\n`)
  socket.on('error', () => {})
  socket.on('close', () => gone.abort(new Error('the caller went away')))
  let text = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    text += chunk
    if (text.length > MOST_BYTES) {
      socket.destroy()
      return
    }
    const end = text.indexOf('\n')
    if (end < 0) return
    socket.removeAllListeners('data').resume()
    const io = { out: (words: string) => send({ out: words }), err: (words: string) => send({ err: words }), signal: gone.signal }
    readCall(text.slice(0, end))
      .then((call) => handle(call, io))
      .catch(() => 1)
      .then((exit) => socket.end(`${JSON.stringify({ exit })}\n`))
  })
}

async function readCall(line: string): Promise<Call> {
  return Call.parse(JSON.parse(line))
}

/** Hands the verb to the serving process; undefined when none is there. */
export async function callVerb(
  path: string,
  call: Call,
  io: { out(text: string): void; err(text: string): void },
): Promise<number | undefined> {
  const socket = existsSync(path) ? await reach(path) : undefined
  if (socket === undefined) return undefined
  socket.write(`${JSON.stringify(call)}\n`)
  for await (const line of createInterface({ input: socket })) {
    const answer = JSON.parse(line) as Answer
    if ('out' in answer) io.out(answer.out)
    else if ('err' in answer) io.err(answer.err)
    else return answer.exit
  }
  io.err('`ssc serve` ended before it had answered. Look at its output, and start it again.\n')
  return 1
}

/** A socket file that nobody listens on is left over from a crash. */
function reach(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => resolve(socket))
    socket.once('error', () => resolve(undefined))
  })
}
