import { messageOf, PermanentError, TransientError, UnsureError } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'

/** What was known when it failed. */
export type Moment = { host: string; isSent: boolean; status: number | undefined }

/**
 * The alerts with which a server refuses our certificate: https://www.rfc-editor.org/rfc/rfc8446#section-6. By number, for
 * OpenSSL's names of them change from release to release. 41 is SSL 3's, in use where TLS is old.
 */
const REFUSALS: Readonly<Record<number, string>> = {
  41: 'no certificate',
  42: 'bad certificate',
  43: 'unsupported certificate',
  44: 'certificate revoked',
  45: 'certificate expired',
  46: 'certificate unknown',
  48: 'unknown ca',
  49: 'access denied',
  116: 'certificate required',
}

/** Why Node.js does not trust a server, where waiting does not help: https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const UNTRUSTED = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
  'HOSTNAME_MISMATCH',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** What we built wrongly ourselves: undici refuses it before it is sent. */
const OURS = new Set(['UND_ERR_INVALID_ARG', 'ERR_INVALID_ARG_TYPE', 'ERR_INVALID_CHAR'])

/** Says of any failure of a request whether it is worth trying again. The other side's words are kept, on one line. */
export function failureOf(error: unknown, { host, isSent, status }: Moment): Error {
  const code = String((error as { code?: unknown } | null)?.code ?? '')
  const isTls = code.startsWith('ERR_SSL_')
  const said = isTls ? reasonOf(messageOf(error)) : messageOf(error)
  const words = plainLine(`${host}: ${said}${code === '' ? '' : ` (${code})`}`)
  const refusal = isTls ? REFUSALS[alertOf(messageOf(error))] : undefined
  if (refusal !== undefined) return new PermanentError(plainLine(`${host}: certificate refused: ${refusal} (${code})`))
  if (isSent) return new UnsureError(status === undefined ? `${words}; it was sent` : `${words}; it answered ${status}, not to the end`)
  if (UNTRUSTED.has(code)) return new PermanentError(`${words}: the server is not trusted; check its name and the CA folder`)
  if (OURS.has(code)) return new PermanentError(words)
  return new TransientError(words)
}

/** -1 when it was no alert. */
function alertOf(message: string): number {
  return Number(/SSL alert number (\d{1,3})/.exec(message)?.[1] ?? -1)
}

/** OpenSSL's line is `thread:error:number:library:function:reason:file:line:more`: https://docs.openssl.org/3.0/man3/ERR_print_errors/ */
function reasonOf(line: string): string {
  return /^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/.exec(line)?.[1] ?? line
}
