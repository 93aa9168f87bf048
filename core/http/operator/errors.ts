/** Not for this one: the page says what to do. 404 where they may not even know that it is there. */
export class NotAllowedError extends Error {
  override name = 'NotAllowedError'
  readonly status: 401 | 403 | 404 | 413 | 429
  /** When it may be tried again. */
  readonly afterS: number | undefined
  constructor(status: 401 | 403 | 404 | 413 | 429, message: string, afterS?: number) {
    super(message)
    this.status = status
    this.afterS = afterS
  }
}
