import type { FastifyReply, FastifyRequest } from 'fastify'
import { isLoopback } from '../../domain/loopback.ts'
import { NotAllowedError } from './errors.ts'

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** For whoever watches: they tell nothing of anybody, and are asked by address. */
const WATCHED = new Set(['/health', '/ready'])

/** Nothing from elsewhere, and nothing for elsewhere. `mayAsk` says whether this address asks too fast. */
export function createGuard(origin: string, mayAsk: (address: string) => boolean) {
  const headers = headersFor(origin)
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    reply.headers(headers)
    if (!mayAsk(request.ip)) throw new NotAllowedError(429, 'Too much comes from your address. Wait some seconds, and try again.', 5)
    const elsewhere = WATCHED.has(request.url) ? undefined : placeOf(request, origin)
    if (elsewhere !== undefined) return reply.redirect(elsewhere, 307)
    refuseForeign(request, origin)
    return undefined
  }
}

function headersFor(origin: string): Record<string, string> {
  return {
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    'cache-control': 'no-store',
    ...(origin.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/** Where a page of this machine is that was asked for by another of its names: passkeys hold for one name alone. */
function placeOf(request: FastifyRequest, origin: string): string | undefined {
  const own = new URL(origin)
  if (request.host === own.host) return undefined
  // A name of somebody else's that leads here would run their pages as ours (DNS rebinding).
  if (!isLoopback(own.hostname) || !isLoopback(request.hostname)) throw new NotAllowedError(404, `These pages are at ${origin}`)
  return request.method === 'GET' && !request.url.startsWith('/api/') ? `${origin}${request.url}` : undefined
}

function refuseForeign({ method, headers }: FastifyRequest, origin: string): void {
  const { origin: from, 'sec-fetch-site': site } = headers
  const isForeign = (from !== undefined && from !== origin) || (site !== undefined && site !== 'same-origin' && site !== 'none')
  if (method !== 'GET' && method !== 'HEAD' && isForeign)
    throw new NotAllowedError(403, 'This was sent from another site. Open the page here, and send it from there.')
}
