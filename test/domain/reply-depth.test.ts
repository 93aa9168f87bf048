import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { depthOf } from '../../core/domain/reply-depth.ts'

const facts = {
  identity: '/DC=example/DC=grid/CN=Mallory Example',
  label: 'ssc-7f3a9c-site-one',
  nativeId: '481516',
  hosts: ['wn042.site-one.example'],
  addresses: ['192.0.2.17'],
}

describe('how deep an answer goes', () => {
  test.each([
    'Received, thanks.',
    'We are looking into it.',
    'Danke, wir kümmern uns.',
    'Merci, nous regardons ce que vous nous avez envoyé.',
    'Forwarded to our CSIRT.',
    'Noted. Jo, Grid CSIRT and VO support, jo@blocklist.example, https://logs.site.example/job',
    'Our ticket is 12345, phone +49 30 0000 4711.',
    'Ok for Tue 12 January 2027, 10:00.',
    '[EGI-20270111-042731] noted',
    '調査中です。',
    '',
    ' \n ',
  ])('given %j, then it is trivial', (said) => {
    expect(depthOf(said, facts).depth).toBe('trivial')
  })

  test.each<[string, string]>([
    [`Is ${facts.identity} the one?`, 'the identity'],
    ['Is CN=Mallory Example,DC=grid,DC=example the one? I mean Mallory Example.', 'mallory example'],
    [`The DN is\n/DC=example/DC=grid/CN=Mallory\nExample`, 'the identity'],
    ['We will ban the user.', 'ban'],
    ['Der Nutzer wird gesperrt.', 'gesperrt'],
    ["L'utilisateur a été suspendu.", 'suspendu'],
    ['Hemos bloqueado al usuario.', 'bloqueado'],
    ["L'utente è stato sospeso.", 'sospeso'],
    ['Użytkownik został zablokowany.', 'zablokowany'],
    ['Certifikát zneplatníme.', 'zneplatnime'],
    ['O certificado foi revogado.', 'revogado'],
    ['De gebruiker is geblokkeerd.', 'geblokkeerd'],
    ['Which VO issued that proxy?', 'VO'],
    ['All done at 2027-01-11 10:20.', '2027-01-11 10:20'],
    ['It was job 4711.', 'job 4711'],
  ])('given %j, then its writer knows, and the reason names what was seen', (said, word) => {
    expect(depthOf(said, facts)).toEqual({ depth: 'knows', because: expect.stringContaining(word) })
  })

  test.each<[string, string]>([
    ['It was 481516.', '481516'],
    ['Seen on wn042.site-one.example', 'wn042'],
    ['Connections to 192.0.2.17.', '192.0.2.17'],
    ['Found ssc-7f3a9c-site-one in the queue', 'ssc-7f3a9c'],
    ['job 99, pid 2311', 'pid 2311'],
    ['From 198.51.100.7 at 10:02 UTC', '198.51.100.7'],
    ['From 2001:db8::17, host wn-7', '2001:db8::17'],
    ['Jan 11 09:12:04 ce01 arched[2311]: job accepted', 'Jan 11 09:12:04'],
    ['2027-01-11T09:12:04Z ce01 slurmd: launching', '09:12:04'],
    ['[root@ce01 ~]# squeue -u vouser', 'squeue'],
    ['$ ps -ef', 'ps -ef'],
    ['The payload was da39a3ee5e6b4b0d3255bfef95601890afd80709, run on wn17.', 'da39a3ee'],
  ])('given %j, then it brings findings, and the reason names them', (said, word) => {
    expect(depthOf(said, facts)).toEqual({ depth: 'investigates', because: expect.stringContaining(word) })
  })

  test.each<[number, string]>([
    [1, 'trivial'],
    [2, 'investigates'],
    [5, 'investigates'],
  ])('given %d fields of the report, then it is %s', (reportFields, depth) => {
    expect(depthOf('see below', { ...facts, reportFields }).depth).toBe(depth)
  })

  test('given only our own identity with numbers in it, then no number in it is a finding', () => {
    const identity = '/DC=example/CN=Robot job 4711 wn042 192.0.2.99 pid 77'
    expect(depthOf(`We know ${identity}`, { identity }).depth).toBe('knows')
    expect(depthOf('We know Robot job 4711 wn042', { identity: '/CN=other' }).depth).toBe('investigates')
  })

  test('given a short job number, then a day or an hour with it is no finding', () => {
    const short = { identity: facts.identity, nativeId: '12' }
    expect(depthOf('Back on 12 January, 12 people are here.', short).depth).toBe('trivial')
    expect(depthOf('number 4815160', facts).depth).toBe('trivial')
  })

  test('given the incident’s tag, then a job number that is like a part of it is no finding', () => {
    expect(depthOf('[EGI-20270111-481516] noted', facts).depth).toBe('trivial')
  })

  test('given a host, then its short name is a finding, unless it is a mere word', () => {
    const hosts = ['taurus-a.site.example', 'grid.site.example']
    expect(depthOf('It ran on taurus-a.', { ...facts, hosts }).depth).toBe('investigates')
    expect(depthOf('The grid is fine.', { ...facts, hosts }).depth).toBe('trivial')
  })

  test('given any text, then there is a short reason, and a finding added never lowers the depth', () => {
    const ranks = ['trivial', 'knows', 'investigates']
    const words = fc.oneof(
      fc.string(),
      fc.constantFrom('ban', 'job 12', facts.identity, '::', 'a'.repeat(200), '1.2.3.4', '\n# x y', '@', '['),
    )
    fc.assert(
      fc.property(fc.array(words, { maxLength: 60 }), (parts) => {
        const said = parts.join(' ')
        const { depth, because } = depthOf(said, facts)
        expect(because.length).toBeGreaterThan(5)
        expect(because.length).toBeLessThan(600)
        expect(because).not.toMatch(/[\p{Cc}]/u)
        const more = depthOf(`${said}\nseen on wn042.site-one.example`, facts)
        expect(ranks.indexOf(more.depth)).toBeGreaterThanOrEqual(ranks.indexOf(depth))
      }),
    )
  })

  test.each<[string, string]>([
    ['64 KiB of brackets', '[root@'.repeat(12_000)],
    ['names without end', `${'a.'.repeat(40_000)}`],
    ['colons', 'a:'.repeat(40_000)],
    ['prompts', 'u@h:'.repeat(20_000)],
    ['digits', '1'.repeat(80_000)],
    ['the id within numbers', '4815161'.repeat(10_000)],
  ])('given %s, then it is judged within bounds', (_name, said) => {
    const start = process.cpuUsage()
    depthOf(said, facts)
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(1_000)
  })
})
