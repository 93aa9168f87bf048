import { createHash } from 'node:crypto'

/** The headers of a page with no script and nothing from elsewhere; the hash covers the very characters of its style. */
export function pageHeaders(css: string): Record<string, string> {
  const styleHash = createHash('sha256').update(css).digest('base64')
  return {
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  }
}
