import { expect, test } from 'vitest'
import { foldChallenge } from '../core/domain/challenge.ts'
import { noticesOf } from '../core/domain/letters.ts'
import { tokensIn } from '../core/domain/mail.ts'
import type { Pause } from '../core/domain/run-state.ts'
import { loadMailTemplates } from '../core/plugins.ts'
import { joinDeps, type Outside } from '../core/worker.ts'
import { openFresh } from './app/instance.ts'
import { launchedRun } from './domain/launched-run.ts'

const incident = (fromMs: number): Pause => ({ fromMs, untilMs: fromMs + 1, by: 'Ada', reason: 'x', because: 'real incident' })
const stream = 'challenge/r-1/DE-ONE'
const alert = {
  effect: 'e',
  mail: 'alert',
  letter: 'alert',
  role: 'site',
  messageId: 'm',
  to: 'a@b.example',
  carrier: 'mail',
  contentHash: 'h',
} as const
const sending = { type: 'MailSending', data: alert, stream, seq: 1, at: 0, hash: '' } as const

test('given a second real incident, when its mail is made, then it is no double of the first one, and an answer to it is still known', async () => {
  const { instance, close } = await openFresh()
  try {
    const outside = { plugins: {}, reach: {}, templates: loadMailTemplates(instance.config.home), listenerUrls: [] } as unknown as Outside
    const { writeLetter } = joinDeps(instance, outside)
    const run = launchedRun({ state: { pauses: [incident(1), incident(10)] } })
    const site = run.plan.sites[0]!
    const to = { site, name: site.name, timeZone: site.timeZone, address: site.securityContact }
    const state = foldChallenge([sending])
    const due = noticesOf(run, state)
    expect(due).toHaveLength(2)
    const letters = await Promise.all(due.map((letter) => writeLetter({ run, to, letter, stream, state })))
    const [first, second] = letters.map(({ mail }) => mail.messageId)
    expect(second).not.toBe(first)
    const tokens = letters.map(({ mail }) => tokensIn({ references: [mail.messageId], to: [mail.replyTo] }))
    expect(tokens[0]![0]!.token).not.toBe(tokens[1]![0]!.token)
    for (const found of tokens)
      expect(found).toMatchObject([
        { kind: 'real-incident', where: 'references' },
        { kind: 'real-incident', where: 'recipient' },
      ])
  } finally {
    await close()
  }
})
