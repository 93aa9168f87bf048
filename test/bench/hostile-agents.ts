/** The honest agents, in a process of their own. Each heartbeat has a new connection, as one of curl has. */
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { type Signer, signedRequest } from './signed-request.ts'

export type AgentsOrder = { port: number; jobs: Signer[]; firstSequence: number; beats: number; perSecond: number }
/** Each latency from the moment when the heartbeat was due. `failures` by what was seen instead of `go on`. */
export type AgentsResult = { latenciesMs: number[]; failures: Record<string, number> }

/** As the agent has it for curl. */
const LONGEST_MS = 10_000

process.on('message', async (order: AgentsOrder | 'end') => {
  if (order === 'end') return process.exit(0)
  const result: AgentsResult = { latenciesMs: [], failures: {} }
  const start = performance.now() + 100
  await Promise.all(order.jobs.map((_, n) => live(order, n, start, result)))
  process.send!(result)
})

/** One agent: its heartbeats one after the other, each at its moment, or as soon as the one before is over. */
async function live(order: AgentsOrder, n: number, start: number, { latenciesMs, failures }: AgentsResult): Promise<void> {
  const { jobs, perSecond, beats, firstSequence } = order
  for (let beat = 0; beat < beats; beat += 1) {
    const due = start + ((beat * jobs.length + n) * 1_000) / perSecond
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
    const outcome = await exchange(order.port, signedRequest(jobs[n]!, firstSequence + beat))
    latenciesMs.push(performance.now() - due)
    if (outcome !== '200 go on') failures[outcome] = (failures[outcome] ?? 0) + 1
  }
}

/** The status and the body of the answer, or how it failed. */
function exchange(port: number, request: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    let outcome = 'cut off'
    const socket = connect(port, '127.0.0.1', () => socket.write(request)).setEncoding('latin1')
    const timer = setTimeout(() => end('too late'), LONGEST_MS)
    const end = (what: string) => {
      outcome = what
      socket.destroy()
    }
    socket.on('data', (chunk: string) => {
      text += chunk
      const [head = '', body] = text.split('\r\n\r\n')
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
      if (body !== undefined && body.length >= length) end(`${head.slice(9, 12)} ${body}`)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code ?? 'failed'))
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(outcome)
    })
  })
}
