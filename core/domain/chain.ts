export type ChainRow = { stream: string; seq: number; body: string; hash: string }

/** What a fact's hash is taken over: the hash before it, its place, and its very characters. */
export function hashInput(previous: string, row: Pick<ChainRow, 'stream' | 'seq' | 'body'>): string {
  return `${previous}\n${row.stream}\n${row.seq}\n${row.body}`
}

/** Every fault in the chains of these rows (ordered by stream and seq): an altered fact, or a gap. */
export function verifyChain(rows: readonly ChainRow[], sha256: (text: string) => string): string[] {
  const faults: string[] = []
  let before = { stream: '', seq: 0, hash: '' }
  for (const row of rows) {
    if (row.stream !== before.stream) before = { stream: row.stream, seq: 0, hash: '' }
    if (row.seq !== before.seq + 1) faults.push(`${row.stream}#${row.seq}: ${row.seq - before.seq - 1} facts are missing before it`)
    else if (sha256(hashInput(before.hash, row)) !== row.hash) faults.push(`${row.stream}#${row.seq}: the content does not match its hash`)
    before = row
  }
  return faults
}
