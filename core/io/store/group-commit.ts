/** Gathers what comes while a transaction is under way and hands it on as one batch: many writers, few commits. */
export function groupCommit<Item, Answer>(write: (items: Item[]) => Promise<Answer[]>, most: number): (item: Item) => Promise<Answer> {
  type Waiting = { item: Item; resolve: (answer: Answer) => void; reject: (error: unknown) => void }
  let waiting: Waiting[] = []
  let writing = false

  async function drain(): Promise<void> {
    writing = true
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      await settle(batch)
    }
    writing = false
  }

  async function settle(batch: Waiting[]): Promise<void> {
    try {
      const answers = await write(batch.map((one) => one.item))
      for (const [i, one] of batch.entries()) one.resolve(answers[i] as Answer)
    } catch (error) {
      for (const one of batch) one.reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!writing) void drain()
    })
}
