/**
 * Work goes on in lanes, so many at once in each: where one backend hangs, its own lane waits and no other. A piece of work
 * that is in a lane already is not taken a second time.
 */
export type Lanes = {
  /** Takes a piece of work; resolves at once, whether it begins now or later. */
  take(lane: string, id: string): void
  /** Begins nothing more, and resolves when all that had begun is over. */
  close(): Promise<void>
}

export function createLanes(atOnce: number, work: (id: string) => Promise<void>): Lanes {
  const waiting = new Map<string, string[]>()
  const running = new Map<string, Set<string>>()
  const known = new Set<string>()
  let isClosed = false
  let wake = () => {}

  function take(lane: string, id: string): void {
    if (known.has(id) || isClosed) return
    known.add(id)
    const queue = waiting.get(lane) ?? []
    queue.push(id)
    waiting.set(lane, queue)
    advance(lane)
  }

  function advance(lane: string): void {
    const busy = running.get(lane) ?? new Set()
    running.set(lane, busy)
    const queue = waiting.get(lane) ?? []
    while (!isClosed && busy.size < atOnce && queue.length > 0) begin(lane, queue.shift()!)
  }

  function begin(lane: string, id: string): void {
    const busy = running.get(lane)!
    busy.add(id)
    void work(id).finally(() => {
      busy.delete(id)
      known.delete(id)
      advance(lane)
      wake()
    })
  }

  async function close(): Promise<void> {
    isClosed = true
    while ([...running.values()].some((busy) => busy.size > 0)) await new Promise<void>((resolve) => (wake = resolve))
  }

  return { take, close }
}
