import { z } from 'zod'

/** What a JSON Web Token says of itself (RFC 7519, section 4.1). Nothing of it is proven: only the other side checks the signature. */
export type TokenClaims = { endsMs?: number; subject?: string }

const Claims = z.object({
  exp: z.number().positive().max(1e11).optional().catch(undefined),
  sub: z.string().max(1000).optional().catch(undefined),
})

/** The token of a file: its first line (RFC 6750, section 2.1: printable, no blanks). Undefined when there is none. */
export function tokenIn(text: string): string | undefined {
  const token = text.split('\n', 1)[0]!.trim()
  return /^[\x21-\x7e]+$/.test(token) ? token : undefined
}

/** The claims that tell a token's end (ms since 1970) and owner; none of an opaque token. */
export function claimsOf(token: string): TokenClaims {
  const parts = token.split('.')
  if (parts.length !== 3) return {}
  try {
    const { exp, sub } = Claims.parse(JSON.parse(Buffer.from(parts[1]!, 'base64url').toString('utf8')))
    return { ...(exp !== undefined && { endsMs: Math.floor(exp * 1000) }), ...(sub !== undefined && { subject: sub }) }
  } catch {
    return {}
  }
}
