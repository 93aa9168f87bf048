import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { createListener } from '../../core/http/listener.ts'

const token = 'ab'.repeat(32)

test.each([
  ['paused', true, 'go on'],
  ['going on', false, 'a signed task'],
])(
  'given a task that was signed before, when its run is %s, then the agent is given it only where it goes on',
  async (_, isPaused, words) => {
    const app = createListener({
      take: async () => ({ word: 'go on', task: 'a signed task', run: 'r-1' }),
      token: () => token,
      stopLine: async () => undefined,
      isPaused: async (run) => run === 'r-1' && isPaused,
    })
    const payload = JSON.stringify({ job: 'j', sequence: 1, host: 'wn', pid: 1, at: '2027-01-12T00:00:00Z' })
    const signature = createHmac('sha256', Buffer.from(token, 'hex')).update(payload).digest('hex')
    const headers = { 'content-type': 'application/json', 'x-ssc-signature': signature }
    const { statusCode, body } = await app.inject({ method: 'POST', url: '/v1/heartbeat', headers, payload })
    expect([statusCode, body]).toEqual([200, words])
    await app.close()
  },
)
