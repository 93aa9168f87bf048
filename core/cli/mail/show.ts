import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { type Details, readDetails } from '../../app/keep-mail.ts'
import { InputError, messageOf, RefusedError } from '../../domain/errors.ts'
import { kindWords } from '../../domain/mail-words.ts'
import { plainLine } from '../../domain/text.ts'
import { utcWords } from '../../domain/zone.ts'
import { createParser } from '../../io/mail/safe-parse.ts'
import { type Cli, visible } from '../cli.ts'
import { findMail, type KnownMail } from './find-mail.ts'
import { shownText } from './show-text.ts'

type Options = { raw?: true; out?: string }

const MOST_LINES = 2_000
const MOST_BYTES = 256 * 1024

export function addShow(mail: Command, cli: Cli): void {
  mail
    .command('show')
    .summary('show one mail, ours or theirs, from a challenge or a shelf')
    .argument('<hash>', 'how its hash begins')
    .option('--raw', 'its bytes as they are: never to a terminal')
    .option('--out <file>', 'its bytes into a file, which nobody else can read')
    .action((hash: string, options: Options) => show(cli, hash, options))
}

async function show(cli: Cli, hash: string, { raw, out }: Options): Promise<void> {
  const { store } = await cli.instance()
  const known = await findMail(store, hash)
  const bytes = await store.content(known.contentHash)
  if (bytes === undefined)
    throw new RefusedError(`the content of this mail was erased (ssc purge); of it there is its hash: ${known.contentHash}`)
  if (out !== undefined) return writeOut(cli, resolve(cli.cwd, out), bytes)
  if (raw) return printRaw(cli, bytes)
  cli.out(headText(known))
  const details = (await readDetails({ store }, known.detailsHash)) ?? (await readAgain(bytes))
  if (details === undefined) {
    cli.out('Nobody could read it. It begins so:\n\n')
    return cli.out(shownText(new TextDecoder('latin1').decode(bytes.subarray(0, MOST_BYTES)), { indent: '    ', most: MOST_LINES }))
  }
  cli.out(detailsText(details))
}

/** Somebody else's bytes: a terminal would obey them. */
function printRaw(cli: Cli, bytes: Uint8Array): void {
  if (cli.isTerminal)
    throw new InputError('the bytes of a mail are not for a terminal: send them into a file or a pipe, or use --out FILE', [])
  const text = Buffer.from(bytes).toString('utf8')
  if (!Buffer.from(text).equals(bytes))
    throw new InputError('this mail holds bytes that are not UTF-8, and would not come through whole: use --out FILE', [])
  cli.out(text)
}

function writeOut(cli: Cli, file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    throw new InputError(`cannot write ${file}: ${messageOf(error)}`, [])
  }
  cli.out(`${bytes.length} bytes: ${file}\n`)
}

/** A letter of ours, or one whose reading was erased before its bytes; undefined when it cannot be read. */
async function readAgain(bytes: Uint8Array): Promise<Details | undefined> {
  const parser = createParser()
  try {
    const parsed = await parser.parse(bytes)
    return 'mail' in parsed ? parsed.mail : undefined
  } finally {
    await parser.close()
  }
}

function headText({ contentHash, stream, at, because }: KnownMail): string {
  return `Hash:     ${contentHash}\nLies in:  ${visible(stream)}, since ${utcWords(at)}\n${because === undefined ? '' : `Because:  ${plainLine(because)}\n`}`
}

function detailsText({ from, to, subject, dateMs, kind, messageId, attachments, spam, text }: Details): string {
  const lines = [
    `From:     ${plainLine(from)}`,
    `To:       ${plainLine(to.join(', '))}`,
    `Subject:  ${plainLine(subject)}`,
    `Dated:    ${dateMs === undefined ? 'unknown' : utcWords(dateMs)}`,
    `Id:       ${plainLine(messageId)}`,
    `Read as:  ${kindWords({ kind })}${spam === undefined ? '' : `; spam: ${plainLine(spam)}`}`,
    ...attachments.map(
      (one) => `Attached: ${plainLine(one.name, 100)}, ${plainLine(one.contentType, 60)}, ${one.bytes} bytes, sha256 ${one.sha256}`,
    ),
  ]
  return `${lines.join('\n')}\n\n${text.trim() === '' ? '    (no text)\n' : shownText(text, { indent: '    ', most: MOST_LINES })}`
}
