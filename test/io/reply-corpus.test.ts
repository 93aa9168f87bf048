import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tokensIn } from '../../core/domain/mail.ts'
import { depthOf } from '../../core/domain/reply-depth.ts'
import { parseMail } from '../../core/io/mail/parse-mail.ts'

const folder = join(import.meta.dirname, 'fixtures', 'replies')
const token = '0123456789abcdef'.repeat(2)

type Expected = {
  kind: 'human' | 'automatic' | 'bounce'
  depth?: 'trivial' | 'knows' | 'investigates'
  said?: string
  holds?: string[]
  never?: string
  references: boolean
  recipient: boolean
  subjectTag?: string
  reportFields?: number
}

const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Expected>

const facts = {
  identity: '/DC=example/DC=grid/CN=Mallory Example',
  label: 'ssc-7f3a9c-site-one',
  nativeId: '481516',
  hosts: ['wn042.site-one.example'],
  addresses: ['192.0.2.17'],
}

function fixture(name: string): Buffer {
  // mail has CRLF, whatever an editor or git made of the file
  const text = readFileSync(join(folder, `${name}.eml`), 'latin1')
  return Buffer.from(text.replace(/\r?\n/g, '\r\n'), 'latin1')
}

describe('the corpus of replies', () => {
  test('given the folder, then each mail has its line, each line its mail, and there are many', () => {
    const mails = readdirSync(folder).filter((name) => name.endsWith('.eml'))
    expect(mails.map((name) => name.replace('.eml', '')).sort()).toEqual(Object.keys(expected).sort())
    expect(mails.length).toBeGreaterThanOrEqual(80)
  })

  test('given any of them but spam, then something in it tells which mail of ours it answers', () => {
    const lost = Object.entries(expected).filter(([, line]) => !line.references && !line.recipient && !line.subjectTag)
    expect(lost.map(([name]) => name)).toEqual(['spam'])
  })

  test.each(Object.entries(expected))('given %s, then it is read as its line says', async (name, line) => {
    const mail = await parseMail(fixture(name))
    const { said } = mail
    const found = tokensIn(mail).filter((one) => one.kind === 'alert' && one.token === token)
    expect({ kind: mail.kind, because: mail.because }).toEqual({ kind: line.kind, because: expect.stringMatching(/.{5}/) })
    expect({
      references: found.some(({ where }) => where === 'references'),
      recipient: found.some(({ where }) => where === 'recipient'),
      subjectTag: /\[(EGI-\d{8}-\d{6})\]/.exec(mail.subject)?.[1],
    }).toEqual({ references: line.references, recipient: line.recipient, subjectTag: line.subjectTag })
    if (line.said !== undefined) expect(said.slice(0, line.said.length)).toBe(line.said)
    for (const words of line.holds ?? []) expect(said).toContain(words)
    if (line.kind === 'human') expect(said).not.toContain('we have reason to believe')
    if (line.never) expect(said).not.toContain(line.never)
    if (line.kind === 'human')
      expect(depthOf(said, { ...facts, reportFields: line.reportFields ?? 0 })).toMatchObject({ depth: line.depth })
  })
})
