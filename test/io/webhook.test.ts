import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebhookOptions } from '../../core/domain/webhook.ts'
import { createHttpPool } from '../../core/io/http/client.ts'
import { postWebhook } from '../../core/io/webhook.ts'

describe('a webhook over the wire', () => {
  let server: Server
  let folder: string
  let headers: IncomingHttpHeaders = {}
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ssc-hook-'))
    server = createServer((request, response) => {
      headers = request.headers
      request.resume().once('end', () => response.end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve))
    rmSync(folder, { recursive: true })
  })

  const signal = new AbortController().signal

  it("given the sample of the standard's own libraries, when it is signed, then the signature is theirs; of two secrets both sign", async () => {
    const pool = createHttpPool()
    const secretFile = join(folder, 'secret')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/index.test.ts
    writeFileSync(secretFile, `whsec_${Buffer.alloc(32, 7).toString('base64')}\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n`, { mode: 0o600 })
    const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}' }
    const answer = await postWebhook(WebhookOptions.parse({ url, secretFile }), message, {
      ...{ pool, caFolder: '/nowhere', signal },
      nowMs: 1_614_265_330_000,
    })
    await pool.close()
    expect(answer).toBe('200')
    expect(headers).toMatchObject({ 'webhook-id': message.id, 'webhook-timestamp': '1614265330', 'content-type': 'application/json' })
    const signatures = String(headers['webhook-signature']).split(' ')
    expect(signatures).toHaveLength(2)
    expect(signatures[1]).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  it.each([
    ['http://hooks.example/x', 'give an https address'],
    ['https://ada:secret@hooks.example/x', 'give an https address'],
    ['ftp://hooks.example', 'give an https address'],
  ])('given the address %s, when the settings are read, then it is refused', (url, words) => {
    const read = WebhookOptions.safeParse({ url, secretFile: '/secret' })
    expect(read.error?.issues.map(({ message }) => message)).toEqual([expect.stringContaining(words)])
  })
})
