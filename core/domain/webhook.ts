import { z } from 'zod'
import { isLoopback } from './loopback.ts'
import { noticeNames } from './notice.ts'

function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  return (protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))) && username === '' && password === ''
}

/** Where it is told what happens, and of what. */
export const WebhookOptions = z.strictObject({
  url: z.string().max(2000).refine(isSafe, 'give an https address without a user name (http only on this machine)'),
  /** `whsec_` and 24 to 64 bytes in base64, in its first line; a second line holds the one before, while receivers change. */
  secretFile: z.string().regex(/^\/[^\0\r\n]*$/, 'give the whole path, beginning with /'),
  events: z
    .array(z.enum(noticeNames))
    .min(1)
    .default([...noticeNames]),
  /** Names of runs; a `*` at the end stands for any rest. */
  runs: z
    .array(z.string().regex(/^[\w.-]+\*?$|^\*$/, 'the name of a run, or its beginning and a *'))
    .min(1)
    .default(['*']),
  timeoutMs: z.int().min(500).max(60_000).default(15_000),
})
export type WebhookOptions = z.infer<typeof WebhookOptions>

export function wantsRun({ runs }: Pick<WebhookOptions, 'runs'>, run: string): boolean {
  return runs.some((one) => (one.endsWith('*') ? run.startsWith(one.slice(0, -1)) : run === one))
}

/** 2 s, 4 s, 8 s ... up to an hour: how long to wait after so many failures in a row, ms. */
export function waitMs(failures: number): number {
  return Math.min(3_600_000, 1_000 * 2 ** Math.min(failures, 20))
}
