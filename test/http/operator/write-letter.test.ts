import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readChallenge } from '../../../core/app/view.ts'
import { challengeStream } from '../../../core/domain/event.ts'
import { tell } from '../../cli/control-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'
import { runUnderWay } from './run-under-way.ts'

type Answer = { preview: { bytes: string; to: { who: string; isBefore: boolean }[] } }

describe('a letter that an officer writes', () => {
  let rig: Rig
  let csirt: Person
  let run: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    run = await runUnderWay(rig.instance, 1)
  })
  afterAll(() => rig.close())

  const letter = { kind: 'question', to: 'site:SITE-0 site:SITE-1', text: 'Which host was <it>?' }
  const preview = (wish: Record<string, string>, api = '/api/v1') =>
    csirt.get(`${api}/runs/${run}/letters/write?${new URLSearchParams(wish)}`)
  const orders = async (site: string) =>
    (await readChallenge(rig.instance.store, challengeStream(run, site))).orders.map(({ data }) => data)

  it('given a letter, when it is looked at, then its bytes are there and nothing is ordered; when it is sent twice, then it is ordered once', async () => {
    const { preview: shown } = (await (await preview(letter)).json()) as Answer
    expect(shown.bytes).toMatch(/^From: [\s\S]*Message-ID: [\s\S]*Which host was <it>\?/i)
    expect(shown.to).toMatchObject([
      { who: 'SITE-0', isBefore: false },
      { who: 'SITE-1', isBefore: false },
    ])
    const page = await (await preview(letter, '')).text()
    expect(page).toContain('Which host was &lt;it&gt;?')
    expect(page).toContain('Send 2 now')
    expect(await orders('SITE-0')).toEqual([])
    for (const ordered of [['SITE-0', 'SITE-1'], []]) {
      const sent = await csirt.post(`/api/v1/runs/${run}/letters`, letter)
      expect([sent.status, await sent.json()]).toEqual([200, { ordered }])
    }
    expect(await orders('SITE-0')).toMatchObject([{ mail: 'question', text: letter.text, by: 'Ada Officer' }])
    expect(await (await preview(letter, '')).text()).toContain('the very same order of today already')
  })

  it('given a letter that cannot go, when it is sent, then all that is wrong is said with the words kept, and nothing is ordered', async () => {
    const wrong = await csirt.post(`/runs/${run}/letters`, { kind: 'question', to: 'site:NOWHERE SITE-2', text: 'odd \u0007 words' })
    const words = await wrong.text()
    expect(wrong.status).toBe(422)
    for (const part of ['site:NOWHERE: it is not in the plan', 'say site:SITE-2', 'control characters']) expect(words).toContain(part)
    expect(words).toContain('value="site:NOWHERE SITE-2"')
    expect((await csirt.post(`/api/v1/runs/${run}/letters`, { kind: 'alert', to: 'site:SITE-2' })).status).toBe(422)
    expect(await orders('SITE-2')).toEqual([])
  })

  it('given a letter that was refused, when it is sent once more, then the log tells who said so', async () => {
    const name = { mail: 'question', letter: 'question-9', role: 'site' } as const
    const id = `mail.${run}.9`
    const stream = challengeStream(run, 'SITE-2')
    const { store } = rig.instance
    await store.commit({ run, effects: [{ id, run, stream, kind: 'send-mail', due: 0, payload: { site: 'SITE-2' } }] })
    await store.commit({ run, move: { id, from: ['queued'], to: 'refused' } })
    const refused = { type: 'MailRefused', data: { ...name, effect: id, by: 'other side', reason: '550 nobody' } } as const
    await tell({ instance: async () => rig.instance }, run, 'SITE-2', refused)
    const resent = await csirt.post(`/api/v1/runs/${run}/letters/resend`, {})
    expect(await resent.json()).toEqual({ resent: [{ who: 'SITE-2', letter: 'question-9', was: '550 nobody' }] })
    const events = await store.readStream(stream)
    expect(events.find(({ type }) => type === 'MailResent')).toMatchObject({ data: { by: 'Ada Officer', letter: 'question-9' } })
  })
})
