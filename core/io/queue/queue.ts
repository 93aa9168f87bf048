import { createPostgresBackend, type Job, Queue, UnrecoverableError, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { messageOf, TransientError } from '../../domain/errors.ts'
import type { JobQueue } from '../../ports.ts'
import type { Db } from '../store/db.ts'

export type QueueOptions = {
  name: string
  db: Db
  redisUrl?: string | undefined
  /** First pause before another try; it doubles each time. */
  backoffMs?: number
  onError(error: Error): void
}

const NAME = 'effect'

/** The PostgreSQL backend makes temporary tables for a bulk: a few are quicker one by one. */
const BULK_FROM = 10
/** With the database in this process a large bulk would keep all else waiting, heartbeats among them. */
const BULK_MOST = 100

/** One more than the use cases allow themselves, so that they have the last word on giving up. */
const MOST_TRIES = 7

/**
 * Work of a process that was killed comes back after some seconds. Should it not have been dead after all, no harm is
 * done: the store lets only one do it.
 */
const RESCUE = { lockDuration: 10_000, stalledInterval: 5_000, maxStalledCount: 1_000 }

/** BullMQ asks for the first; by the second what is told to Redis in one moment goes out as one write. */
const REDIS = { maxRetriesPerRequest: null, enableAutoPipelining: true }

/** BullMQ on Redis when there is one, else on its PostgreSQL backend in the store's own database. */
export function openQueue(options: QueueOptions): JobQueue {
  const redis = options.redisUrl === undefined ? undefined : new Redis(options.redisUrl, REDIS)
  // The library's types bind the backend to the connection; here either of two pairs is meant.
  const backend = (redis === undefined ? createPostgresBackend : undefined) as any
  const connection = (redis ?? options.db.pool) as any
  const queue = new Queue(options.name, { connection, defaultJobOptions: jobOptions(options.backoffMs ?? 1000) }, backend)
  queue.on('error', options.onError)
  let worker: Worker | undefined
  return {
    add: async (ids) => {
      if (ids.length <= BULK_FROM) await Promise.all(ids.map((id) => queue.add(NAME, {}, { jobId: id })))
      for (let from = 0; ids.length > BULK_FROM && from < ids.length; from += BULK_MOST) {
        await queue.addBulk(ids.slice(from, from + BULK_MOST).map((id) => ({ name: NAME, data: {}, opts: { jobId: id } })))
        // A database in this process answers without a turn of the event loop.
        await new Promise(setImmediate)
      }
    },
    work: (handler, concurrency) => {
      worker = new Worker(options.name, (job) => once(handler, job), { connection, concurrency, drainDelay: 1, ...RESCUE }, backend)
      worker.on('error', options.onError)
    },
    flush: () => queue.obliterate({ force: true }),
    close: async () => {
      await worker?.close()
      await queue.close()
      redis?.disconnect()
    },
  }
}

function jobOptions(delay: number) {
  return { attempts: MOST_TRIES, backoff: { type: 'exponential', delay }, removeOnComplete: true, removeOnFail: true }
}

/** Only what is worth trying again is tried again: https://docs.bullmq.io/patterns/stop-retrying-jobs */
async function once(handler: (id: string) => Promise<void>, job: Job): Promise<void> {
  try {
    await handler(String(job.id))
  } catch (error) {
    throw error instanceof TransientError ? error : new UnrecoverableError(messageOf(error))
  }
}
