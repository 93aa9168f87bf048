/** Whether a host is this machine alone: 127.0.0.0/8 and ::1 (RFC 6890), and `localhost` (RFC 6761, section 6.3). */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase()
  if (name === 'localhost' || name === '::1') return true
  const parts = name.split('.')
  return parts.length === 4 && parts[0] === '127' && parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
}

/** The first of these hosts that is not this machine; undefined when all of them are. */
export function outsideHost(hosts: readonly string[]): string | undefined {
  return hosts.find((host) => !isLoopback(host))
}

/** Why a rehearsal may not reach these hosts; undefined when all of them are this machine. */
export function outsideReason(hosts: readonly string[]): string | undefined {
  const far = outsideHost(hosts)
  return far === undefined ? undefined : `a rehearsal reaches nobody outside: ${far} is not a loopback address`
}

/** The host of a URL or of a bare `host[:port]`; the whole text when it is neither, so that it is never taken for loopback. */
export function hostOf(endpoint: string): string {
  const bare = endpoint.includes('://') ? endpoint : `host://${endpoint}`
  return URL.canParse(bare) ? new URL(bare).hostname : endpoint
}
