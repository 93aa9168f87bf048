/** What a mail may have, so that reading it costs little; a mail that people write stays far below. Bytes, unless said otherwise. */
export const limits = {
  raw: 10 * 1024 * 1024,
  /** So many lines has an attachment as base64 that fills the mail. */
  lines: 200_000,
  /** Lines that may be the boundary of a part: so it bounds the parts, too. */
  dashLines: 5_000,
  /** Of all parts together. */
  headers: 256 * 1024,
  /** Parts within parts. */
  depth: 20,
  addresses: 100,
  references: 100,
  attachments: 50,
  /** Characters. */
  text: 256 * 1024,
  subject: 500,
  because: 300,
}

/** The parser bounds depth and headers, not breadth: each line costs it time, the more so if it may be the boundary of a part. */
export function tooMuch(raw: Uint8Array): string | undefined {
  if (raw.length > limits.raw) return `more than ${limits.raw} bytes`
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  if (moreThan(limits.lines, bytes, '\n')) return `more than ${limits.lines} lines`
  return moreThan(limits.dashLines, bytes, '\n--') ? `more than ${limits.dashLines} lines that look like the boundary of a part` : undefined
}

function moreThan(max: number, bytes: Buffer, sought: string): boolean {
  let found = 0
  for (let at = bytes.indexOf(sought); at >= 0 && found <= max; at = bytes.indexOf(sought, at + 1)) found += 1
  return found > max
}
