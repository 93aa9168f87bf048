import { createHmac } from 'node:crypto'

export type Signer = { job: string; token: string }

/** A heartbeat as it goes over the wire. */
export function signedRequest({ job, token }: Signer, sequence: number): Buffer {
  const body = JSON.stringify({ job, sequence, host: 'wn001.site.example', pid: 4711, at: '2027-01-11T08:00:00Z' })
  const signature = createHmac('sha256', Buffer.from(token, 'hex')).update(body).digest('hex')
  const head = [
    'POST /v1/heartbeat HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    `X-SSC-Signature: ${signature}`,
  ]
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`)
}
