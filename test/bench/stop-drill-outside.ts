import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Prober, Submitter } from '../../core/domain/submitter.ts'
import type { Mailer } from '../../core/ports.ts'

/** What reached the other side, ms since 1970. */
export type Entry = { at: number; what: 'job' | 'cancel' | 'mail' | 'notice' | 'probe'; name: string }

const CALL_MS = 20
const PROBE_MS = 100

/** A job system, a mail server and a service that take everything after a moment, and write down when each call came. */
export function openOutside() {
  const ledger: Entry[] = []
  const note = (what: Entry['what'], name: string) => void ledger.push({ at: Date.now(), what, name })
  const submitter: Submitter = {
    name: 'noop',
    summary: 'takes every job',
    serviceTypes: ['example.noop'],
    options: z.strictObject({}),
    submit: async ({ label }) => {
      note('job', label)
      await pause(CALL_MS)
      return { ok: true, value: { nativeId: label } }
    },
    status: async () => new Map(),
    cancel: async (ids) => {
      for (const id of ids) note('cancel', id)
      return new Map(ids.map((id) => [id, { ok: true, value: null }]))
    },
    check: async () => [],
  }
  const prober: Prober = {
    name: 'door',
    summary: 'lets everybody in',
    serviceTypes: ['example.noop'],
    options: z.object({}),
    check: async () => [],
    probe: async ({ site }) => {
      note('probe', site)
      await pause(PROBE_MS)
      return { access: 'accepted', words: 'come in' }
    },
  }
  const mailer: Mailer = {
    host: '127.0.0.1',
    send: async ({ messageId }) => {
      note(messageId.startsWith('<ssc.stopped.') ? 'notice' : 'mail', messageId)
      await pause(CALL_MS)
      return '250 taken'
    },
    close: () => {},
  }
  return { ledger, submitter, prober, mailer }
}

export type Outside = ReturnType<typeof openOutside>
