import { describe, expect, it } from 'vitest'
import type { Report } from '../../core/domain/report.ts'
import { report as misp } from '../../reports/misp/index.ts'
import { draw } from '../conformance/report-format.ts'
import { sampleRunReport } from '../conformance/sample-documents.ts'

type Attribute = { uuid: string; type: string; category: string; value: string; comment: string; to_ids: boolean; distribution: string }
type Event = { uuid: string; info: string; analysis: string; Tag: { name: string }[]; Attribute: Attribute[] } & Record<string, unknown>

/** Of https://www.misp-standard.org/rfc/misp-standard-core.html, section 2.4.2.2: which type may stand in which category. */
const pairs = [
  ['text', 'Attribution'],
  ['text', 'Internal reference'],
  ['text', 'Artifacts dropped'],
  ['filename', 'Artifacts dropped'],
  ['url', 'Network activity'],
  ['hostname', 'Network activity'],
  ['ip-dst', 'Network activity'],
  ['sha256', 'Payload delivery'],
]

const run = sampleRunReport(9)

async function eventOf(change: Partial<Report> = {}): Promise<Event> {
  const { body } = await draw(misp, { kind: 'run', content: { ...run, ...change } })
  return JSON.parse(String(body)).Event
}

const valuesOf = ({ Attribute: all }: Event, type: string) => all.filter((one) => one.type === type).map(({ value }) => value)

describe('misp', () => {
  it('given a run that has ended, when rendered, then the event is complete, undistributed, unpublished, and an exercise by name and tag', async () => {
    const { Attribute: _, uuid, timestamp, ...event } = await eventOf()
    expect(event).toEqual({
      info: `EXERCISE: Jobs of a stolen certificate at 40 sites (security service challenge ${run.run})`,
      date: run.window.from.slice(0, 10),
      ...{ threat_level_id: '4', analysis: '2', distribution: '0', published: false },
      Tag: [{ name: 'tlp:amber' }, { name: 'exercise:generic="red-teaming"' }],
    })
    expect([uuid, timestamp]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), String(run.asOf / 1000)])
  })

  it('given its indicators, when rendered, then each is an attribute that a server takes, once, and none is for a detector', async () => {
    const { Attribute: all } = await eventOf()
    expect(new Set(all.map(({ type, value }) => `${type} ${value}`)).size).toBe(all.length)
    expect(new Set(all.map(({ uuid }) => uuid)).size).toBe(all.length)
    for (const { uuid, type, category, comment, to_ids, distribution } of all) {
      expect(pairs).toContainEqual([type, category])
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect([comment.startsWith('EXERCISE: '), to_ids, distribution]).toEqual([true, false, '0'])
    }
  })

  it('given an answer key, when rendered, then identity, labels, addresses with their hosts, names and payload are there', async () => {
    const indicators: Report['indicators'] = [
      ...(run.indicators ?? []),
      { type: 'url', value: 'https://192.0.2.7:8443/x' },
      { type: 'url', value: 'https://[2001:db8::1]/' },
      { type: 'file', value: 'ssc-agent.PID' },
    ]
    const event = await eventOf({ indicators })
    const labels = indicators.flatMap(({ type, value }) => (type === 'label' ? [value] : []))
    expect(labels).toHaveLength(9)
    expect(valuesOf(event, 'text')).toEqual(expect.arrayContaining(['/DC=org/DC=example/CN=Robot: Mallory', 'ssc-agent', ...labels]))
    expect(valuesOf(event, 'url')).toContain('https://listener.example')
    expect(valuesOf(event, 'hostname')).toEqual(['listener.example'])
    expect(valuesOf(event, 'ip-dst')).toEqual(['192.0.2.7', '2001:db8::1'])
    expect(valuesOf(event, 'filename')).toEqual(['ssc-agent.PID'])
    expect(valuesOf(event, 'sha256').every((value) => /^[0-9a-f]{64}$/.test(value))).toBe(true)
  })

  it('given a run that goes on, or that sends no job, when rendered, then analysis and tag say so', async () => {
    expect((await eventOf({ phase: 'running' })).analysis).toBe('1')
    const talk = await eventOf({ indicators: [] })
    expect([talk.Attribute, talk.Tag[1]?.name]).toEqual([[], 'exercise:generic="comcheck"'])
  })

  it('given two runs, when rendered, then their events and attributes are others', async () => {
    const other = await eventOf({ planHash: 'f'.repeat(64) })
    const event = await eventOf()
    expect(other.uuid).not.toBe(event.uuid)
    expect(other.Attribute.map(({ uuid }) => uuid)).not.toContain(event.Attribute[0]!.uuid)
  })
})
