import { TransientError } from './errors.ts'

type Waiter = { wake: () => void }

export type Slots = <T>(body: () => Promise<T>, signal?: AbortSignal) => Promise<T>

/**
 * At most `max` bodies run at once; the others wait in the order in which they came. A `signal` that fires while one waits
 * ends the waiting with a TransientError: its body is never begun.
 */
export function createSlots(max: number): Slots {
  const queue: Waiter[] = []
  let taken = 0

  async function take(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw givenUp()
    if (taken < max) taken++
    else await wait(queue, signal)
  }
  function giveBack(): void {
    const next = queue.shift()
    // The slot goes over to the next one without ever being free.
    if (next) next.wake()
    else taken--
  }
  return async (body, signal) => {
    await take(signal)
    try {
      return await body()
    } finally {
      giveBack()
    }
  }
}

function wait(queue: Waiter[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiter: Waiter = {
      wake: () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      },
    }
    function giveUp(): void {
      queue.splice(queue.indexOf(waiter), 1)
      reject(givenUp())
    }
    queue.push(waiter)
    signal?.addEventListener('abort', giveUp, { once: true })
  })
}

function givenUp(): TransientError {
  return new TransientError('given up while it waited for its turn: nothing was started')
}
