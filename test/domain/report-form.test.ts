import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readForm } from '../../core/domain/report-form.ts'

const filled = `Dear all,

Identity: /DC=example/CN=Mallory
HOSTS: wn-1.site.example,
  wn-2.site.example
* Job : 4711
contained AT:   2027-01-11T10:30+01:00
What was done:
we found it in the batch log
and stopped it

Kind regards, Jo

> Identity: /CN=quoted
> Job: 1
`

describe('the report form', () => {
  test('given a filled-in form above a quoted one, then the author’s words are taken', () => {
    expect(readForm(filled)).toEqual({
      identity: '/DC=example/CN=Mallory',
      job: '4711',
      hosts: 'wn-1.site.example, wn-2.site.example',
      'contained-at': '2027-01-11T10:30+01:00',
      'what-was-done': 'we found it in the batch log and stopped it',
    })
  })

  test('given an empty form, or a filled one in the answered mail only, then there are no fields', () => {
    expect(readForm('Identity:\nJob:\nHosts:\nContained at:\nWhat was done:\n')).toEqual({})
    expect(readForm('thanks\n\n-----Original Message-----\nIdentity: /CN=x\n')).toEqual({})
    expect(readForm('On Mon, 11 Jan 2027 Jo wrote:\nIdentity: /CN=x\n')).toEqual({})
    expect(readForm('> Identity: x\n>> Job: 2\n | Hosts: y')).toEqual({})
  })

  test('given quoted lines right below an answer, then they are no part of it', () => {
    expect(readForm('Job: 7\n> which one?\n| Hosts: y\nof the batch system')).toEqual({ job: '7 of the batch system' })
  })

  test('given an empty copy before the filled one, then the filled one counts; given two, the first', () => {
    expect(readForm('Job:\n\nJob: 1\n\nJob: 2')).toEqual({ job: '1' })
  })

  test('given any fields without line breaks, when written as a form, then they are read back', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9/=.,-]{1,20}$/)
    const words = fc.array(word, { minLength: 1, maxLength: 10 }).map((w) => w.join(' '))
    fc.assert(
      fc.property(words, words, fc.constantFrom('\n', '\r\n'), (identity, done, eol) => {
        const text = ['Hello', `Identity: ${identity}`, `What was done: ${done}`, ''].join(eol)
        expect(readForm(text)).toEqual({ identity, 'what-was-done': done })
      }),
    )
  })

  test('given any text, then the fields stay few, short and known, and it takes no time', () => {
    const known = new Set(['identity', 'job', 'hosts', 'contained-at', 'what-was-done'])
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('Identity:', 'Job: x', '__proto__: y', 'constructor: z', `Hosts: ${'\u{1f600}'.repeat(2000)}`),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (lines) => {
        for (const [key, value] of Object.entries(readForm(lines.join('\n')))) {
          expect(known.has(key)).toBe(true)
          expect(value.length).toBeLessThanOrEqual(2000)
          expect(value).not.toMatch(/[\ud800-\udfff]/u)
        }
      }),
    )
    for (const bomb of [
      'a'.repeat(1e6),
      ' '.repeat(1e6),
      '- '.repeat(5e5),
      'a '.repeat(5e5),
      '\n'.repeat(1e6),
      'on x'.repeat(2e5),
      `Job: ${'*'.repeat(1e6)}`,
    ]) {
      const start = process.cpuUsage()
      readForm(bomb)
      expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_000)
    }
  })
})
