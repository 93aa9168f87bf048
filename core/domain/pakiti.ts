import { z } from 'zod'
import type { PackagesSeen } from './event.ts'
import { compareEvents, type On } from './order.ts'
import { AgentUrl } from './run.ts'
import { compareText, plainLine } from './text.ts'
import { isTimeZone } from './zone.ts'

/** How Pakiti is reached, in config.yaml. https://github.com/CESNET/pakiti-server */
export const PakitiOptions = z.strictObject({
  /** Without `/api/hosts.php`, which is added. */
  url: AgentUrl,
  /** A file with a bearer token, where the server in front of Pakiti asks for one. */
  tokenFile: z
    .string()
    .regex(/^\/[^\0\r\n]*$/, 'give the whole path, beginning with /')
    .exactOptional(),
  /** Pakiti writes the time of a report by the clock of its own server, and does not say in which zone that is. */
  timeZone: z.string().refine(isTimeZone, 'not a time zone, for example Europe/Prague').default('UTC'),
  /** Only vulnerabilities with this tag, for example Critical; without it all that are tagged. */
  tag: z.string().min(1).max(100).exactOptional(),
  /** Only this vulnerability, for example CVE-2026-12345. */
  cve: z.string().min(1).max(100).exactOptional(),
})
export type PakitiOptions = z.infer<typeof PakitiOptions>

/** Which hosts: of a site, with a report in the last `days` days. */
export type PakitiQuestion = { site: string; days: number; signal: AbortSignal }

/** One line: a host of a site has a vulnerability that somebody tagged. `reportedMs`: its newest report. */
export type PakitiLine = { tag: string; cve: string; site: string; host: string; reportedMs: number }

/** What the lines are read against: what was seen last, when the site was asked last, and now; ms since 1970. */
export type PakitiView = { site: string; before: PackagesSeen | undefined; askedMs: number | undefined; nowMs: number }

const DAY_MS = 86_400_000

/** How far back reports are asked for: two days before the launch, so that a host stays in sight until its vulnerability is gone. */
export function daysBack(launchedMs: number, nowMs: number): number {
  return Math.max(0, Math.ceil((nowMs - launchedMs) / DAY_MS)) + 2
}

/**
 * What Pakiti's answer shows of the site. It names hosts with a tagged vulnerability alone: that none is named means at first that
 * nothing is known (`reportedMs` 0), and only after some were named that their vulnerabilities are gone. Names of hosts are not kept.
 */
export function packagesIn(lines: readonly PakitiLine[], { site, before, askedMs, nowMs }: PakitiView): PackagesSeen {
  const own = lines.filter((line) => line.site === site)
  if (own.length > 0) return found(own, nowMs)
  if (before === undefined || before.hosts === 0) return NOTHING_SHOWN
  // Of a site that it does not know, or knows no longer, Pakiti answers with the hosts of all others: nothing is mended by that.
  if (lines.length > 0 || before.vulnerable.length === 0) return before
  // In between it became so: in doubt the earlier moment counts for the site.
  const reportedMs = Math.max(before.reportedMs, askedMs ?? nowMs)
  return { hosts: before.hosts, reportedMs, vulnerable: [], words: `nothing is tagged any more of what was on ${hostsWords(before.hosts)}` }
}

const NOTHING_SHOWN: PackagesSeen = {
  hosts: 0,
  reportedMs: 0,
  vulnerable: [],
  words: 'no host with a tagged vulnerability is named: either none reported, or nothing is tagged there; its web pages tell which',
}

/** Of more than so many vulnerabilities those on most hosts are kept. */
const MOST_VULNERABLE = 50

function found(lines: readonly PakitiLine[], nowMs: number): PackagesSeen {
  const hostsOf = new Map<string, { cve: string; tag: string; hosts: Set<string> }>()
  for (const { cve, tag, host } of lines) {
    const key = JSON.stringify([cve, tag])
    const known = hostsOf.get(key) ?? { cve: plainLine(cve, 60), tag: plainLine(tag, 60), hosts: new Set() }
    known.hosts.add(host)
    hostsOf.set(key, known)
  }
  const all = [...hostsOf.values()].map(({ hosts, ...one }) => ({ ...one, hosts: hosts.size }))
  const vulnerable = all
    .sort((a, b) => b.hosts - a.hosts || compareText(a.cve, b.cve) || compareText(a.tag, b.tag))
    .slice(0, MOST_VULNERABLE)
  const hosts = new Set(lines.map(({ host }) => host)).size
  const newest = lines.reduce((latest, { reportedMs }) => Math.max(latest, reportedMs), 0)
  return { hosts, reportedMs: Math.min(newest, nowMs), vulnerable, words: wordsOf(hosts, vulnerable, all.length) }
}

function wordsOf(hosts: number, vulnerable: PackagesSeen['vulnerable'], count: number): string {
  const shown = vulnerable.slice(0, 5).map((one) => `${one.cve} (${one.tag}) on ${hostsWords(one.hosts)}`)
  const more = count > shown.length ? ` and ${count - shown.length} more` : ''
  return `${hostsWords(hosts)} with tagged vulnerabilities: ${shown.join(', ')}${more}`
}

function hostsWords(count: number): string {
  return `${count} host${count === 1 ? '' : 's'}`
}

/** What was seen last. */
export function lastPackages(seen: readonly On<'PackagesSeen'>[]): On<'PackagesSeen'> | undefined {
  return [...seen].sort(compareEvents).at(-1)
}

/** Whether it is worth a fact. A report that merely says the same again is not, but for the first one since the alert. */
export function hasNews(before: PackagesSeen | undefined, now: PackagesSeen, alertedMs: number): boolean {
  if (before === undefined || before.hosts !== now.hosts) return true
  if (before.reportedMs < alertedMs && now.reportedMs >= alertedMs) return true
  return JSON.stringify(before.vulnerable.map(namedOf)) !== JSON.stringify(now.vulnerable.map(namedOf))
}

/** A fact may bring its fields in any order. */
function namedOf({ cve, tag, hosts }: PackagesSeen['vulnerable'][number]): unknown[] {
  return [cve, tag, hosts]
}
