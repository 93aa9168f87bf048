import { randomBytes } from 'node:crypto'
import { describe, expect, test, vi } from 'vitest'
import { PermanentError, TransientError } from '../../core/domain/errors.ts'
import { openQueue } from '../../core/io/queue/queue.ts'
import type { JobQueue } from '../../core/ports.ts'
import { withStore } from '../services/store.ts'

function withQueue(body: (queue: JobQueue) => Promise<void>): Promise<void> {
  return withStore(async ({ db }) => {
    const queue = openQueue({
      name: `test-${randomBytes(4).toString('hex')}`,
      db,
      redisUrl: process.env.REDIS_URL,
      backoffMs: 5,
      onError: () => {},
    })
    try {
      await body(queue)
    } finally {
      await queue.close()
    }
  })
}

describe('the queue', () => {
  test('given ids added twice before anyone works, then each is done once', () =>
    withQueue(async (queue) => {
      const done: string[] = []
      await queue.add(['send-mail.r.A.alert', 'b'])
      await queue.add(['b', 'send-mail.r.A.alert'])
      queue.work(async (id) => void done.push(id), 4)
      await vi.waitFor(() => expect(done).toHaveLength(2), { timeout: 10_000 })
      await queue.add(['c'])
      await vi.waitFor(() => expect(done.sort()).toEqual(['b', 'c', 'send-mail.r.A.alert']), { timeout: 10_000 })
    }))

  test('given a passing fault, then it is tried again; given a lasting one, then it is not', () =>
    withQueue(async (queue) => {
      const tries = { passing: 0, lasting: 0 }
      queue.work(async (id) => {
        const n = ++tries[id as keyof typeof tries]
        if (id === 'lasting') throw new PermanentError('no')
        if (n < 3) throw new TransientError('not now')
      }, 4)
      await queue.add(['lasting', 'passing'])
      await vi.waitFor(() => expect(tries).toEqual({ passing: 3, lasting: 1 }), { timeout: 10_000 })
    }))

  test('given a flush, then what was in it is gone and can be added again', () =>
    withQueue(async (queue) => {
      await queue.add(['a', 'b'])
      await queue.flush()
      const done: string[] = []
      queue.work(async (id) => void done.push(id), 1)
      await queue.add(['a'])
      await vi.waitFor(() => expect(done).toEqual(['a']), { timeout: 10_000 })
    }))
})
