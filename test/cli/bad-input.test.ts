import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Called, type Calls, openCalls } from './calls.ts'

let calls: Calls

beforeAll(async () => {
  calls = await openCalls()
})
afterAll(() => calls.close())

function file(name: string, content: string | Buffer): string {
  const path = join(calls.cwd, name)
  writeFileSync(path, content)
  return path
}

/** One message, exit 2, no stack trace, nothing on the output. */
function expectRefused(called: Called, ...words: (string | RegExp)[]): void {
  expect(called).toMatchObject({ status: 2, out: '' })
  for (const word of words) expect(called.err).toMatch(word)
  expect(called.err).not.toMatch(/\n\s+at .*:\d+:\d+/)
}

const site = (name: string, over = '') =>
  `<SITE NAME="${name}"><PRIMARY_KEY>1G0</PRIMARY_KEY><SHORT_NAME>${name}</SHORT_NAME><COUNTRY_CODE>FR</COUNTRY_CODE><COUNTRY>France</COUNTRY>
<ROC>NGI_FRANCE</ROC><PRODUCTION_INFRASTRUCTURE>Production</PRODUCTION_INFRASTRUCTURE><CERTIFICATION_STATUS>Certified</CERTIFICATION_STATUS>
<TIMEZONE>Europe/Paris</TIMEZONE><CSIRT_EMAIL>csirt@a.example</CSIRT_EMAIL>${over}</SITE>`
const sites = (...all: string[]) => `<?xml version="1.0" encoding="UTF-8"?>\n<results>\n${all.join('\n')}\n</results>\n`

describe('wrong files', () => {
  test.each([
    ['cut short', '<results>\n<SITE NAME="A">\n', /line 3|:3/],
    ['with a DOCTYPE', '<!DOCTYPE results [<!ENTITY a "aaaa">]>\n<results>&a;</results>', /DOCTYPE/],
    ['with an unknown entity', '<results><SITE NAME="&bomb;"/></results>', /entity/],
    ['of another kind', '<results><DOWNTIME ID="1"/></results>', /get_site|DOWNTIME/],
  ])('given XML %s, then it is refused with its place', async (_name, text, words) => {
    expectRefused(await calls.call('sites', 'import', file('bad.xml', text)), 'bad.xml', words)
  })

  test('given random bytes, an unreadable file, or none, then each is refused in words', async () => {
    expectRefused(await calls.call('sites', 'import', file('random.xml', randomBytes(2000))), 'random.xml')
    expectRefused(await calls.call('sites', 'import', 'absent.xml'), 'absent.xml', 'there is no such file')
    expectRefused(await calls.call('sites', 'import', '.'), 'it is a folder')
    expectRefused(await calls.call('plan', 'absent.yaml'), 'absent.yaml', 'there is no such file')
    expectRefused(await calls.call('plan', file('random.yaml', randomBytes(500))), 'random.yaml')
  })

  test('given site names with shell characters and a mail address with a Bcc, then all are named and nothing is imported', async () => {
    const good = await calls.call('sites', 'import', file('good.xml', sites(site('FR-GOOD'))))
    expect(good).toMatchObject({ status: 0, err: '' })
    const hostile = sites(
      site('FR-FINE'),
      site('FR-$(reboot)'),
      site('FR;rm'),
      site('FR-BCC').replace('csirt@a.example', 'csirt@a.example&#13;&#10;Bcc: all@b.example'),
    )
    const refused = await calls.call('sites', 'import', file('hostile.xml', hostile))
    expectRefused(refused, /reboot/, /FR;rm/, /CSIRT_EMAIL/, /hostile.xml:\d+/)
    expect(refused.err).not.toContain('\r')
    const list = JSON.parse((await calls.call('sites', 'list', '--json')).out) as { name: string }[]
    expect(list.map((one) => one.name)).toEqual(['FR-GOOD'])
  })
})

describe('a wrong run.yaml', () => {
  test('given five mistakes, then every one is named with its line', async () => {
    const text = [
      'scenario: ssc7-cms',
      'rehearsal: true',
      'vo: { name: cms, from: scopes }',
      'sites: 0',
      'window: { from: 2027-01-11T00:00:00, to: 2027-01-23T00:00:00Z }',
      'submitters: [locale]',
      'identities: { attacker: /CN=M, control: /CN=C }',
      'consent: { basis: gossip, by: EGI CSIRT }',
      'limits: { sites: 40, mails: 200 }',
      'seed: 1',
      'colour: red',
    ].join('\n')
    const called = await calls.call('plan', file('run.yaml', text))
    expectRefused(
      called,
      /line 1, scenario: there is no scenario 'ssc7-cms'/,
      /line 4, sites/,
      /line 5, window.from: a time needs a date, a time and a zone/,
      /line 6, submitters.0: there is no submitter 'locale'/,
      /line 8, consent.basis/,
      /colour/,
    )
    expect(JSON.parse((await calls.call('status', '--json')).out)).toEqual([])
  })

  test.each([
    ['two keys of one name', 'seed: 1\nseed: 2', /line 2/],
    ['a broken line', 'sites: [1, 2\nseed: 1', /not valid YAML/],
    ['nothing at all', '', /mistake/],
    ['a bomb of aliases', `a: &a [1]\n${Array.from({ length: 60 }, (_, i) => `b${i}: [*a, *a]`).join('\n')}`, /./],
  ])('given %s, then it is refused', async (_name, text, words) => {
    expectRefused(await calls.call('plan', file('run.yaml', text)), words)
  })

  test('given a wish that cannot be met, then it says how far it got', async () => {
    const called = await calls.call('plan')
    expectRefused(called, /sites: 40 are wanted, 0 can be had/, /countries: 20 are wanted, 0/, /1 left out: does not support the VO cms/)
  })
})

describe('wrong use', () => {
  test('given an unknown verb, option or run, then it says what there is', async () => {
    expectRefused(await calls.call('frobnicate'), /unknown command 'frobnicate'/)
    expectRefused(await calls.call('plna'), /Did you mean plan/)
    expectRefused(await calls.call('plan', '--jsn'), /unknown option/)
    expectRefused(await calls.call('status', 'no-such-run'), /there is no run 'no-such-run'/)
    expectRefused(
      await calls.call('report', 'no-such-run', '--format', 'docx'),
      /there is no report format 'docx'. There are: csv, html, json, markdown/,
    )
    expectRefused(await calls.call('sites', 'fetch', '--url', 'https://127.0.0.1:1', '--cert', 'a.pem'), /--cert and --key go together/)
    expectRefused(await calls.call('plan', 'ssc5-regionl'), /no such file, nor a scenario of that name. There are: big-run, /)
    expectRefused(await calls.call('rehearse', '--seed', 'x'), /--seed is a whole number/)
    expectRefused(await calls.call('rehearse', '--resume'), /there is no rehearsal to go on with/)
  })

  test('given a broken mail template of the user, then doctor names its file and line', async () => {
    const folder = join(calls.home, 'mail-templates')
    mkdirSync(folder)
    writeFileSync(join(folder, 'alert.hbs'), 'Subject: {{site.nme}}\n\nDear {{#if}\n')
    const called = await calls.call('doctor')
    expect(called.status).toBe(1)
    expect(called.out).toMatch(/problem {2}mail templates: [^\n?]*\n {2}- .*alert\.hbs/)
    rmSync(folder, { recursive: true })
  })
})
