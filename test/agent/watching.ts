import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { processesOf } from './rig.ts'

/** Whether processes may be traced here: strace is there, and the machine allows it. */
export function canTrace(): boolean {
  return spawnSync('strace', ['-f', '--seccomp-bpf', '-e', 'trace=chdir', '-o', '/dev/null', 'true']).status === 0
}

/** A program of the shell under strace(1): every call with a file's name, and every call of the network, of all its processes. */
export function traced(file: string): readonly string[] {
  return ['strace', '-f', '--seccomp-bpf', '-y', '-s', '400', '-o', file, '-e', 'trace=%file,%network,fchdir', '/bin/sh']
}

/** Calls that change what is named; `open` and its kin only when they may write. */
const changing =
  /^(creat|mkdir|rmdir|unlink|rename|link|symlink|chmod|fchmodat|chown|lchown|fchownat|truncate|mknod|utime|utimens|setxattr)/
const opening = /^(open|openat|openat2)\(/
const writing = /O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)/

export type Watched = { changed: string[]; met: string[]; started: string[]; moves: string[] }

/**
 * What a trace tells of a life in `folder`: files that were to be changed (also in vain), peers that were to be reached, programs
 * that were started, and moves to other folders (without any, a relative name is one in `folder`).
 */
export function readTrace(file: string, folder: string): Watched {
  const calls = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.replace(/^\d+ +/, ''))
    .filter((line) => /^\w+\(/.test(line))
  const starts = calls.filter((call) => call.startsWith('execve(') && call.endsWith(' = 0'))
  return {
    moves: calls.filter((call) => /^f?chdir\(/.test(call)),
    changed: calls
      .filter((call) => changing.test(call) || (opening.test(call) && writing.test(call)))
      .flatMap((call) => pathsOf(call, folder)),
    met: calls.filter((call) => /^(connect|bind|listen|sendto|sendmsg|sendmmsg)\(/.test(call)).flatMap((call) => peerOf(call) ?? []),
    started: starts.map((call) => /"([^"]*)"/.exec(call)?.[1] ?? call),
  }
}

/** The quoted names of a call, each with the folder that it starts from, when one is told: `AT_FDCWD</tmp/a>, "b"`. */
function pathsOf(call: string, folder: string): string[] {
  const shown = call.replace(/\) += .*$/, '')
  const names = [...shown.matchAll(/(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)]
  // The text of a symbolic link is no file that is changed.
  const changed = shown.startsWith('symlink') ? names.slice(-1) : names
  if (changed.length === 0) return [call]
  return changed.map(([, base = folder, name = '']) => resolve(base, name))
}

/** `address:port` of the internet, `unix:path`, or the whole call; nothing for an answer to a socket that is connected. */
function peerOf(call: string): string | undefined {
  const port = /sin6?_port=htons\((\d+)\)/.exec(call)?.[1]
  const address = /(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"/.exec(call)?.[1]
  if (address !== undefined) return `${address}:${port}`
  const unix = /sun_path=@?"([^"]*)"/.exec(call)?.[1]
  if (unix !== undefined) return `unix:${unix}`
  if (call.includes('AF_NETLINK')) return 'netlink'
  return /^send/.test(call) ? undefined : call
}

/** The most of what a group of processes used at one time: how many they were, and their memory in MiB. */
export function measure(group: number, before = { processes: 0, mib: 0 }): { processes: number; mib: number } {
  const pids = processesOf(group).map((one) => one.pid)
  const mib = pids.map(residentMib).reduce((sum, one) => sum + one, 0)
  return { processes: Math.max(before.processes, pids.length), mib: Math.max(before.mib, mib) }
}

/** proc(5): the second field of statm is the resident memory, in pages of 4 KiB. */
function residentMib(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) / 256
  } catch {
    return 0
  }
}
