import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { readNews } from '../../core/io/gocdb/news.ts'
import { readGocdb } from '../../core/io/gocdb/read-gocdb.ts'

const file = (path: string) => ({ name: path, text: readFileSync(new URL(path, import.meta.url), 'utf8') })
const sites = file('fixtures/gocdb/get_site.xml')
const changes = file('fixtures/gocdb/get_cert_status_changes.xml')
const known = new Set(['FR-UN', 'DE-ZWEI'])
const at = Date.parse

describe('given the changes of certification of a GOCDB', () => {
  test('when read with the sites, then each of a known site comes with its time, and no person and no comment', () => {
    const { certifications, warnings } = readGocdb({ sites, certifications: changes })
    expect(certifications).toEqual([
      { site: 'FR-UN', before: 'Certified', now: 'Suspended', changedMs: at('2027-01-15T08:00:00Z') },
      { site: 'FR-UN', before: 'Suspended', now: 'Uncertified', changedMs: at('2027-01-20T08:00:00Z') },
      { site: 'DE-ZWEI', before: 'unknown', now: 'Candidate', changedMs: at('2027-01-21T09:00:00Z') },
    ])
    expect(warnings.join('\n')).toMatch(/without a time: left out[\s\S]*1 <result> of the unknown site "XX-STRANGER" left out/)
  })

  test('when the sample of the rehearsal is read, then its sites are known and all changes come', () => {
    const all = {
      sites: file('../../core/rehearsal/gocdb/get_site.xml'),
      certifications: file('../../core/rehearsal/gocdb/get_cert_status_changes.xml'),
    }
    expect(readGocdb(all).certifications).toHaveLength(9)
    expect(readGocdb(all).warnings.filter((one) => one.includes('unknown site'))).toEqual([])
  })

  test.each([
    ['<UNIX_TIME>1800000000</UNIX_TIME>', '<UNIX_TIME>soon</UNIX_TIME>', /UNIX_TIME "soon": not a time in seconds since 1970/],
    ['<NEW_STATUS>Suspended</NEW_STATUS>', '', /NEW_STATUS is missing/],
    ['<SITE>FR-UN</SITE>', '', /SITE is missing/],
  ])('when %s is not as it should be, then an import refuses it, and a round leaves that record out alone', (from, to, words) => {
    const text = changes.text.replace(/<UNIX_TIME>\d+<\/UNIX_TIME>/, '<UNIX_TIME>1800000000</UNIX_TIME>').replace(from, to)
    expect(() => readGocdb({ sites, certifications: { name: 'c.xml', text } })).toThrow(words)
    const news = readNews({ certifications: [{ name: 'c.xml', text }] }, known)
    expect(news.problems.join()).toMatch(words)
    expect(news.certifications).toHaveLength(2)
  })

  test('when another document comes in its place, then that is told', () => {
    expect(() => readGocdb({ sites, certifications: file('fixtures/gocdb/get_downtime.xml') })).toThrow(InputError)
    expect(() => readGocdb({ sites, certifications: file('fixtures/gocdb/get_downtime.xml') })).toThrow(
      /this is the answer to get_downtime: expected is the answer to get_cert_status_changes/,
    )
  })

  test('when a page breaks off, then a round keeps what was whole', () => {
    const text = changes.text.slice(0, changes.text.indexOf('ID="13"'))
    const news = readNews({ certifications: [{ name: 'c.xml', text }] }, known)
    expect(news.certifications).toHaveLength(2)
    expect(news.problems.join()).toMatch(/cut off/)
  })

  test('when a round reads downtimes, then those of other sites are left out without a word', () => {
    const news = readNews({ downtimes: [file('fixtures/gocdb/get_downtime.xml')] }, new Set(['FR-UN']))
    expect(news).toMatchObject({ problems: [], certifications: [], downtimes: [{ id: '7G0', services: [{ site: 'FR-UN' }] }] })
  })
})
