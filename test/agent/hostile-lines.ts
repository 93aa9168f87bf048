import fc from 'fast-check'
import { JOB, RUN } from './signing.ts'

const cut = (line: string) => fc.nat(line.length - 1).map((end) => line.slice(0, end))

/** One bit of one character is another. */
const flip = (line: string) =>
  fc.tuple(fc.nat(line.length - 1), fc.nat(7)).map(([at, bit]) => {
    const bytes = Buffer.from(line, 'latin1')
    bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
    return bytes.toString('latin1')
  })

const foreign = [
  '\0',
  '\r',
  '\n',
  '\t',
  ' ',
  '  ',
  ';',
  '$(touch pwned)',
  '`touch pwned`',
  "'",
  '"',
  '\\',
  '*',
  '?',
  '&&',
  '|',
  '>pwned',
  '\x1b[2J',
  'é',
  '-',
  '=',
  'A',
  '0',
]

/** Something is put between two characters, before the first, or (what is no mere line end) after the last. */
const insert = (line: string) =>
  fc
    .tuple(fc.nat(line.length), fc.constantFrom(...foreign))
    .map(([at, what]) => line.slice(0, at) + what + line.slice(at))
    .filter((mutant) => mutant.replace(/\n+$/, '') !== line)

/** The words stand otherwise: one is missing, doubled, or changed for another. */
const rearrange = (line: string) => {
  const words = line.split(' ')
  const strange = [
    '-',
    '0',
    '-1',
    '00',
    '1',
    '99999999999999999999',
    '0x1',
    '1e3',
    '$((1))',
    '..',
    '*',
    'rm',
    '-rf',
    '',
    'stop',
    'idle',
    JOB,
    RUN,
  ]
  return fc
    .tuple(fc.nat(words.length - 1), fc.constantFrom<'drop' | 'double' | 'change'>('drop', 'double', 'change'), fc.constantFrom(...strange))
    .map(([at, how, word]) =>
      words.flatMap((one, i) => (i !== at ? [one] : how === 'drop' ? [] : how === 'double' ? [one, one] : [word])).join(' '),
    )
    .filter((mutant) => mutant !== line)
}

const surround = (line: string) =>
  fc.constantFrom(
    `${line}\r\n`,
    `${line}\ngo on`,
    `go on\n${line}`,
    `${line}\n${line}`,
    `\n${line}`,
    `<pre>${line}</pre>`,
    ` ${line}`,
    `${line} `,
    `${line} ${'A'.repeat(5_000)}`,
    line.toUpperCase(),
    `stop ${line}`,
  )

/** A good line as a hostile listener, proxy or cable could alter it; every character is one byte (latin1). */
export function mutantsOf(line: string): fc.Arbitrary<Buffer> {
  return fc.oneof(flip(line), cut(line), insert(line), rearrange(line), surround(line)).map((mutant) => Buffer.from(mutant, 'latin1'))
}

/** Answers that never were a line. */
export const noise: fc.Arbitrary<Buffer> = fc.oneof(
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  fc.string({ maxLength: 200 }).map((text) => Buffer.from(text)),
  fc
    .constantFrom(
      'stop',
      'STOP',
      'ssc-stop',
      `ssc-stop 1 ${RUN}`,
      `ssc-stop 1 ${RUN} AAAA`,
      'ssc-task 1',
      '$(touch pwned)',
      '; touch pwned',
      '*',
      'x'.repeat(20_000),
    )
    .map((text) => Buffer.from(text)),
)
