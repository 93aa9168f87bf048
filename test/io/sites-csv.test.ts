import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { EMPTY_FEDERATION } from '../../core/domain/federation.ts'
import { Federation } from '../../core/domain/site.ts'
import { readGocdb } from '../../core/io/gocdb/read-gocdb.ts'
import { readSitesCsv } from '../../core/io/sites-csv.ts'

const xml = (name: string) => ({ name, text: readFileSync(new URL(`fixtures/gocdb/${name}`, import.meta.url)) })
const known = readGocdb({ sites: xml('get_site.xml'), services: xml('get_service_endpoint.xml') }).federation

const read = (...lines: string[]) => readSitesCsv({ name: 'sites.csv', text: lines.join('\n') }, known)

function problems(text: string | Uint8Array): readonly string[] {
  try {
    readSitesCsv({ name: 'f.csv', text }, known)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as InputError).problems
  }
  throw new Error('it was read')
}

describe('given a sites.csv', () => {
  test('when it names VOs of a known site, then the site supports them, by the VO’s name or its own', () => {
    const { federation } = read('name,vo,vo_name', 'FR-UN,cms,T2_FR_Un', 'FR-UN,belle,', 'DE-ZWEI,atlas,"Zwei, the second"')
    expect(federation.sites.map((s) => s.voNames)).toEqual([{ cms: 'T2_FR_Un', belle: 'FR-UN' }, { atlas: 'Zwei, the second' }])
    expect(known.sites.map((s) => s.voNames)).toEqual([{}, {}])
  })

  test('when it names a new site on several lines, then it is one site with all of it', () => {
    const { federation, warnings } = read(
      'name,country,country_name,ngi,time_zone,security_contact,contact,tier,scopes,vo,vo_name,service_type,host_name,endpoint_url',
      'US-DREI,US,United States,OSG,America/Chicago,sec@drei.example,ops@drei.example,2,wlcg  cms,cms,T2_US_Drei,org.opensciencegrid.htcondorce,,https://ce.drei.example:9619/',
      'US-DREI,,,,,,,,,atlas,DREI,ARC-CE,arc.drei.example,',
    )
    expect(federation.sites.at(-1)).toEqual({
      name: 'US-DREI',
      country: 'US',
      countryName: 'United States',
      ngi: 'OSG',
      certification: 'Certified',
      infrastructure: 'Production',
      timeZone: 'America/Chicago',
      tier: '2',
      securityContact: 'sec@drei.example',
      contact: 'ops@drei.example',
      scopes: ['wlcg', 'cms'],
      extensions: {},
      voNames: { cms: 'T2_US_Drei', atlas: 'DREI' },
      endpoints: [
        {
          serviceType: 'org.opensciencegrid.htcondorce',
          hostName: 'ce.drei.example',
          url: 'https://ce.drei.example:9619/',
          inProduction: true,
        },
        { serviceType: 'ARC-CE', hostName: 'arc.drei.example', inProduction: true },
      ],
    })
    expect(Federation.parse(federation)).toEqual(federation)
    expect(federation.sites).toHaveLength(3)
    expect(warnings).toEqual([])
  })

  test('when it adds a service that is known, then it is there once', () => {
    const service = 'org.nordugrid.arex,ce.un.fr.example,https://ce.un.fr.example/odd'
    const { federation } = read('name,service_type,host_name,endpoint_url', `FR-UN,${service}`, 'FR-UN,ARC-CE,,gsiftp://ce.un.fr.example/')
    expect(federation.sites[0]?.endpoints.map((e) => e.serviceType)).toEqual([
      'org.nordugrid.arex',
      'org.ogf.glue.emies',
      'org.nordugrid.arex',
      'ARC-CE',
    ])
  })

  test('when a spreadsheet wrote it, with BOM, CRLF, quotes and empty lines, then it is read the same', () => {
    const text = '\uFEFF"name", VO ,vo_name\r\n\r\n"FR-UN","cms","T2 ""Un"""\r\n,,\r\n'
    const { federation, rows } = readSitesCsv({ name: 'f', text: Buffer.from(text) }, known)
    expect(federation.sites[0]?.voNames).toEqual({ cms: 'T2 "Un"' })
    expect(rows).toEqual([{ line: 3, name: 'FR-UN', vo: 'cms', vo_name: 'T2 "Un"' }])
  })

  test('when a European site says UTC, then it is warned of', () => {
    const { warnings } = read('name,country,ngi,time_zone', 'PL-DREI,PL,NGI_PL,UTC', 'IS-VIER,IS,NDGF,UTC')
    expect(warnings).toEqual(['sites.csv:2: PL-DREI (PL) says UTC: its working hours may be wrong'])
  })
})

describe('given a sites.csv with mistakes', () => {
  test('when there are many, then each is told with its line', () => {
    const found = problems(
      [
        'name,country,ngi,time_zone,security_contact,vo,vo_name,service_type,host_name,endpoint_url',
        'NEW-ONE,FR,,,,,,,,',
        'FR-UN,FR,,Europe/Paris,,cms,A,,,',
        'FR-UN,,,,,cms,B,,,',
        'DE-ZWEI,,,,,,C,,host.example,',
        'DE-ZWEI,,,,,,,ARC-CE,,',
        'bad name,Germany,,Mars/Base,a@b.example; c@d.example,../x,,$(id),-x,a b',
        ',,,,,cms,,,,',
        'DE-ZWEI,,,',
        'NEW-TWO,FR,NGI,Europe/Paris,,,,,,',
        'NEW-TWO,DE,,,,,,,,',
      ].join('\n'),
    )
    expect(found).toEqual([
      'f.csv:7: name "bad name": a site name has letters, digits, dot, dash and underscore only',
      'f.csv:7: country "Germany": not a two-letter country code',
      'f.csv:7: time_zone "Mars/Base": not an IANA time zone, for example Europe/Paris',
      'f.csv:7: security_contact "a@b.example; c@d.example": not a single mail address',
      'f.csv:7: vo "../x": not the name of a VO',
      'f.csv:7: service_type "$(id)": a service type has letters, digits, dot, dash, underscore',
      'f.csv:7: host_name "-x": not a host name',
      'f.csv:7: endpoint_url "a b": not an address',
      'f.csv:8: name is missing',
      'f.csv:9: 4 cells, but 10 columns: quote a cell that holds a comma',
      'f.csv:2: NEW-ONE: GOCDB does not know this site: give its ngi, time_zone, or correct the name',
      'f.csv:3: FR-UN: GOCDB knows this site and says its country, time_zone: leave the cells empty',
      'f.csv:4: FR-UN: cms calls the site "A" in a line above',
      'f.csv:5: DE-ZWEI: vo_name without vo: name the VO',
      'f.csv:5: DE-ZWEI: host_name or endpoint_url without service_type: name the type',
      'f.csv:6: DE-ZWEI: service_type without host_name or a complete endpoint_url: give one of them',
      'f.csv:11: NEW-TWO: country is "FR" in a line above',
    ])
  })

  test.each([
    ['has an unknown column', 'name,vo,Voname', /^f.csv:1: unknown column "voname": the columns are name, country, .*, endpoint_url$/],
    ['has a column twice', 'name,vo,vo\nA,b,c', /^f.csv:1: column "vo" is there twice/],
    ['has no names', 'vo\ncms', /^f.csv:1: no column name/],
    ['has semicolons', 'name;vo\nA;cms', /^f.csv:1: cells are separated by something else: use commas/],
    ['is empty', '', /^f.csv: holds nothing: the first line names the columns/],
    ['has a header only', 'name,vo', /^f.csv: names columns, but no site/],
    ['has an open quote', 'name,vo\nFR-UN,"cms', /^f.csv:\d: not a CSV file: /],
    ['has a quote in a cell', 'name,vo\nFR-UN,c"m"s', /^f.csv:2: not a CSV file: /],
    ['has a huge cell', `name,vo\nFR-UN,${'x'.repeat(70_000)}`, /^f.csv:\d: not a CSV file: /],
    [
      'has a line break in a cell',
      'name,vo_name,vo\nFR-UN,"T2\r\nBcc: x@example",cms',
      /^f.csv:3: vo_name "T2\\nBcc: x@example": control characters/,
    ],
    ['is in Latin 1', Buffer.from('name,vo\nFR-UN,\xe9', 'latin1'), /^f.csv:2: not valid UTF-8/],
    ['has too many lines', `name,vo\n${'FR-UN,cms\n'.repeat(50_001)}`, /^f.csv: more than 50000 lines/],
  ])('when it %s, then it says so', (_, text, message) => {
    expect(problems(text)).toEqual([expect.stringMatching(message)])
  })

  test('when it is anything at all, then nothing but an InputError comes', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('name', 'vo', 'FR-UN', '__proto__', 'constructor', 'line', '"', '', 'cms'),
    )
    const table = fc
      .array(
        fc.array(cell, { maxLength: 4 }).map((cells) => cells.join(',')),
        { maxLength: 6 },
      )
      .map((lines) => lines.join('\n'))
    const onlyInputErrors = (text: string | Uint8Array) => {
      try {
        readSitesCsv({ name: 'f', text }, EMPTY_FEDERATION)
      } catch (error) {
        if (!(error instanceof InputError)) throw error
      }
    }
    fc.assert(fc.property(table, onlyInputErrors), { numRuns: 1000 })
    fc.assert(
      fc.property(table, (text) => onlyInputErrors(`name,vo,vo_name,country\n${text}`)),
      { numRuns: 1000 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), onlyInputErrors), { numRuns: 500 })
  })
})
