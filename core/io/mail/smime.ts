import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { InputError, messageOf, TransientError } from '../../domain/errors.ts'
import { createSlots } from '../../domain/slots.ts'
import type { MailCrypto } from './compose-mail.ts'
import { readKeyFile, readSecret } from './key-file.ts'
import { base64Lines, boundaryOf, multipart, part } from './mime-part.ts'
import type { Smime } from './signing.ts'

const TIMEOUT_MS = 20_000
const MOST_BYTES = 1024 * 1024
const MOST_PROCESSES = 4

/** Signs with a certificate of a grid CA: S/MIME, detached, SHA-256 (RFC 8551, section 3.5.3). Throws InputError when it cannot. */
export async function openSmime(settings: Smime): Promise<MailCrypto> {
  for (const file of [settings.keyFile, settings.passphraseFile]) if (file !== undefined) await readSecret(file)
  const withSlot = createSlots(MOST_PROCESSES)
  const signature = async (content: Uint8Array) => {
    await checkTime(settings.certificateFile)
    return withSlot(() => askOpenssl(signArguments(settings), content))
  }
  await signature(Buffer.from('a trial\r\n')).catch((error) => {
    throw new InputError(`mails cannot be signed with ${settings.certificateFile} and ${settings.keyFile}: ${messageOf(error)}`, [])
  })
  return {
    protect: async (content, { messageId }) => {
      const type = 'signed; micalg=sha-256;\r\n protocol="application/pkcs7-signature"'
      return multipart(type, boundaryOf(messageId, 'signed'), [content, signaturePart(await signature(content))])
    },
  }
}

/** openssl signs with a certificate that has ended, too. Read anew each time: grid certificates are renewed every year. */
async function checkTime(file: string): Promise<void> {
  const { validFrom, validTo } = certificateOf(await readKeyFile(file))
  const now = Date.now()
  if (Date.parse(validTo) <= now) throw new TransientError(`the certificate in ${file} ended at ${validTo}: renew it`)
  if (Date.parse(validFrom) > now) throw new TransientError(`the certificate in ${file} begins at ${validFrom} only`)
}

function certificateOf(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new TransientError(`not a certificate as PEM: ${messageOf(error)}`)
  }
}

/** openssl-cms(1). Secrets only as names of files; the empty passphrase keeps openssl from asking the terminal. */
function signArguments({ certificateFile, chainFile, keyFile, passphraseFile }: Smime): string[] {
  const secret = passphraseFile === undefined ? 'pass:' : `file:${passphraseFile}`
  const chain = chainFile === undefined ? [] : ['-certfile', chainFile]
  const who = ['-signer', certificateFile, ...chain, '-inkey', keyFile, '-passin', secret]
  return ['cms', '-sign', '-binary', '-md', 'sha256', '-outform', 'DER', ...who]
}

function signaturePart(signature: Uint8Array): Buffer {
  const head = [
    'Content-Type: application/pkcs7-signature; name="smime.p7s"',
    'Content-Transfer-Encoding: base64',
    'Content-Disposition: attachment; filename="smime.p7s"',
  ]
  return part(head, base64Lines(signature))
}

function askOpenssl(argv: readonly string[], input: Uint8Array): Promise<Buffer> {
  const bounds = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MOST_BYTES } as const
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C' }
  return new Promise((resolve, reject) => {
    const child = execFile('openssl', argv, { ...bounds, env, encoding: 'buffer' }, (error, out, err) => {
      if (error === null) return resolve(out)
      reject(new TransientError(child.killed ? `openssl took longer than ${TIMEOUT_MS} ms` : `openssl: ${words(err) || error.message}`))
    })
    // it may end before it has read everything; its exit tells why
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

function words(text: Buffer): string {
  return text
    .toString('utf8')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, 300)
}
