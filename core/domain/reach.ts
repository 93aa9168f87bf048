/** How a plug-in reaches the world. Only core/io makes these real; a plug-in gets them in its context. */

/** `code` is null when a signal ended it. `isCut` = there was more output than was kept. */
export type Ran = { code: number | null; signal: string | null; out: string; err: string; isCut: boolean }

export type HowToRun = {
  /** Added to the clean environment. Never a secret: it can be seen by others on the host. */
  env?: Readonly<Record<string, string>>
  /** Longest time, ms; the context's signal ends it earlier. */
  timeoutMs?: number
  /** Of each of stdout and stderr; what is over is dropped. Default 1 MiB. */
  maxBytes?: number
}

/**
 * A place where commands run: this machine, or a host reached by ssh. No shell reads the arguments; stdin is closed; the
 * environment holds PATH, HOME, LANG, X509_USER_PROXY of the identity, and what config.yaml and the call name.
 */
export type Shell = {
  /**
   * Resolves with whatever the command said, also when it failed. Throws PermanentError when there is no such command,
   * TransientError when it certainly was not started, and UnsureError when it was started and its end is not known
   * (deadline, abort, a lost connection); its whole process group is then killed as far as it can be reached.
   */
  run(argv: readonly string[], how?: HowToRun): Promise<Ran>
  /** Puts files (name, content) into a new folder of mode 0700 where the commands run, and removes it after the body. */
  withFiles<T>(files: Readonly<Record<string, string>>, body: (folder: string) => Promise<T>): Promise<T>
}

export type HttpRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD'
  url: string
  headers?: Readonly<Record<string, string>>
  body?: string
  /** The identity's proxy as TLS client certificate, its token as `Authorization: Bearer`, both where it has both, or none. */
  auth: 'proxy' | 'token' | 'any' | 'none'
  timeoutMs?: number
  /** Of the answer; what is over is dropped. Default 1 MiB. */
  maxBytes?: number
}

/** Header names in lower case. */
export type HttpAnswer = { status: number; headers: Readonly<Record<string, string>>; body: string; isCut: boolean }
