import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TicketSystem } from '../../core/domain/ticket.ts'
import { createHttpPool } from '../../core/io/http/client.ts'
import { createRt } from '../../core/io/tickets/rt.ts'
import { RtOptions } from '../../core/io/tickets/rt-options.ts'

export type TicketRig = {
  /** A new one each time: nothing is remembered from before a crash. */
  rt(url: string, more?: Record<string, unknown>): TicketSystem
  tokenFile: string
  close(): Promise<void>
}

export function openTicketRig(): TicketRig {
  const folder = mkdtempSync(join(tmpdir(), 'ssc-tickets-'))
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, 'token-of-a-test\n', { mode: 0o600 })
  const pool = createHttpPool()
  return {
    tokenFile,
    rt: (url, more = {}) =>
      createRt('rtir', RtOptions.parse({ kind: 'rt', url, tokenFile, queue: 'exercise', ...more }), { pool, caFolder: '/nonexistent' }),
    close: async () => {
      await pool.close()
      rmSync(folder, { recursive: true })
    },
  }
}

export function newLabel(): string {
  return `ssc-${randomUUID().replaceAll('-', '')}`
}

/** `TransientError: its message`, or that it was done. */
export async function failure(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'it was done',
    (error) => `${error.name}: ${error.message}`,
  )
}
