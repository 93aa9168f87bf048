/** The agents of a run, in a process of their own: each beats in its turn, checks the signed stop, and says farewell. */
import { createHmac, verify } from 'node:crypto'
import { Agent, request } from 'node:http'
import { stopText } from '../../core/domain/task.ts'
import type { Signer } from './signed-request.ts'

export type DrillOrder = { port: number; run: string; publicKey: string; jobs: Signer[]; intervalMs: number }
/** `farewells`: when the last answer to one came, ms since 1970. `lies`: stops whose signature was wrong. `failures`: what else came. */
export type DrillResult = { farewells: number[]; beats: number; lies: number; failures: Record<string, number> }
/** From now on so many of them reach nobody. */
type Cut = { cut: number }

const LONGEST_MS = 10_000
/** As curl does it: a connection for each heartbeat. */
const agent = new Agent({ keepAlive: false })

const result: DrillResult = { farewells: [], beats: 0, lies: 0, failures: {} }
let order: DrillOrder
let cut = 0

process.on('message', (message: DrillOrder | Cut | 'tell' | 'end') => {
  if (message === 'end') process.exit(0)
  else if (message === 'tell') process.send!(result)
  else if ('cut' in message) cut = message.cut
  else start(message)
})

// None outlives the bench.
process.on('disconnect', () => process.exit(0))

/** Spread over one interval, as they would be at many sites. */
function start(given: DrillOrder): void {
  order = given
  for (const [n, job] of order.jobs.entries()) setTimeout(() => void live(job, n), (n * order.intervalMs) / order.jobs.length)
}

/** Until it is told to stop. Those that are cut off keep trying, as the agent does, and nothing of it arrives. */
async function live(job: Signer, n: number): Promise<void> {
  for (let sequence = 1; ; sequence += 1) {
    const next = performance.now() + order.intervalMs
    const answer = n < cut ? 'cut off' : await beat(job, { sequence })
    if (n >= cut && answer.startsWith('200 ssc-stop ')) return sayFarewell(job, sequence + 1, answer.slice(4))
    if (answer !== '200 go on' && n >= cut) count(answer)
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - performance.now())))
  }
}

async function sayFarewell(job: Signer, sequence: number, line: string): Promise<void> {
  const text = stopText(order.run)
  const signature = Buffer.from(line.slice(text.length + 1), 'base64')
  if (!line.startsWith(`${text} `) || !verify('sha256', Buffer.from(text), order.publicKey, signature)) {
    result.lies += 1
    return
  }
  const answer = await beat(job, { sequence, farewell: 'told' })
  if (answer.startsWith('200 ')) result.farewells.push(Date.now())
  else count(`farewell: ${answer}`)
}

function count(what: string): void {
  result.failures[what] = (result.failures[what] ?? 0) + 1
}

/** The status and the body of the answer, or how it failed. */
function beat({ job, token }: Signer, more: { sequence: number; farewell?: 'told' }): Promise<string> {
  result.beats += 1
  const at = `${new Date().toISOString().slice(0, 19)}Z`
  const body = JSON.stringify({ job, host: 'wn001.site.example', pid: 4711, at, ...more })
  const signature = createHmac('sha256', Buffer.from(token, 'hex')).update(body).digest('hex')
  const headers = { 'content-type': 'application/json', 'content-length': body.length, 'x-ssc-signature': signature }
  return new Promise((resolve) => {
    const options = { port: order.port, host: '127.0.0.1', method: 'POST', path: '/v1/heartbeat', headers, agent, timeout: LONGEST_MS }
    const asking = request(options, (response) => {
      let text = ''
      response.setEncoding('latin1').on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve(`${response.statusCode} ${text}`)).on('error', () => resolve('cut short'))
    })
    asking.on('timeout', () => asking.destroy(new Error('too late')))
    asking.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    asking.end(body)
  })
}
