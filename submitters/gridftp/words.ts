import type { ProbeResult } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'

type Rule = { says: RegExp; access: ProbeResult['access'] }

/**
 * What globus-url-copy and the server say, in the order in which it counts: the exit code is 1 for everything.
 * Reply codes: RFC 959, section 4.2, and RFC 2228 (530: not logged in; 535: failed security check); the client's own words:
 * https://gridcf.org/gct-docs/latest/gridftp/user/index.html (section "Troubleshooting").
 */
const RULES: readonly Rule[] = [
  // Our own credential, before anything was sent; or a list of revocations that ran out, which says nothing of us.
  { says: /Valid credentials could not be found|globus_credential: Error|CRL has expired|certificate has expired/i, access: 'unknown' },
  { says: /^53[05][ -]/m, access: 'refused' },
  { says: /Connection refused|Name or service not known|getaddrinfo|No route to host|Network is unreachable/, access: 'unreachable' },
  { says: /Connection timed out|Host is down|Temporary failure in name resolution/, access: 'unreachable' },
  // These come after the login only: the identity was let in, and the directory is another matter.
  { says: /^5(00|50)[ -].*(PERMISSION_DENIED|PATH_NOT_FOUND|Command failed)/m, access: 'accepted' },
]

/** What a failed listing tells of the access; words that are in no rule tell nothing. */
export function readFailure(stderr: string): ProbeResult {
  return { access: RULES.find(({ says }) => says.test(stderr))?.access ?? 'unknown', words: oneLine(stderr) || 'it failed without a word' }
}

/** Lines that only lead to the one that says it. */
const FRAME =
  /^(\d{3} End\.|.*the server responded with an error|GSS failure:|GSS Major Status:.*|GSS Minor Status Error Chain:|globus_xio: Authentication Error|globus_gsi_gssapi: (Error with .*|SSL handshake problems)|globus_gsi_callback_module: Could not verify credential|)$/

/** Foreign text as one short line, the reply code once, without what only frames it. */
export function oneLine(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^\s*error:\s*/, '').replace(/^(\d{3}) (?=\1[- ])/, ''))
  const [code = ''] = lines.flatMap((line) => /^\d{3}(?=-)/.exec(line) ?? [])
  const kept = lines.map((line) => line.replace(/^\d{3}-\s*/, '').trim()).filter((line) => !FRAME.test(line))
  return plainLine([code, ...kept].join(' '))
}
