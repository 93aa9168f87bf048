import { createHash, timingSafeEqual } from 'node:crypto'

export type OwnCookie = { name: string; options: { path: '/'; httpOnly: true; sameSite: 'lax'; secure: boolean } }

/**
 * A cookie that no script reads. With the prefix no other host can set it, and it goes over TLS alone (RFC 6265bis, section 4.1.3.2).
 * Lax, so that it also comes with the way back from another site (RFC 6749, section 4.1.2).
 */
export function cookieOf(name: string, isSecure: boolean): OwnCookie {
  return { name: isSecure ? `__Host-${name}` : name, options: { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure } }
}

/** How long it takes tells nothing of how much is right. An empty secret is nobody's. */
export function isSame(expected: string, given: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return expected !== '' && timingSafeEqual(digest(expected), digest(given))
}
