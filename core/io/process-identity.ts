import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** This process as `host:pid:start`, so that a pid used again later is not taken for it. */
export function processIdentity(): string {
  return `${hostname()}:${process.pid}:${startOf(process.pid) ?? ''}`
}

/** Whether the process lives; one of another host is held to live, since we cannot know. */
export function processLives(identity: string): boolean {
  const [host, pid, start] = identity.split(':')
  if (host !== hostname()) return true
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  if (isZombie(Number(pid))) return false
  const now = startOf(Number(pid))
  return now === undefined || start === '' || now === start
}

/** It is dead, and only waits for a parent that may never ask. */
function isZombie(pid: number): boolean {
  return statOf(pid)?.[0] === 'Z'
}

/** Field 22 of /proc/<pid>/stat: the start time in ticks since boot. */
function startOf(pid: number): string | undefined {
  return statOf(pid)?.[19]
}

/** The fields of /proc/<pid>/stat from the third on, the state. See proc(5). */
function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}
