import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fingerprint, hostKeyProblem, knownTypes } from '../../core/io/shell/known-hosts.ts'

// Recorded from ssh-keygen of OpenSSH 9.2: keys made for this test, `ssh-keygen -H` of their known_hosts, `ssh-keygen -l`.
const CE = 'AAAAC3NzaC1lZDI1NTE5AAAAIGDG5c2N5Fr6i0RlTc6Qu+E3NMRtYujSMnnZbmesVOXt'
const UI = 'AAAAC3NzaC1lZDI1NTE5AAAAIJpbTpR4clU3oo4H1+VaK36MeS5CgMhAXDchB2yDYyok'
const HASHED = [
  `|1|45AAPD9QvZrBcBBm7180Ymw73Hw=|EY5EIi+fwybQZxCo3KlrUT8Gy2Y= ssh-ed25519 ${CE}`,
  `|1|6yGxTqplySg4LJ3MslnASJKjdWY=|OSYuz8BjK4wcsmdxSLtpdQmpf50= ssh-ed25519 ${UI}`,
].join('\n')

const knownHostsFile = '/etc/ssc/known_hosts'
const problem = (text: string, host = 'ui.site.example', { port = 22, key = UI } = {}) =>
  hostKeyProblem(text, { host, port, knownHostsFile }, Buffer.from(key, 'base64'))

describe('given the lines of known_hosts', () => {
  it('when names are hashed, then the host is found by name and port', () => {
    expect(problem(HASHED)).toBeUndefined()
    expect(problem(HASHED, 'UI.Site.Example')).toBeUndefined()
    expect(problem(HASHED, 'ce.site.example', { port: 2222, key: CE })).toBeUndefined()
    expect(problem(HASHED, 'ce.site.example', { key: CE })).toMatch(/is not known/)
    expect(problem(HASHED, 'ui.site.example', { port: 2222 })).toMatch(/is not known/)
    expect(problem(HASHED, 'ui.site.example', { key: CE })).toMatch(/has changed/)
  })

  it('when a line has many names, patterns or negations, then they mean what sshd(8) says', () => {
    const line = (names: string) => `# comment\n\n ${names}\tssh-ed25519 ${UI} a comment`
    for (const names of ['ui.site.example', 'a,ui.site.example,b', '*.site.example', 'u?.site.*', '*', 'UI.SITE.EXAMPLE'])
      expect([names, problem(line(names))]).toEqual([names, undefined])
    for (const names of [
      'ui.site.exampl',
      '*.other.example',
      '*,!ui.site.example',
      '!ui.*,ui.site.example',
      '[ui.site.example]:22',
      '?',
      '',
    ])
      expect([names, problem(line(names))]).toEqual([names, expect.stringMatching(/is not known/)])
    expect(problem(line('[*.site.example]:2222'), 'ui.site.example', { port: 2222 })).toBeUndefined()
  })

  it('when a host has many keys, then each of them is known, and the types are told', () => {
    const text = `ui.site.example ssh-ed25519 ${CE}\nui.site.example ssh-ed25519 ${UI}\nui.site.example ssh-rsa AAAA\nother ssh-dss AAAA`
    expect(problem(text)).toBeUndefined()
    expect(problem(text, 'ui.site.example', { key: CE })).toBeUndefined()
    expect(knownTypes(text, { host: 'ui.site.example', port: 22, knownHostsFile })).toEqual(['ssh-ed25519', 'ssh-rsa'])
  })

  it('when a key is revoked, then it is refused even where it is known; authorities are no keys', () => {
    const known = `ui.site.example ssh-ed25519 ${UI}`
    expect(problem(`${known}\n@revoked * ssh-ed25519 ${UI}`)).toMatch(/is revoked/)
    expect(problem(`${known}\n@revoked * ssh-ed25519 ${CE}`)).toBeUndefined()
    expect(problem(`@cert-authority * ssh-ed25519 ${UI}`)).toMatch(/is not known/)
    expect(problem(`@unheard-of * ssh-ed25519 ${UI}`)).toMatch(/is not known/)
  })

  it('when the key is not known, then the message says what was shown and what to do', () => {
    const words = problem('') ?? ''
    expect(words).toContain('(ssh-ed25519 SHA256:ep3qFvtURvcMzK5oHRaaOIqpg3AjsoQ83chkN6qXtKI)')
    expect(words).toContain('ssh-keyscan -t ed25519 -p 22 ui.site.example')
    expect(words).toContain(knownHostsFile)
    expect(fingerprint(Buffer.from(CE, 'base64'))).toBe('SHA256:C2Q+Qv3V7px3o5jNfbNV4naSnEIe+3s13zZcHOQXceI')
  })
})

describe('given lines of any kind', () => {
  it('when they are read, then it neither throws nor takes long, and only an equal key is known', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.string(), (lines, host) => {
        expect(problem(lines.join('\n'), host)).toBeTypeOf('string')
      }),
    )
    expect(problem(`${'*a'.repeat(5_000)} ssh-ed25519 ${UI}`, 'a'.repeat(253))).toMatch(/is not known/)
  })

  it('when a name is hashed with any salt, then that name is found and no other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.domain(), fc.domain(), (salt, name, other) => {
        const hash = createHmac('sha1', salt).update(name.toLowerCase()).digest('base64')
        const line = `|1|${Buffer.from(salt).toString('base64')}|${hash} ssh-ed25519 ${UI}`
        expect(problem(line, name)).toBeUndefined()
        if (other.toLowerCase() !== name.toLowerCase()) expect(problem(line, other)).toMatch(/is not known/)
      }),
    )
  })
})
