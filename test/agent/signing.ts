import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { signedLine, stopText, type Task, taskText } from '../../core/domain/task.ts'

const makeKey = () => generateKeyPairSync('rsa', { modulusLength: 3_072 })
export const runKey = makeKey()
let stranger: KeyObject | undefined

export const publicKey = String(runKey.publicKey.export({ type: 'spki', format: 'pem' }))

export const RUN = 'ssc-test'
export const JOB = 'ssc-test-SITE-ONE'

/** Any text with a good signature of the run. */
export function signed(text: string): string {
  return signWith(runKey.privateKey, text)
}

/** Any text with the signature of another run's key. */
export function signedByStranger(text: string): string {
  stranger ??= makeKey().privateKey
  return signWith(stranger, text)
}

function signWith(key: KeyObject, text: string): string {
  return signedLine(text, sign('sha256', Buffer.from(text), key).toString('base64'))
}

export function inSeconds(seconds: number): number {
  return Math.floor(Date.now() / 1_000) + seconds
}

/** The signed line of a task for the tests' job. */
export function taskLine(sequence: number, order: Pick<Task, 'do' | 'number'>, change: Partial<Task> = {}): string {
  return signed(taskText({ job: JOB, sequence, expires: inSeconds(600), ...order, ...change }))
}

export function stopLine(name = RUN): string {
  return signed(stopText(name))
}

/** RFC 8017, section 9.2, note 1: what stands before the hash's bytes. */
export const derPrefix = {
  sha1: Buffer.from('3021300906052b0e03021a05000414', 'hex'),
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
}

/** RFC 8017, section 9.2: the encoded message, of the size of the key. */
export function encode(text: string, hash: keyof typeof derPrefix = 'sha256', prefix = derPrefix[hash]): Buffer {
  const end = Buffer.concat([prefix, createHash(hash).update(text).digest()])
  return Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(384 - 3 - end.length, 0xff), Buffer.from([0]), end])
}
