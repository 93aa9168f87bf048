import { expect, test } from 'vitest'
import { tokensIn } from '../core/domain/mail.ts'
import type { Pause } from '../core/domain/run-state.ts'
import { loadMailTemplates } from '../core/plugins.ts'
import { joinDeps, type Outside } from '../core/worker.ts'
import { openFresh } from './app/instance.ts'
import { launchedRun } from './domain/launched-run.ts'

const incident = (fromMs: number): Pause => ({ fromMs, untilMs: fromMs + 1, by: 'Ada', reason: 'x', because: 'real incident' })
const key = { identity: '/CN=x', label: 'l', payloadHash: 'h', addresses: [], names: [], fromMs: 0, untilMs: 1 }

test('given a second real incident, when its mail is made, then it is no double of the first one, and an answer to it is still known', async () => {
  const { instance, close } = await openFresh()
  try {
    const outside = { plugins: {}, reach: {}, templates: loadMailTemplates(instance.config.home), listenerUrls: [] } as unknown as Outside
    const { renderMail } = joinDeps(instance, outside)
    const [first, second] = [[incident(1)], [incident(1), incident(10)]].map((pauses) => {
      const run = launchedRun({ state: { pauses } })
      return renderMail({ run, site: run.plan.sites[0]!, key, mail: 'real-incident', stream: 'challenge/r-1/DE-ONE', alertedMs: 0 })
    })
    expect(second!.messageId).not.toBe(first!.messageId)
    const tokens = [first!, second!].map(({ messageId }) => tokensIn({ references: [messageId], to: [] }))
    expect(tokens[1]).toEqual(tokens[0])
    expect(tokens[0]).toMatchObject([{ kind: 'real-incident', where: 'references' }])
  } finally {
    await close()
  }
})
