/** `most` = items of a batch; `lanes` = batches that are under way at once. */
export type Batches = { most: number; lanes: number }

/** Gathers what comes while statements are under way and hands it on as one batch: many callers, few commits and round trips. */
export function inBatches<Item, Answer>(
  ask: (items: Item[]) => Promise<Answer[]>,
  { most, lanes }: Batches,
): (item: Item) => Promise<Answer> {
  type Waiting = { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }
  let waiting: Waiting[] = []
  let asking = 0

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      await settle(batch)
      // Those who were just answered may already be back: one turn lets them into the next batch.
      await turn()
    }
    asking -= 1
  }

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      const answers = await ask(batch.map((one) => one.item))
      for (const [i, one] of batch.entries()) one.resolve(answers[i] as Answer)
    } catch (error) {
      for (const one of batch) one.reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (asking >= lanes) return
      asking += 1
      setImmediate(drain)
    })
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
