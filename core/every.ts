/** Calls the turn again and again, one at a time; gives back the function that ends it. */
export function every(ms: number, turn: () => Promise<void>, onError: (error: unknown) => void): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined
  let ended = false
  let running = Promise.resolve()
  const go = () => {
    running = turn()
      .catch(onError)
      .then(() => {
        if (!ended) timer = setTimeout(go, ms)
      })
  }
  go()
  return async () => {
    ended = true
    clearTimeout(timer)
    await running
  }
}
