import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type HookState, hookDocument } from '../../../core/app/tell-hook.ts'
import { WebhookOptions } from '../../../core/domain/webhook.ts'
import { openRig, type Rig } from './rig.ts'

describe('webhooks on the pages', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await openRig()
    const url = 'https://hooks.example/services/a-secret-part'
    rig.instance.config.webhooks = { desk: WebhookOptions.parse({ url, secretFile: '/nowhere' }) }
    const last = { name: 'run.launched', at: Date.now(), triedMs: Date.now(), answer: 'it answered <500>', isTaken: false }
    const state: HookState = { sinceMs: 1, failures: 3, nextMs: Date.now(), givenUp: 2, last }
    await rig.instance.store.putDocument(hookDocument('desk'), state)
  })
  afterAll(() => rig.close())

  it('given an officer of the CSIRT, when settings and figures are looked at, then each hook stands there, without what may be secret in its address', async () => {
    const csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    const html = await (await csirt.get('/settings')).text()
    expect(html).toMatch(
      /desk<\/strong> \(hooks\.example\): <strong>did not take<\/strong> <code>run\.launched<\/code> of .*: it answered &lt;500&gt;\./,
    )
    expect(html).toMatch(/Failures in a row: 3; tried again at .*\. Never told: 2\./)
    const figures = await (await csirt.get('/metrics', 'token')).text()
    expect(figures).toContain('ssc_webhook_failures{webhook="desk"} 3')
    expect(`${html}${figures}`).not.toContain('a-secret-part')
  })

  it('given anybody else, when they look, then there is nothing of it', async () => {
    for (const grants of [[{ role: 'ngi', of: 'NGI_X' }], [{ role: 'reader', of: 'public' }]] as const) {
      const other = await rig.person(`A ${grants[0].role}`, grants)
      expect((await (await other.get('/api/v1/settings', 'token')).json()) as object).toMatchObject({ webhooks: [] })
      expect(await (await other.get('/settings')).text()).not.toMatch(/webhook/i)
    }
  })
})
