import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { InputError } from '../../core/domain/errors.ts'
import { Federation } from '../../core/domain/site.ts'
import { type GocdbFiles, readGocdb } from '../../core/io/gocdb/read-gocdb.ts'
import type { SourceFile } from '../../core/io/gocdb/source.ts'

function file(folder: string, name: string): SourceFile {
  return { name, text: readFileSync(new URL(`${folder}/${name}`, import.meta.url)) }
}
const sample = (name: string) => file('../../core/rehearsal/gocdb', name)
const fixture = (name: string) => file('fixtures/gocdb', name)
const text = (name: string) => String(fixture(name).text)

/** The fixture with one thing changed. */
function changed(name: string, from: string, to: string): SourceFile {
  const before = text(name)
  expect(before).toContain(from)
  return { name, text: before.replace(from, to) }
}

function problems(files: GocdbFiles): readonly string[] {
  try {
    readGocdb(files)
  } catch (error) {
    expect(error).toBeInstanceOf(InputError)
    return (error as InputError).problems
  }
  throw new Error('it was read')
}

const site = (...elements: string[]) => `<results>\n${elements.join('\n')}\n</results>`
const minimal = (name: string) =>
  `<SITE><SHORT_NAME>${name}</SHORT_NAME><COUNTRY_CODE>FR</COUNTRY_CODE><ROC>NGI</ROC><PRODUCTION_INFRASTRUCTURE>Production</PRODUCTION_INFRASTRUCTURE><CERTIFICATION_STATUS>Certified</CERTIFICATION_STATUS><TIMEZONE>Europe/Paris</TIMEZONE></SITE>`

describe('given the samples of a whole federation', () => {
  const { federation, warnings } = readGocdb({
    sites: sample('get_site.xml'),
    services: sample('get_service_endpoint.xml'),
    downtimes: sample('get_downtime.xml'),
  })

  test('when read, then nothing is lost', () => {
    expect(federation.sites).toHaveLength(180)
    expect(federation.sites.flatMap((s) => s.endpoints)).toHaveLength(490)
    expect(federation.downtimes).toHaveLength(16)
    expect(federation.sites.filter((s) => s.securityContact === undefined)).toHaveLength(7)
    expect(Federation.parse(federation)).toEqual(federation)
  })

  test('when read, then the fields are where they belong', () => {
    expect(federation.sites[0]).toMatchObject({
      name: 'FR-FELNOV-HEP',
      officialName: 'France & partners, FR-FELNOV-HEP',
      country: 'FR',
      countryName: 'France',
      ngi: 'NGI_FRANCE',
      certification: 'Certified',
      infrastructure: 'Production',
      timeZone: 'Europe/Paris',
      securityContact: 'csirt@felnov.fr.example',
      contact: 'grid-admin@felnov.fr.example',
      scopes: ['EGI', 'wlcg', 'cms', 'lhcb'],
      extensions: { SUPPORTED_VOS: 'cms,lhcb,biomed,ops' },
      voNames: {},
    })
    expect(federation.sites[0]?.endpoints[1]).toEqual({
      serviceType: 'ARC-CE',
      hostName: 'ce02.felnov.fr.example',
      url: 'https://ce02.felnov.fr.example:2811/jobs',
      inProduction: true,
    })
    expect(federation.downtimes[0]).toEqual({
      id: '9021G0',
      severity: 'OUTAGE',
      description: 'Planned work at CA-CORFEL-T3',
      declaredMs: 1_799_750_999_000,
      startMs: 1_799_837_399_000,
      endMs: 1_800_010_199_000,
      services: [{ hostName: 'ce01.corfel.ca.example', serviceType: 'CREAM-CE', site: 'CA-CORFEL-T3' }],
    })
  })

  test('when read, then each European site that says UTC and each list of addresses is told of', () => {
    expect(warnings.filter((w) => w.includes('says UTC: its working hours may be wrong'))).toHaveLength(14)
    expect(warnings).toContain('get_site.xml:230: CSIRT_EMAIL names 2 addresses: only csirt@corhol.bg.example is used')
    expect(warnings).toHaveLength(18)
  })
})

describe('given what GOCDB writes in practice', () => {
  const files = {
    sites: fixture('get_site.xml'),
    services: fixture('get_service_endpoint.xml'),
    downtimes: fixture('get_downtime.xml'),
    ngis: fixture('get_ngi.xml'),
    contacts: fixture('get_site_contacts.xml'),
  }
  const { federation, warnings } = readGocdb(files)
  const [un, zwei] = federation.sites

  test('when an element is empty, then it is missing', () => {
    const without = readGocdb({ sites: fixture('get_site.xml') }).federation.sites[0]
    expect(without).not.toHaveProperty('securityContact')
    expect(un?.scopes).toEqual(['EGI'])
    expect(federation.ngis).toEqual([
      { name: 'NGI_FRANCE', contact: 'ngi@fr.example', securityContact: 'security@fr.example' },
      { name: 'NGI_DE' },
    ])
  })

  test('when entities are used, then the predefined and numeric ones are resolved', () => {
    expect(un?.officialName).toBe("L'un & Other")
  })

  test('when an extension key comes twice or is __proto__, then no value is lost and no prototype touched', () => {
    expect(un?.extensions.SUPPORTED_VOS).toBe('cms,ops')
    expect(Object.getPrototypeOf(un?.extensions)).toBe(Object.prototype)
  })

  test('when CSIRT_EMAIL is missing, then the Site Security Officer is the contact, and no other person', () => {
    expect(un?.securityContact).toBe('bob@un.fr.example')
    expect(zwei?.securityContact).toBe('csirt@zwei.de.example')
    expect(warnings.filter((w) => w.includes('Site Security Officer'))).toHaveLength(1)
  })

  test('when a service holds endpoints of its own, then each is kept, and the service takes the URL of its type', () => {
    expect(un?.endpoints.map((e) => [e.serviceType, e.url, e.inProduction])).toEqual([
      ['org.nordugrid.arex', 'https://ce.un.fr.example/arex', false],
      ['org.ogf.glue.emies', 'https://ce.un.fr.example/other', false],
      ['org.nordugrid.arex', 'https://ce.un.fr.example/odd', false],
    ])
  })

  test('when a downtime is repeated for each service, then it is one downtime', () => {
    expect(federation.downtimes).toHaveLength(1)
    expect(federation.downtimes[0]?.services.map((s) => s.site)).toEqual(['FR-UN', 'DE-ZWEI'])
  })

  test('when a site is unknown, then what belongs to it is left out and told once', () => {
    expect(warnings.filter((w) => w.includes('XX-STRANGER'))).toEqual([
      'get_service_endpoint.xml:16: 2 <SERVICE_ENDPOINT> of the unknown site "XX-STRANGER" left out',
      'get_downtime.xml:25: 1 <DOWNTIME> of the unknown site "XX-STRANGER" left out',
    ])
  })

  test('when a document comes in pages, then they are read as one', () => {
    const pages = ['A', 'B'].map((name) => ({ name: `page ${name}`, text: site(minimal(name)) }))
    expect(readGocdb({ sites: pages }).federation.sites.map((s) => s.name)).toEqual(['A', 'B'])
    expect(problems({ sites: [...pages, { name: 'page C', text: site(minimal('A')) }] })).toEqual([
      'page C:2: site "A" is already at page A:2',
    ])
  })
})

describe('given the wrong document', () => {
  test('when files are exchanged, then each is named with what it is and what was expected', () => {
    const swapped = { sites: sample('get_service_endpoint.xml'), services: sample('get_site.xml'), downtimes: fixture('get_ngi.xml') }
    expect(problems(swapped)).toEqual([
      'get_service_endpoint.xml:3: this is the answer to get_service_endpoint: expected is the answer to get_site, with <SITE> elements',
      'get_site.xml:3: this is the answer to get_site: expected is the answer to get_service_endpoint, with <SERVICE_ENDPOINT> elements',
      'get_ngi.xml:3: this is the answer to get_ngi: expected is the answer to get_downtime, with <DOWNTIME> elements',
    ])
  })

  test('when get_site and get_site_contacts are exchanged, then it is seen though both hold <SITE>', () => {
    const found = problems({ sites: fixture('get_site_contacts.xml'), contacts: fixture('get_site.xml') })
    expect(found).toHaveLength(2)
    expect(found[0]).toMatch(/^get_site_contacts.xml:3: this is the answer to get_site_contacts: expected is the answer to get_site,/)
    expect(found[1]).toMatch(/^get_site.xml:3: this is the answer to get_site: expected is the answer to get_site_contacts,/)
  })

  test.each([
    ['<html><body>Log in</body></html>', /^f:1: the root is <html>: expected is GOCDB's <results> of get_site/],
    ['<error>Unsupported parameter: x</error>', /^f:1: GOCDB answered with an error: "Unsupported parameter: x"/],
    ['<results/>', /^f: holds no <SITE>/],
    ['<results><FOO/></results>', /^f:1: this is an unknown document, it holds <FOO>/],
    ['', /^f:1:1: not well-formed XML: document must contain a root element/],
  ])('when it is %s, then it says so', (content, message) => {
    expect(problems({ sites: { name: 'f', text: content } })).toEqual([expect.stringMatching(message)])
  })
})

describe('given mistakes in the data', () => {
  test('when there are many in all files, then all are told at once, each with its line', () => {
    const sites = text('get_site.xml')
      .replace('<SHORT_NAME>DE-ZWEI', '<SHORT_NAME>DE; rm -rf $HOME')
      .replace('csirt@zwei.de.example', 'csirt@zwei.de.example&#13;&#10;Bcc: all@example')
      .replace('Europe/Berlin', 'Berlin')
      .replace('    <COUNTRY_CODE>FR</COUNTRY_CODE>\n', '')
    const files = {
      sites: { name: 's', text: sites },
      services: changed('get_service_endpoint.xml', '>ce.un.fr.example<', '>$(id)<'),
      downtimes: changed('get_downtime.xml', '1800007200', 'soon'),
      ngis: changed('get_ngi.xml', 'security@fr.example', 'Security &lt;security@fr.example&gt;'),
    }
    expect(problems(files)).toEqual([
      's:3: COUNTRY_CODE is missing',
      's:29: CSIRT_EMAIL "csirt@zwei.de.example\\r\\nBcc: all@example": "csirt@zwei.de.example\\r\\nBcc:" is not a mail address',
      's:23: SHORT_NAME "DE; rm -rf $HOME": a site name has letters, digits, dot, dash and underscore only',
      's:28: TIMEZONE "Berlin": not an IANA time zone, for example Europe/Paris',
      'get_service_endpoint.xml:4: HOSTNAME "$(id)": not a host name',
      'get_downtime.xml:12: END_DATE "soon": not a time in seconds since 1970',
      expect.stringMatching(/^get_ngi.xml:6: SECURITY_EMAIL/),
    ])
  })

  test.each(['../../etc/passwd', 'A\r\nBcc: x@example', '-rf', '$(reboot)', 'a b', 'é', `A${'x'.repeat(100)}`, '__proto__'])(
    'when a site is called %j, then it is refused in one printable line',
    (name) => {
      const escaped = name.replace(/[\r\n&]/g, (c) => `&#${c.charCodeAt(0)};`)
      const [only, ...more] = problems({ sites: { name: 'f', text: site(minimal(escaped)) } })
      expect(more).toEqual([])
      expect(only).toMatch(/^f:2: SHORT_NAME "/)
      expect(only).toMatch(/^[\x20-\x7eé…]+$/)
    },
  )

  test('when a time zone is missing or an offset, then it is a problem and no zone is guessed', () => {
    expect(problems({ sites: changed('get_site.xml', 'Europe/Berlin', '') })).toEqual(['get_site.xml:29: TIMEZONE is missing'])
    expect(problems({ sites: changed('get_site.xml', 'Europe/Berlin', '+01:00') })[0]).toContain('not an IANA time zone')
  })

  test('when a site is there twice, then both places are told', () => {
    const twice = { name: 'f', text: site(minimal('A'), minimal('B'), minimal('A')) }
    expect(problems({ sites: twice })).toEqual(['f:4: site "A" is already at f:2'])
  })

  test('when a downtime ends before it begins or changes between its services, then it is a problem', () => {
    const files = { sites: fixture('get_site.xml') }
    expect(problems({ ...files, downtimes: changed('get_downtime.xml', '<END_DATE>1800007200', '<END_DATE>1700000000') })).toEqual([
      'get_downtime.xml:12: END_DATE "1700000000": the downtime ends before it begins',
    ])
    expect(problems({ ...files, downtimes: changed('get_downtime.xml', 'OUTAGE', 'WARNING') })).toEqual([
      'get_downtime.xml:14: downtime "7G0" is there twice with different times',
    ])
  })

  test('when a site has more than 1000 endpoints, then it is told once', () => {
    const endpoint = (i: number) =>
      `<SERVICE_ENDPOINT><HOSTNAME>h${i}.example</HOSTNAME><SERVICE_TYPE>webdav</SERVICE_TYPE><IN_PRODUCTION>Y</IN_PRODUCTION><SITENAME>A</SITENAME></SERVICE_ENDPOINT>`
    const services = { name: 's', text: site(...Array.from({ length: 1010 }, (_, i) => endpoint(i))) }
    expect(problems({ sites: { name: 'f', text: site(minimal('A')) }, services })).toEqual(['s:1002: A has more than 1000 endpoints'])
  })

  test('when an NGI is there twice or an officer has no address, then it is told, and a text beyond ASCII is kept', () => {
    const long = `${'é'.repeat(30)} 😀`.repeat(10)
    const sites = {
      name: 'f',
      text: site(
        ...Array.from({ length: 500 }, (_, i) => minimal(`S${i}`).replace('<ROC>', `<OFFICIAL_NAME>${long}</OFFICIAL_NAME><ROC>`)),
      ),
    }
    expect(new Set(readGocdb({ sites }).federation.sites.map((s) => s.officialName))).toEqual(new Set([long]))
    const ngis = changed('get_ngi.xml', '<NAME>NGI_DE', '<NAME>NGI_FRANCE')
    const contacts = changed('get_site_contacts.xml', 'bob@un.fr.example', 'bob')
    expect(problems({ sites: fixture('get_site.xml'), ngis, contacts })).toEqual([
      'get_ngi.xml:8: NGI "NGI_FRANCE" is there twice',
      'get_site_contacts.xml:7: EMAIL "bob": "bob" is not a mail address',
    ])
  })

  test('when there are thousands of problems, then the first 50 are shown and the others counted', () => {
    const many = { name: 'f', text: site(...Array.from({ length: 3000 }, () => minimal('a b'))) }
    const found = problems({ sites: many })
    expect(found).toHaveLength(51)
    expect(found.at(-1)).toMatch(/^and \d+ more$/)
  })
})
