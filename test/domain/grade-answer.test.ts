import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gradeAnswer } from '../../core/domain/grade-answer.ts'
import type { ReportKey } from '../../core/domain/grade-report.ts'
import type { KeyItem } from '../../core/domain/scenario.ts'
import { holdsSubject } from '../../core/domain/subject.ts'

const key: ReportKey = {
  identity: '/DC=org/DC=example/CN=Mallory Example',
  pilot: '/DC=org/DC=example/CN=pilot/CN=robot',
  label: 'ssc-dirac-1a2b.SITE-A',
  nativeId: 'https://ce.site.example:443/rest/1.0/jobs/81234567',
  hosts: ['wn042.site.example'],
  addresses: ['https://listener.csirt.example:8443', 'https://c2.csirt.example/x'],
  names: ['ssc-agent', 'ssc-agent.PID', 'ssc-exercise-marker-N'],
  fromMs: 0,
  untilMs: 1,
}
const fact = (...names: Extract<KeyItem, { fact: unknown }>['fact'][]): KeyItem[] => names.map((name) => ({ fact: name }))
const verdict = (said: string, items: KeyItem[], of: Partial<ReportKey> = {}) => gradeAnswer({ said }, items, { ...key, ...of }).verdict

describe('an answer that names what was asked for', () => {
  test.each<[what: string, said: string, items: KeyItem[]]>([
    ['the subject as it is', 'It was /DC=org/DC=example/CN=Mallory Example, we banned it.', fact('identity')],
    ['the subject in the order of RFC 4514', 'User: CN=Mallory Example, DC=example, DC=org.', fact('identity')],
    ['a proxy of it', 'DN "/dc=org/dc=example/cn=mallory  example/CN=proxy" ran it', fact('identity')],
    ['the pilot', 'the pilot ran as /DC=org/DC=example/CN=pilot/CN=robot', fact('pilot')],
    ['the label', 'job SSC-dirac-1a2b.SITE-A\nstarted', fact('label')],
    ['the number of the gateway', 'We saw the job 81234567.', fact('native-id')],
    ['its whole address', 'jobs: https://ce.site.example:443/rest/1.0/jobs/81234567', fact('native-id')],
    ['the host', 'It ran on wn042.site.example!', fact('host')],
    ['the short name of the host', 'It ran on wn042 (and nowhere else)', fact('host')],
    ['one of the addresses, made harmless', 'it talks to hxxps://c2[.]csirt[.]example/x', fact('address')],
    ['a name with a number', 'we found /tmp/ssc-exercise-marker-3 there', fact('name')],
    ['words of the key', 'A   CRONTAB\nentry', [{ anyOf: ['systemd timer', 'crontab entry'] }]],
    ['all of it', 'ssc-agent on wn042, crontab', [...fact('host', 'name'), { anyOf: ['crontab'] }]],
  ])('given %s, then it is right', (_, said, items) => {
    expect(gradeAnswer({ said }, items, key)).toMatchObject({ verdict: 'right' })
  })

  test.each<[what: string, said: string, items: KeyItem[]]>([
    ['a longer name', 'It was /DC=org/DC=example/CN=Mallory Example2', fact('identity')],
    ['a name below it', 'It was /DC=org/DC=example/CN=Mallory Example/OU=else', fact('identity')],
    ['a name that it is below of', 'CN=Eve,CN=Mallory Example,DC=example,DC=org', fact('identity')],
    ['another host', 'It ran on wn041.site.example', fact('host')],
    ['no host', 'We look into it', fact('host')],
    ['a longer label', 'xssc-dirac-1a2b.SITE-A2', fact('label')],
    ['nothing of all', 'hello', fact('identity', 'host', 'label', 'address', 'name')],
  ])('given %s, then it is wrong, as we know it for certain', (_, said, items) => {
    expect(gradeAnswer({ said }, items, key)).toMatchObject({ verdict: 'wrong' })
  })

  test('given some of it, then it is partly right; the reason names what is there, and neither the mail nor the key', () => {
    const { verdict: is, why } = gradeAnswer({ said: 'Jolanda saw it on wn042' }, [...fact('host', 'label'), { anyOf: ['crontab'] }], key)
    expect([is, why]).toEqual(['partly', "named: the host; not named: the job's label, item 3 of the key"])
  })
})

describe('an answer that takes a person', () => {
  test.each<[what: string, said: string, items: KeyItem[], of: Partial<ReportKey>]>([
    ['no key', 'wn042', [], {}],
    ['no words of its own', ' \n', fact('host'), {}],
    ['a host that we do not know', 'wn042', fact('host'), { hosts: [] }],
    ['a host that calls itself as a container does', 'wn042', fact('host'), { hosts: ['0a1b2c3d4e5f'] }],
    ['a scenario without a job', 'the label is x', fact('label'), { identity: '' }],
    ['one fact that we know and one that we do not', 'wn042', fact('host', 'pilot'), { pilot: undefined }],
    ['a number of the site’s own batch system', 'our job 4711', fact('native-id'), {}],
    ['a short number that may be anything', 'there were 12 of them', fact('native-id'), { nativeId: '12' }],
    ['an address in numbers against names', 'it talks to 192.0.2.7', fact('address'), {}],
    ['words that may say the same', 'a periodic task', [{ anyOf: ['crontab'] }], {}],
    ['a list of many hosts', Array.from({ length: 60 }, (_, i) => `wn0${i}.site.example`).join(' '), fact('host'), {}],
  ])('given %s, then it is never held to be wrong', (_, said, items, of) => {
    expect(verdict(said, items, of)).toBe('for a person')
  })

  test('given a doubt, then what is not found is for a person, and what is found is right', () => {
    expect(gradeAnswer({ said: 'see the file', doubt: 'a file hangs on it' }, fact('host'), key)).toEqual({
      verdict: 'for a person',
      why: 'not named: the host; a file hangs on it',
    })
    expect(gradeAnswer({ said: 'wn042', doubt: 'a file hangs on it' }, fact('host'), key).verdict).toBe('right')
  })

  test('given a short number, when it is said to be that of a job, then it is right', () => {
    expect(verdict('Slurm job #12 did it', fact('native-id'), { nativeId: '12' })).toBe('right')
    expect(verdict('Slurm job 123 did it', fact('native-id'), { nativeId: '12' })).toBe('for a person')
  })
})

describe('given any text', () => {
  const items = [...fact('identity', 'pilot', 'label', 'native-id', 'host', 'address', 'name'), { anyOf: ['crontab'] }]

  test('when it is graded, then there is a verdict, and none of its words stands in the reason', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 12, maxLength: 400 }), (said) => {
        const { verdict: is, why } = gradeAnswer({ said }, items, key)
        expect(['right', 'partly', 'wrong', 'for a person']).toContain(is)
        expect(why).not.toContain(said)
      }),
    )
  })

  test('when the subject stands in it between quotes, then it is found, and another one is not', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ unit: 'grapheme', maxLength: 200 }), (before, after) => {
        const text = `${before}\n"/DC=org/CN=Mallory Example"\n${after}`
        expect(holdsSubject(text, '/DC=org/CN=Mallory Example')).toBe(true)
        expect(holdsSubject(text, '/DC=org/CN=Eve Example')).toBe(false)
      }),
    )
  })

  test('when a subject is no distinguished name, then it has to stand alone', () => {
    expect(holdsSubject('a token of 5f2c-robot here', '5f2c-robot')).toBe(true)
    expect(holdsSubject('a token of 5f2c-robots here', '5f2c-robot')).toBe(false)
  })

  test('when it is very long, then it is read in a moment', () => {
    const said = `${'/cn=a,cn=b wn1.a.example job: 1 '.repeat(8_000)}`
    const start = performance.now()
    expect(verdict(said, items)).toBe('for a person')
    expect(performance.now() - start).toBeLessThan(2_000)
  })
})
