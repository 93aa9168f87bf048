import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Report, SiteScore } from '../../core/domain/report.ts'
import type { Entry } from '../../core/rehearsal/ledger.ts'
import { linesOf, processesIn } from '../services/process.ts'
import { lightsOf } from './accounts.ts'
import { type Answer, makePlace, type Place, writeRun } from './place.ts'

type Outcome = { run: string; report: string; sites: SiteScore[] }

describe('given a run of 8 sites in at least 6 countries', () => {
  let place: Place
  let first: Answer
  let run: string
  const peers = new Set<string>()

  beforeAll(async () => {
    place = await makePlace()
    const started = place.start(['rehearse', writeRun(place)])
    while (!started.isOver()) {
      for (const { pid } of processesIn(place.home)) for (const address of peersOf(pid)) peers.add(address)
      await Promise.race([started.ended, new Promise((resolve) => setTimeout(resolve, 400))])
    }
    const { code } = await started.ended
    first = { code, out: started.out(), err: started.err() }
    run = /^Plan (\S+): 8 sites/m.exec(first.out)?.[1] ?? ''
  }, 120_000)

  afterAll(async () => place.remove())

  test('when it is rehearsed, then it ends by itself, with all lights final and a report', async () => {
    expect(first).toMatchObject({ code: 0 })
    const report = /^Report: (.+)$/m.exec(first.out)?.[1] ?? ''
    expect(readFileSync(report, 'utf8')).toContain('<html')
    const json = readReport(report.replace(/html$/, 'json'))
    expect(json.phase).toBe('ended')
    expect(json.sites).toHaveLength(8)
    expect(json.sites.flatMap((site) => [site.overall, ...site.scores.map((score) => score.light)])).not.toContain('pending')
    expect(new Set(json.sites.map((site) => site.overall)).size).toBeGreaterThan(2)
    for (const site of json.sites) expect(first.out).toContain(site.site)
  })

  test('when nobody sits at a terminal, then its progress is plain lines', () => {
    const lines = first.out.split('\n').filter((line) => line.includes(' | heartbeats '))
    expect(lines.length).toBeGreaterThan(1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    expect(first.out + first.err).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f]/)
  })

  test('when the sites look into their mail, then each mail came by SMTP, once', async () => {
    const mails = linesOf(join(place.home, 'rehearsals', run, 'sites.jsonl'))
      .map((line) => JSON.parse(line) as Entry)
      .filter((entry) => entry.what === 'mail')
    expect(mails.length).toBeGreaterThanOrEqual(8)
    expect(new Set(mails.map((mail) => mail.messageId)).size).toBe(mails.length)
    expect(mails.map((mail) => mail.site)).not.toContain('')
  })

  test('when the connections of its processes are looked at, then all of them are on loopback', () => {
    expect(peers.size).toBeGreaterThan(0)
    expect([...peers].filter((address) => !/^(127\.|::1$|0\.0\.0\.0$|::$)/.test(address))).toEqual([])
  })

  test('when it is over, then no process of it is left', () => {
    expect(processesIn(place.home)).toEqual([])
    expect(existsSync(join(place.home, 'lock'))).toBe(false)
  })

  test('when it is rehearsed again, then that is another run, with the same lights', async () => {
    const again = await place.run(['rehearse', join(place.home, 'run.yaml'), '--json'])
    expect(again).toMatchObject({ code: 0 })
    const second = JSON.parse(again.out) as Outcome
    expect(second.run).toBe(`${run}-2`)
    const before = readReport(join(place.home, 'reports', `${run}.json`))
    expect(lightsOf(second.sites)).toEqual(lightsOf(before.sites))
  }, 120_000)
})

function readReport(file: string): Report {
  return (JSON.parse(readFileSync(file, 'utf8')) as { content: Report }).content
}

/** The far ends of a process's TCP connections, from /proc/<pid>. */
function peersOf(pid: number): string[] {
  try {
    const sockets = new Set(readdirSync(`/proc/${pid}/fd`).flatMap((fd) => /^socket:\[(\d+)\]$/.exec(link(pid, fd))?.[1] ?? []))
    return ['tcp', 'tcp6'].flatMap((name) =>
      readFileSync(`/proc/${pid}/net/${name}`, 'utf8')
        .split('\n')
        .slice(1, -1)
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => sockets.has(fields[9] ?? ''))
        .flatMap((fields) => [addressOf(fields[1] ?? ''), addressOf(fields[2] ?? '')]),
    )
  } catch {
    return []
  }
}

function link(pid: number, fd: string): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`)
  } catch {
    return ''
  }
}

/** Hexadecimal, each 32 bits in the order of the machine: see proc_net_tcp. */
function addressOf(text: string): string {
  const hex = text.split(':')[0] ?? ''
  const words = hex.match(/.{8}/g)?.map((word) => word.match(/../g)!.reverse().join('')) ?? []
  const bytes =
    words
      .join('')
      .match(/../g)
      ?.map((byte) => Number.parseInt(byte, 16)) ?? []
  if (bytes.length === 4) return bytes.join('.')
  const mapped = bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 255))
  if (mapped) return bytes.slice(12).join('.')
  if (bytes.every((byte) => byte === 0)) return '::'
  return bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1 ? '::1' : words.join(':')
}
