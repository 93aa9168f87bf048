import { messageOf, PermanentError, TransientError, UnsureError } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'

/** What was known when it failed. */
export type Moment = { host: string; isSent: boolean; status: number | undefined }

/**
 * The alerts with which a server refuses our certificate, as OpenSSL names them:
 * https://www.rfc-editor.org/rfc/rfc8446#section-6.2 and https://docs.openssl.org/3.0/man3/SSL_alert_type_string/
 */
const REFUSALS: Readonly<Record<string, string>> = {
  ERR_SSL_SSLV3_ALERT_NO_CERTIFICATE: 'no certificate',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: 'bad certificate',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: 'unsupported certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: 'certificate revoked',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: 'certificate expired',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'certificate unknown',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'unknown ca',
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: 'access denied',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'certificate required',
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
  const words = plainLine(`${host}: ${messageOf(error)}${code === '' ? '' : ` (${code})`}`)
  const refusal = REFUSALS[code]
  if (refusal !== undefined) return new PermanentError(plainLine(`${host}: certificate refused: ${refusal} (${code})`))
  if (isSent) return new UnsureError(status === undefined ? `${words}; it was sent` : `${words}; it answered ${status}, not to the end`)
  if (UNTRUSTED.has(code)) return new PermanentError(`${words}: the server is not trusted; check its name and the CA folder`)
  if (OURS.has(code)) return new PermanentError(words)
  return new TransientError(words)
}
