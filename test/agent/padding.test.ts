import { constants, generateKeyPairSync, privateEncrypt, sign } from 'node:crypto'
import { afterAll, describe, expect, it } from 'vitest'
import { signedLine, taskText } from '../../core/domain/task.ts'
import { startObeying } from './obeying.ts'
import { cleanUp, findTool, pathWith } from './rig.ts'
import { derPrefix, encode, inSeconds, JOB, runKey, signed, taskLine } from './signing.ts'

afterAll(cleanUp)

const text = taskText({ job: JOB, sequence: 1, expires: inSeconds(600), do: 'idle' })
const key = { key: runKey.privateKey, padding: constants.RSA_NO_PADDING }

/** The run's own key on an encoded message of our making. */
const lineOf = (encoded: Buffer) => withSignature(privateEncrypt(key, encoded))
const withSignature = (signature: Buffer) => signedLine(text, signature.toString('base64'))

/** The encoded message with other bytes at a place; from behind when that is negative. */
function changed(at: number, ...bytes: number[]): Buffer {
  const encoded = encode(text)
  encoded.set(bytes, at < 0 ? encoded.length + at : at)
  return encoded
}

/** Little padding and much rubbish behind the hash: what a reader of the padding takes for good (CVE-2006-4339). */
function withRubbish(): Buffer {
  const hash = encode(text).subarray(-51)
  const start = Buffer.concat([Buffer.from([0, 1, 255, 255, 255, 255, 255, 255, 255, 255, 0]), hash])
  return Buffer.concat([start, Buffer.alloc(384 - start.length, 0x41)])
}

/** The same number modulo n, written with n more (RFC 8017, section 5.2.2, step 1), for the first text whose signature leaves room. */
function withModulus(): string {
  const n = BigInt(`0x${Buffer.from(runKey.publicKey.export({ format: 'jwk' }).n ?? '', 'base64url').toString('hex')}`)
  for (let sequence = 1; sequence < 1_000; sequence += 1) {
    const line = taskLine(sequence, { do: 'idle' })
    const [, words = '', given = ''] = /^(.*) (.*)$/.exec(line) ?? []
    const sum = (n + BigInt(`0x${Buffer.from(given, 'base64').toString('hex')}`)).toString(16)
    if (sum.length <= 768) return signedLine(words, Buffer.from(sum, 'hex').toString('base64'))
  }
  throw new Error('no signature leaves room for the modulus')
}

const bare = Buffer.from('302f300b0609608648016503040201', 'hex')
const good = signed(text)
const signature = Buffer.from(good.split(' ').at(-1) ?? '', 'base64')

const bad: Record<string, string> = {
  'rubbish behind the hash': lineOf(withRubbish()),
  'the block type 2': lineOf(changed(1, 2)),
  'the block type 0': lineOf(changed(1, 0)),
  'one strange byte of padding': lineOf(changed(200, 0xfe)),
  'an end of the padding that is none': lineOf(changed(-52, 1)),
  'no parameters in the DER': lineOf(encode(text, 'sha256', Buffer.concat([bare, Buffer.from('0420', 'hex')]))),
  'no DER at all': lineOf(encode(text, 'sha256', Buffer.alloc(0))),
  'the name of another hash': lineOf(encode(text, 'sha256', derPrefix.sha1)),
  'SHA-1': lineOf(encode(text, 'sha1')),
  'SHA-512': lineOf(encode(text, 'sha512')),
  'another text': lineOf(encode(`${text} `)),
  PSS: withSignature(sign('sha256', Buffer.from(text), { ...key, padding: constants.RSA_PKCS1_PSS_PADDING })),
  'nothing but zeros': withSignature(Buffer.alloc(384)),
  'the number one': withSignature(Buffer.concat([Buffer.alloc(383), Buffer.from([1])])),
  'the modulus added': withModulus(),
  'a byte less': withSignature(signature.subarray(1)),
  'a zero before it': withSignature(Buffer.concat([Buffer.alloc(1), signature])),
  'a zero behind it': withSignature(Buffer.concat([signature, Buffer.alloc(1)])),
  'more signs of an end': `${good}====`,
  'one sign less': good.slice(0, -1),
  'no base64': signedLine(text, '='.repeat(512)),
}

describe.concurrent.each(['openssl', 'python3'])('given an agent that checks signatures with %s', (verifier) => {
  it.skipIf(!findTool(verifier))(
    `when the signature has an odd form (skipped where ${verifier} is missing), then it is forged`,
    async () => {
      const agent = await startObeying({}, { path: pathWith('curl', verifier) })
      for (const [form, line] of Object.entries(bad)) expect([form, (await agent.obey(line)).why]).toEqual([form, 'forged'])
      // The makers of the odd forms can make the right one too.
      expect(lineOf(encode(text))).toBe(good)
      expect(await agent.obey(good)).toMatchObject({ said: 'obeyed', newest: 1 })
    },
  )

  it.skipIf(!findTool(verifier))(
    `when base64 leaves bits over (skipped where ${verifier} is missing), then they must be zero`,
    async () => {
      // 400 bytes end with `x==`: of the 6 bits of x only 2 count.
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3_200 })
      const agent = await startObeying(
        { publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })) },
        { path: pathWith('curl', verifier) },
      )
      const plain = signedLine(text, sign('sha256', Buffer.from(text), privateKey).toString('base64'))
      const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
      const next = digits[digits.indexOf(plain.at(-3) ?? '') + 1]
      expect(await agent.obey(`${plain.slice(0, -3)}${next}==`)).toMatchObject({ why: 'forged' })
      expect(await agent.obey(plain)).toMatchObject({ said: 'obeyed' })
    },
  )
})
