import type { JobStatus } from '../../core/domain/submitter.ts'
import { statusFrom } from './states.ts'

/** `-terse` prints the first and the last job: `107.0 - 107.0`. Undefined when it is not exactly one job. */
export function readSubmitted(out: string): string | undefined {
  const found = [...out.matchAll(/^([1-9]\d{0,9}\.\d{1,6}) - ([1-9]\d{0,9}\.\d{1,6})$/gm)]
  return found.length === 1 && found[0]?.[1] === found[0]?.[2] ? found[0]?.[1] : undefined
}

/** Lines of `-af:j`: the id, a space, then the values with a space between. Lines that are something else say nothing. */
export function readJobs(out: string): Map<string, JobStatus> {
  const jobs = new Map<string, JobStatus>()
  for (const { id, values } of readLines(out)) if (values.length >= 7) jobs.set(id, statusFrom(values))
  return jobs
}

export function readLines(out: string): { id: string; values: string[] }[] {
  return out.split('\n').flatMap((line) => {
    const [, id, rest = ''] = /^([1-9]\d{0,9}\.\d{1,6}) +(.{0,2000})$/.exec(wordsOf(line, 2_100)) ?? []
    return id === undefined ? [] : [{ id, values: rest.split(' ') }]
  })
}

/** What condor_rm says of each job: src/condor_daemon_client/dc_schedd.cpp, JobActionResults::getResultString. */
const REMOVALS: readonly [RegExp, 'done' | 'missing' | 'denied'][] = [
  [/^Job ([\d.]{3,18}) marked for removal$/, 'done'],
  [/^Job ([\d.]{3,18}) already marked for removal$/, 'done'],
  [/^Job ([\d.]{3,18}) not found$/, 'missing'],
  [/^Permission denied to remove job ([\d.]{3,18})$/, 'denied'],
]

export function readRemovals(out: string): Map<string, 'done' | 'missing' | 'denied'> {
  const found = new Map<string, 'done' | 'missing' | 'denied'>()
  for (const line of out.split('\n'))
    for (const [pattern, word] of REMOVALS) {
      const id = pattern.exec(line.trim())?.[1]
      if (id !== undefined) found.set(id, word)
    }
  return found
}

/** Who is at fault when a command fails, by its words; undefined when they do not tell. */
export function faultIn(words: string): 'ours' | 'denied' | 'unreachable' | undefined {
  if (
    /expired|not able to acquire its credentials|no (valid )?(token|credential|proxy)s? (was|were|is|are|could be)? ?(found|given)?/i.test(
      words,
    )
  )
    return 'ours'
  if (/AUTHENTICATE:100[34]|PERMISSION DENIED|\bDENIED\b|authorization (failed|denied)|not authorized|SECMAN:2010/i.test(words))
    return 'denied'
  if (
    /failed to connect|CEDAR:6001|can't find address|couldn't locate|unknown host|timed? ?out|TCP connection .{1,200} failed|communication error/i.test(
      words,
    )
  )
    return 'unreachable'
  return undefined
}

/** The answer of `condor_ping -verbose WRITE`: src/condor_tools/ping.cpp. It exits with 0 also when it was not authorised. */
export function readPing(out: string): { authorized?: boolean; mapping: string; authentication: string } {
  const fieldOf = (name: string) => new RegExp(`^${name}: +(\\S.{0,200})$`, 'm').exec(out)?.[1]?.trim()
  const authorized = fieldOf('Authorized')
  const authentication = fieldOf('Authenticated using') ?? (fieldOf('Authentication') === 'none' ? 'none' : '')
  const given = { mapping: fieldOf('Remote Mapping') ?? '', authentication }
  return authorized === 'TRUE' || authorized === 'FALSE' ? { ...given, authorized: authorized === 'TRUE' } : given
}

/** Foreign text as one short line. */
export function wordsOf(text: string, max = 300): string {
  const line = text.replaceAll(/[\p{C}\s]+/gu, ' ').trim()
  return line.length > max ? `${line.slice(0, max)}...` : line
}
