import { spawnSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { renderAgent } from '../../core/agent/render.ts'
import { InputError } from '../../core/domain/errors.ts'
import { cleanUp, makeFolder, pathWith, settings } from './rig.ts'

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

describe('given wrong settings', () => {
  it('when the agent is rendered, then every mistake is named', () => {
    const wrong = settings({
      job: 'a/b',
      token: 'short',
      listenerUrls: ['https://user:secret@listener.example/?x'],
      lifeSeconds: 0,
      notice: 'bell \u0007',
    })
    const render = () => renderAgent(wrong)
    expect(render).toThrow(InputError)
    for (const place of ['job', 'token', 'listenerUrls.0', 'lifeSeconds', 'notice']) expect(render).toThrow(new RegExp(`- ${place}: `))
    expect(render).not.toThrow(/short/)
  })
})
