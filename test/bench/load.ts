/**
 * The heartbeats' sender, a process of its own so that it takes no time from the listener. A connection per job, one
 * request at a time on it, all of them signed before the first one leaves.
 */
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { type Signer, signedRequest } from './signed-request.ts'

/** `perSecond` = at a steady pace, each latency taken from the moment when the beat was due; absent = as fast as it goes. */
export type LoadOrder = {
  port: number
  jobs: Signer[]
  firstSequence: number
  beatsPerJob: number
  perSecond?: number
}
export type LoadResult = { beats: number; ms: number; refused: number; latenciesMs: number[] }

type Job = { requests: Buffer[]; socket: Socket; next: number; text: string; sentAt: number; done(): void }

const END_OF_HEAD = '\r\n\r\n'
const LONGEST_MS = 120_000

let order: LoadOrder
let jobs: Job[]
const result: LoadResult = { beats: 0, ms: 0, refused: 0, latenciesMs: [] }

process.on('message', async (message: LoadOrder | 'go' | 'end') => {
  if (message === 'end') return process.exit(0)
  if (message === 'go') {
    process.send!(await run())
    return
  }
  order = message
  jobs = await Promise.all(order.jobs.map(prepare))
  process.send!('ready')
})

async function run(): Promise<LoadResult> {
  Object.assign(result, { beats: 0, ms: 0, refused: 0, latenciesMs: [] })
  const start = performance.now()
  const all = Promise.all(jobs.map((job) => new Promise<void>((resolve) => Object.assign(job, { done: resolve }))))
  const tooLong = setTimeout(() => fail(new Error('the listener is too slow')), LONGEST_MS)
  if (order.perSecond === undefined) for (const job of jobs) send(job, performance.now())
  else pace(start, order.perSecond)
  await all
  clearTimeout(tooLong)
  result.ms = performance.now() - start
  for (const job of jobs) job.socket.destroy()
  return result
}

/** Each beat has its moment; one whose job still waits for an answer leaves right after it, and is counted from its moment. */
function pace(start: number, perSecond: number): void {
  const total = jobs.length * order.beatsPerJob
  let n = 0
  const timer = setInterval(() => {
    const until = Math.min(total, Math.floor(((performance.now() - start) * perSecond) / 1000))
    for (; n < until; n += 1) {
      const job = jobs[n % jobs.length]!
      const due = start + (n * 1000) / perSecond
      const waiting = dues.get(job) ?? []
      dues.set(job, [...waiting, due])
      if (waiting.length === 0 && job.sentAt === 0) send(job, dues.get(job)!.shift()!)
    }
    if (n === total) clearInterval(timer)
  }, 2)
}

const dues = new Map<Job, number[]>()

function send(job: Job, at: number): void {
  job.sentAt = at
  job.socket.write(job.requests[job.next]!)
  job.next += 1
}

function take(job: Job, chunk: string): void {
  job.text += chunk
  const end = job.text.indexOf(END_OF_HEAD)
  if (end < 0) return
  const length = Number(/content-length: (\d+)/i.exec(job.text)?.[1])
  if (job.text.length < end + END_OF_HEAD.length + length) return
  if (!job.text.startsWith('HTTP/1.1 200') || !job.text.endsWith('go on')) result.refused += 1
  result.beats += 1
  result.latenciesMs.push(performance.now() - job.sentAt)
  job.text = ''
  job.sentAt = 0
  if (job.next === job.requests.length) job.done()
  else if (order.perSecond === undefined) send(job, performance.now())
  else {
    const due = dues.get(job)?.shift()
    if (due !== undefined) send(job, due)
  }
}

async function prepare(one: Signer): Promise<Job> {
  const requests = Array.from({ length: order.beatsPerJob }, (_, i) => signedRequest(one, order.firstSequence + i))
  const socket = connect(order.port, '127.0.0.1').setNoDelay().setEncoding('latin1')
  const job: Job = { requests, socket, next: 0, text: '', sentAt: 0, done: () => {} }
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  socket.on('data', (chunk: string) => take(job, chunk))
  socket.on('error', fail)
  socket.on('close', () => (job.next < job.requests.length ? fail(new Error('the listener closed a connection')) : undefined))
  return job
}

function fail(error: Error): void {
  process.stderr.write(`the sender of heartbeats: ${error.message}\n`)
  process.exit(1)
}
