import { generateKeyPairSync, sign } from 'node:crypto'
import { signedLine, stopText, type Task, taskText } from '../../core/domain/task.ts'

const makeKey = () => generateKeyPairSync('rsa', { modulusLength: 3_072 })
const run = makeKey()
const stranger = makeKey()

export const publicKey = String(run.publicKey.export({ type: 'spki', format: 'pem' }))
export const privateKey = String(run.privateKey.export({ type: 'pkcs8', format: 'pem' }))

export const RUN = 'ssc-test'
export const JOB = 'ssc-test-SITE-ONE'

/** Any text with a good signature of the run. */
export function signed(text: string): string {
  return signedLine(text, sign('sha256', Buffer.from(text), run.privateKey).toString('base64'))
}

/** Any text with the signature of another run's key. */
export function signedByStranger(text: string): string {
  return signedLine(text, sign('sha256', Buffer.from(text), stranger.privateKey).toString('base64'))
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
