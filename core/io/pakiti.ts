import { parse } from 'csv-parse/sync'
import { z } from 'zod'
import { messageOf, PermanentError, TransientError } from '../domain/errors.ts'
import { hostOf } from '../domain/loopback.ts'
import type { PakitiLine, PakitiOptions, PakitiQuestion } from '../domain/pakiti.ts'
import { momentOf } from '../domain/zone.ts'
import { createHttpPool } from './http/client.ts'
import { readSmallFile } from './secret-file.ts'
import { tokenIn } from './token-file.ts'

const MOST = { bytes: 1024 * 1024, lines: 10_000, lineBytes: 8 * 1024, tokenBytes: 64 * 1024 }
const TIMEOUT_MS = 30_000

/**
 * Asks Pakiti for the hosts of a site that have a tagged vulnerability.
 * https://github.com/CESNET/pakiti-server, src/modules/api/hosts.php. Rejects when it does not answer as that file does.
 */
export async function askPakiti(options: PakitiOptions, caFolder: string, { site, days, signal }: PakitiQuestion): Promise<PakitiLine[]> {
  const pool = createHttpPool()
  try {
    const url = addressOf(options, { site, days })
    const headers = { accept: 'text/csv', ...(await authorization(options)) }
    const request = { method: 'GET' as const, url, headers, auth: 'none' as const, timeoutMs: TIMEOUT_MS, maxBytes: MOST.bytes }
    const answer = await pool.request(request, { caFolder, hosts: [hostOf(options.url)], signal, limit: (body) => body() })
    if (answer.isCut)
      throw new PermanentError(`Pakiti's answer is longer than ${MOST.bytes} bytes: ask for one tag alone, with tag in config.yaml`)
    if (answer.status !== 200) throw statusError(answer.status)
    return readPakiti(answer.body, options.timeZone)
  } finally {
    await pool.close()
  }
}

/** `activity` is a number and a unit, d for days: src/dao/HostDao.php. Without a tag Pakiti takes every tagged vulnerability. */
function addressOf({ url, tag, cve }: PakitiOptions, { site, days }: Pick<PakitiQuestion, 'site' | 'days'>): string {
  const query = new URLSearchParams({ hostGroup: site, activity: `${days}d` })
  if (tag !== undefined) query.set('tag', tag)
  if (cve !== undefined) query.set('cveName', cve)
  return `${url.replace(/\/+$/, '')}/api/hosts.php?${query}`
}

async function authorization({ tokenFile }: PakitiOptions): Promise<Record<string, string>> {
  if (tokenFile === undefined) return {}
  const text = await readSmallFile(tokenFile, MOST.tokenBytes).then(
    (file) => file.text,
    (error) => Promise.reject(new PermanentError(`the token file ${tokenFile} ${messageOf(error)}`)),
  )
  const token = tokenIn(text)
  if (token === undefined) throw new PermanentError(`the first line of ${tokenFile} is no token`)
  return { authorization: `Bearer ${token}` }
}

function statusError(status: number): Error {
  const words = `Pakiti answered ${status}`
  if (status === 401 || status === 403) return new PermanentError(`${words}: it does not let us in; see pakiti in config.yaml`)
  if (status >= 300 && status < 400) return new PermanentError(`${words}: redirects are not followed, correct pakiti.url in config.yaml`)
  return status >= 500 || status === 429 ? new TransientError(words) : new PermanentError(words)
}

const COLUMNS = ['tag', 'cve', 'site', 'host', 'os', 'arch', 'last_report'] as const

/** Hosts choose their own names and words: only their length is seen to here. */
const Word = z.string().min(1).max(1000)
const Row = z
  .tuple([Word, Word, Word, Word, z.string(), z.string(), z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)])
  .transform(([tag, cve, site, host, , , last]) => ({ tag, cve, site, host, last: Date.parse(`${last.replace(' ', 'T')}Z`) }))
  .refine(({ last }) => Number.isFinite(last))

/**
 * The lines of Pakiti's answer, written by PHP's fputcsv. What is not whole and exactly of this form is refused altogether: half an
 * answer would look like hosts that were mended. `timeZone`: of the server, by whose clock the reports are dated
 * (src/dao/ReportDao.php writes PHP's local time, whose zone is UTC unless php.ini says otherwise).
 */
export function readPakiti(body: string, timeZone: string): PakitiLine[] {
  const [header, ...rows] = cellsOf(body)
  // A fault of its own ends with an empty page and status 200; a login page is HTML.
  if (header === undefined || header.join() !== COLUMNS.join())
    throw new PermanentError(`Pakiti's answer is not the table of hosts: its first line has to be ${COLUMNS.join()}`)
  if (rows.length > MOST.lines) throw new PermanentError(`Pakiti's answer has more than ${MOST.lines} lines`)
  return rows.map((cells, i) => {
    const row = Row.safeParse(cells)
    if (!row.success) throw new PermanentError(`line ${i + 2} of Pakiti's answer is not one of its table of hosts`)
    const { last, ...line } = row.data
    return { ...line, reportedMs: momentOf(timeZone, last) }
  })
}

function cellsOf(body: string): string[][] {
  try {
    return parse(body, { bom: true, max_record_size: MOST.lineBytes, to: MOST.lines + 2 })
  } catch {
    throw new PermanentError("Pakiti's answer is not a table of hosts in CSV")
  }
}
