import { messageOf } from '../../core/domain/errors.ts'
import type { Access } from '../../core/domain/event.ts'
import { SiteName } from '../../core/domain/site.ts'
import type { ProbeRequest, ProbeResult } from '../../core/domain/submitter.ts'
import type { Context } from './host.ts'
import { hostOf } from './place.ts'

const PROBE_MS = 20_000

/**
 * What the ways to fail say of the identity. An account whose shell was taken away is let in and sent out again: that is
 * how accounts are closed. What concerns our own key's file, or the host's key, says nothing of the identity.
 */
const MEANINGS: readonly (readonly [RegExp, Access])[] = [
  [/^Permission denied/, 'refused'],
  [/has no shell/, 'refused'],
  [/^no connection to|before there was a connection|before the host answered|was not started: it took/, 'unreachable'],
]

/** Connects anew and runs `true`. */
export async function probe({ site, endpoint }: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  const host = hostOf(endpoint)
  if (host === undefined || !SiteName.safeParse(site).success) return { access: 'unknown', words: 'not an ssh endpoint of a site' }
  try {
    const { code, err } = await ctx.at(`ssh://${host}`).run(['true'], { timeoutMs: PROBE_MS })
    if (code === 0) return { access: 'accepted', words: `${host} let the account in and ran a command` }
    return { access: 'unknown', words: `${host} let the account in, and a command failed with ${code}: ${err.slice(0, 300)}` }
  } catch (error) {
    return { access: meaningOf(messageOf(error)), words: messageOf(error) }
  }
}

export function meaningOf(words: string): Access {
  return MEANINGS.find(([pattern]) => pattern.test(words))?.[1] ?? 'unknown'
}
