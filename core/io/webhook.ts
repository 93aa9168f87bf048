import { createHmac } from 'node:crypto'
import { messageOf, TransientError } from '../domain/errors.ts'
import type { WebhookOptions } from '../domain/webhook.ts'
import type { HttpPool } from './http/client.ts'
import { OPEN_TO_ALL, readSmallFile } from './secret-file.ts'

const MOST_SECRET_BYTES = 4_096
/** Nothing in an answer is read but its status. */
const MOST_ANSWER_BYTES = 1_024

export type Message = { id: string; body: string }
type Way = { pool: HttpPool /** A grid's CA folder. */; caFolder: string; signal: AbortSignal; nowMs: number }

/**
 * Sends one message, signed: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 * Gives back the status. Throws when it was not taken, or nobody knows: it may be sent again, as its id says that it is the same.
 */
export async function postWebhook(hook: WebhookOptions, { id, body }: Message, { pool, caFolder, signal, nowMs }: Way): Promise<string> {
  const timestamp = Math.floor(nowMs / 1_000)
  const signatures = (await readSecrets(hook.secretFile)).map((key) => signatureOf(key, { id, timestamp, body }))
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'security-service-challenge (an exercise)',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  }
  const request = {
    method: 'POST',
    url: hook.url,
    headers,
    body,
    auth: 'none',
    timeoutMs: hook.timeoutMs,
    maxBytes: MOST_ANSWER_BYTES,
  } as const
  const { status } = await pool.request(request, { caFolder, hosts: [new URL(hook.url).hostname], signal, limit: (work) => work() })
  if (status >= 200 && status < 300) return String(status)
  const more = status >= 300 && status < 400 ? ': redirects are not followed, give the address where it ends' : ''
  throw new TransientError(`it answered ${status}${more}`)
}

function signatureOf(key: Buffer, { id, timestamp, body }: Message & { timestamp: number }): string {
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`
}

/** One, or two while receivers go over to a new one. */
export async function readSecrets(file: string): Promise<Buffer[]> {
  const { text, isOpenToAll } = await readSmallFile(file, MOST_SECRET_BYTES).catch((error) => {
    throw new TransientError(`the secret file ${file} ${messageOf(error)}`)
  })
  if (isOpenToAll) throw new TransientError(`the secret file ${file} ${OPEN_TO_ALL}`)
  const lines = text.split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '').map(keyIn)
  if (keys.length > 0 && keys.length <= 2 && keys.every((key) => key.length >= 24 && key.length <= 64)) return keys
  throw new TransientError(
    `the secret file ${file} holds no secret: put whsec_ and 24 to 64 bytes in base64 into its first line, as this makes it: echo "whsec_$(openssl rand -base64 32)"`,
  )
}

function keyIn(line: string): Buffer {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(line)?.[1] ?? ''
  return Buffer.from(encoded, 'base64')
}
