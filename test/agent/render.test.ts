import { spawnSync } from 'node:child_process'
import { createHmac, generateKeyPairSync } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { agentNames } from '../../core/agent/names.ts'
import { renderAgent } from '../../core/agent/render.ts'
import { InputError } from '../../core/domain/errors.ts'
import { cleanUp, makeFolder, pathWith, settings } from './rig.ts'
import { publicKey, runKey } from './signing.ts'

afterEach(cleanUp)

/** The shell function as the agent has it, run on a body. */
function hmacInShell(token: string, body: Uint8Array): string {
  const folder = makeFolder()
  const [found] = /^hmac\(\) \{\n[\s\S]*?\n\}\n/m.exec(renderAgent(settings({ token }))) ?? ['']
  writeFileSync(join(folder, 'hmac.sh'), `${found}hmac\n`, { mode: 0o600 })
  return spawnSync('/bin/sh', ['hmac.sh'], { cwd: folder, input: body, encoding: 'utf8' }).stdout.trim()
}

describe('given the agent rendered for any secret', () => {
  it('when it signs a body, then it is the HMAC-SHA256 of RFC 2104', () => {
    const token = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'))
    fc.assert(
      fc.property(token, fc.uint8Array({ maxLength: 3_000 }), (key, body) => {
        expect(hmacInShell(key, body)).toBe(createHmac('sha256', Buffer.from(key, 'hex')).update(body).digest('hex'))
      }),
      { numRuns: 25 },
    )
  })

  it('when the secret has every byte, then the pads still hold', () => {
    for (let first = 0; first < 256; first += 32) {
      const key = Buffer.from(Array.from({ length: 32 }, (_, i) => first + i))
      expect(hmacInShell(key.toString('hex'), Buffer.from('{}'))).toBe(createHmac('sha256', key).update('{}').digest('hex'))
    }
  })

  it('when it is read, then the secret is nowhere in clear, and no place is left open', () => {
    const all = settings()
    const script = renderAgent(all)
    expect(script).not.toContain(all.token)
    expect(script.match(/@[A-Z_]+@/g)).toBeNull()
    expect(Buffer.byteLength(script)).toBeLessThan(32_768)
  })
})

describe('given texts with shell characters', () => {
  it('when the agent runs, then it prints them and runs nothing', () => {
    const hostile = `it's "$(touch a)" \`touch b\`; touch c \\ @JOB@ $& %s`
    const folder = makeFolder()
    const all = settings({ notice: `${hostile}\nsecond line`, contact: `${hostile} Zoë`, expiresAt: 1_000, childCount: 3 })
    writeFileSync(join(folder, 'agent.sh'), renderAgent(all))
    const { stdout, stderr, status } = spawnSync('/bin/sh', ['agent.sh'], { cwd: folder, encoding: 'utf8', env: { PATH: pathWith() } })
    expect(status).toBe(0)
    expect(stderr).toBe('')
    expect(stdout.startsWith(`${hostile}\nsecond line\nQuestions: ${hostile} Zoë\n`)).toBe(true)
    expect(readdirSync(folder)).toEqual(['agent.sh'])
  })
})

describe('given a file that was cut short on its way', () => {
  it('when it runs, then it does nothing', () => {
    const script = renderAgent(settings({ childCount: 1 }))
    const path = pathWith('curl', 'openssl')
    fc.assert(
      fc.property(fc.nat(script.length - 'live\n'.length), (end) => {
        const folder = makeFolder()
        writeFileSync(join(folder, 'agent.sh'), script.slice(0, end))
        const { stdout } = spawnSync('/bin/sh', ['agent.sh'], { cwd: folder, encoding: 'utf8', env: { PATH: path }, timeout: 5_000 })
        expect([stdout, readdirSync(folder)]).toEqual(['', ['agent.sh']])
      }),
      { numRuns: 60 },
    )
  })
})

describe('given what investigators may see', () => {
  it('when the program is read, then it has every name that the answer key tells, and no other of the exercise', () => {
    const used = renderAgent(settings()).match(/ssc-(exercise|agent)[a-z-]*/g) ?? []
    const told = agentNames.map((name) => name.replace(/\.PID$|N$/, ''))
    expect(new Set(used)).toEqual(new Set(told))
  })
})

describe('given wrong settings', () => {
  it('when the agent is rendered, then every mistake is named', () => {
    const wrong = settings({
      job: 'a/b',
      token: 'short',
      listenerUrls: ['https://user:secret@listener.example/?x'],
      lifeSeconds: 0,
      notice: 'bell \u0007',
      contactUrls: ['ftp://endpoint.example/'],
      childCount: 11,
      cpuSeconds: 3_601,
      actions: ['exec' as 'idle'],
    })
    const render = () => renderAgent(wrong)
    expect(render).toThrow(InputError)
    for (const place of [
      'job',
      'token',
      'listenerUrls.0',
      'lifeSeconds',
      'notice',
      'contactUrls.0',
      'childCount',
      'cpuSeconds',
      'actions.0',
    ])
      expect(render).toThrow(new RegExp(`- ${place}: `))
    expect(render).not.toThrow(/short/)
  })

  const pem = (bits: number) =>
    String(generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ type: 'spki', format: 'pem' }))
  const ec = String(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }))
  it.each([
    ['a private key', String(runKey.privateKey.export({ type: 'pkcs8', format: 'pem' }))],
    ['both halves', publicKey + String(runKey.privateKey.export({ type: 'pkcs8', format: 'pem' }))],
    ['a short key', pem(2_048)],
    ['a key of another kind', ec],
    ['no key', 'none'],
  ])('when the key is %s, then it is not taken', (_, key) => {
    expect(() => renderAgent(settings({ publicKey: key }))).toThrow(/- publicKey: the public half/)
  })
})
