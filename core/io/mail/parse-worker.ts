import { parentPort } from 'node:worker_threads'
import { InputError, messageOf } from '../../domain/errors.ts'
import { plainLine } from '../../domain/text.ts'
import type { Envelope, IncomingMail } from '../../ports.ts'
import { parseMail } from './parse-mail.ts'

export type Order = { raw: Uint8Array; envelope?: Envelope }
/** Before its first order a worker says that it is ready. The mail comes back without its bytes, which the other side has. */
export type Answer = 'ready' | { mail: Omit<IncomingMail, 'raw'> } | { corrupt: string }

parentPort?.on('message', async ({ raw, envelope }: Order) => parentPort?.postMessage(await read(raw, envelope)))
parentPort?.postMessage('ready')

async function read(bytes: Uint8Array, envelope: Envelope | undefined): Promise<Answer> {
  try {
    const { raw: _raw, ...mail } = await parseMail(bytes, envelope)
    return { mail }
  } catch (error) {
    return { corrupt: plainLine(error instanceof InputError ? error.problems.join('; ') : messageOf(error)) }
  }
}
