import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChallengeEvent, challengeStream, type Event } from '../../../core/domain/event.ts'
import { momentOf } from '../../../core/http/operator/views/challenge-acts.ts'
import { sampleRun } from '../../domain/sample-run.ts'
import { putRun } from '../../io/put-run.ts'
import { openRig, type Person, type Rig } from './rig.ts'

type Beside = {
  reports: { receipt: string; fields: { field: string; known: string[] }[] }[]
  planned: { name: string; lines: string[] }[]
  observed: { words: string }[]
}
type Received = Extract<Event, { type: 'MailReceived' }>

describe('the acts on a challenge', () => {
  let rig: Rig
  let csirt: Person
  let run: string
  let answer: Received
  let path: string

  beforeAll(async () => {
    rig = await openRig()
    csirt = await rig.person('Ada Officer', [{ role: 'csirt' }])
    const events = sampleRun({ seed: 13, sites: 12 })
    run = await putRun(rig.instance, events)
    answer = events.find((event): event is Received => event.type === 'MailReceived' && event.data.kind === 'human')!
    path = `/runs/${run}/sites/${answer.stream.split('/')[2]!}`
  })
  afterAll(() => rig.close())

  const facts = async (type: ChallengeEvent['type']) =>
    (await rig.instance.store.readStream(challengeStream(run, path.split('/').at(-1)!))).filter((event) => event.type === type)

  it('given an answer, when an officer says what it is, then that counts, and the page says who said so', async () => {
    const { contentHash } = answer.data
    expect((await csirt.post(`/api/v1${path}/judgements`, { mail: contentHash, kind: 'automatic' })).status).toBe(200)
    expect((await facts('MailJudged')).map(({ data }) => data)).toEqual([{ contentHash, kind: 'automatic', by: 'Ada Officer' }])
    expect(await (await csirt.get(path)).text()).toContain('so says Ada Officer')
  })

  it('given half a judgement, when it is sent by the form, then what is missing is named in that very form, which stays open', async () => {
    const form = { mail: answer.data.contentHash, depth: 'knows', kind: 'bounce', question: '', verdict: 'right', why: 'as they wrote' }
    const page = await csirt.post(`${path}/judgements`, form)
    const html = await page.text()
    expect(page.status).toBe(422)
    expect(html.match(/<details class="act" open>/g)).toHaveLength(1)
    expect(html.match(/role="alert"/g)).toHaveLength(1)
    expect(html).toContain('only a person shows something')
    expect(html).toContain('question, verdict and why go together')
    expect(await facts('MailJudged')).toHaveLength(1)
  })

  it('given a time that was agreed, when it is written down twice, then it stands once; the wrong way round it is refused', async () => {
    const agreed = { from: '2027-01-12T10:00+01:00', until: '2027-01-13T10:00', reason: 'a power cut' }
    expect((await csirt.post(`/api/v1${path}/pauses`, agreed)).status).toBe(200)
    expect((await csirt.post(`/api/v1${path}/pauses`, agreed)).status).toBe(200)
    const times = { fromMs: Date.parse('2027-01-12T09:00Z'), untilMs: Date.parse('2027-01-13T10:00Z') }
    expect((await facts('PauseAgreed')).map(({ data }) => data)).toEqual([{ ...times, by: 'Ada Officer', reason: 'a power cut' }])
    const wrong = await csirt.post(`/api/v1${path}/pauses`, { ...agreed, until: agreed.from })
    expect([wrong.status, await wrong.text()]).toEqual([422, expect.stringContaining('until: it is not after')])
  })

  it('given that a site is said to have heard of it before there was anything to hear, when it is sent, then it is not noted', async () => {
    const heard = { from: 'nobody-we-know', how: 'phone', words: 'a colleague called', happened: '2026-01-11T10:30Z' }
    const answer = await csirt.post(`/api/v1${path}/words`, heard)
    const { problems } = (await answer.json()) as { problems: string[] }
    expect([answer.status, problems]).toEqual([
      422,
      [expect.stringContaining('nobody-we-know'), expect.stringContaining('was launched at')],
    ])
    expect(await facts('WordReached')).toEqual([])
  })

  it.each(['2027-01-11T10:30Z', '2027-01-11T11:30+01:00', '2027-01-11T10:30:00.000Z', '2027-01-11T10:30'])(
    'given the time %s in a form, when it is read, then it is that moment',
    (text) => expect(momentOf.parse(text)).toBe(Date.parse('2027-01-11T10:30:00Z')),
  )

  it.each(['yesterday', '2027-02-30T10:30Z', '10:30', '2027-01-11', ''])(
    'given %o for a time, when it is read, then an example is shown',
    (text) => {
      expect(momentOf.safeParse(text).error?.issues[0]?.message).toContain('for example 2027-01-11T10:30Z')
    },
  )

  it('given a common report, when it is read beside the answer key, then each verdict is that of the log, beside what we know', async () => {
    const reports = (await rig.instance.store.readRun(run)).flatMap((event) => (event.type === 'ReportReceived' ? [event] : []))
    const site = reports[0]!.stream.split('/')[2]!
    const at = `/runs/${run}/sites/${site}/investigation`
    const read = (await (await csirt.get(`/api/v1${at}`, 'token')).json()) as Beside
    const own = reports.filter(({ stream }) => stream === reports[0]!.stream)
    expect(read.reports).toHaveLength(own.length)
    const [{ data }] = own as [(typeof own)[0]]
    const beside = read.reports.find(({ receipt }) => receipt === data.receipt)!
    expect(Object.keys(data.grade).length).toBeGreaterThan(3)
    for (const [field, verdict] of Object.entries(data.grade))
      expect(beside.fields.find((one) => one.field === field)).toMatchObject({ verdict, label: expect.stringMatching(/\w/) })
    const planned = Object.fromEntries(read.planned.map(({ name, lines }) => [name, lines]))
    expect(beside.fields.find(({ field }) => field === 'identity')!.known).toContain(planned.Identity![0])
    const html = await (await csirt.get(at)).text()
    expect(html).toContain(data.receipt)
    for (const { words } of read.observed) expect(html).toContain(words.slice(0, 20))
  })

  it('given a reader elsewhere, when a challenge is read, then its times are those of the reader and of the site', async () => {
    const far = await rig.person('Officer Far', [{ role: 'csirt' }])
    expect((await far.post('/api/v1/settings/time-zone', { timeZone: 'America/Winnipeg' })).status).toBe(200)
    const html = await (await far.get(path)).text()
    expect(html).toMatch(/-06:00<\/time>/)
    expect(html).toMatch(/There, in [A-Z][a-z]+\//)
  })
})
