import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { RefusedError } from '../../domain/errors.ts'
import { processIdentity, processLives } from '../process-identity.ts'

/** Makes this process the only one that has the folder open; gives back the function that ends it. */
export async function lockFolder(home: string): Promise<() => void> {
  const file = join(home, 'lock')
  const mine = `${file}.${process.pid}`
  writeFileSync(mine, processIdentity(), { mode: 0o600 })
  try {
    while (!tryLink(mine, file)) {
      const holder = read(file)
      if (holder !== undefined && processLives(holder)) throw new RefusedError(refusal(home, holder, file))
      breakLock(file, holder, mine)
    }
  } finally {
    rmSync(mine, { force: true })
  }
  return () => rmSync(file, { force: true })
}

/** Takes a dead holder's lock away, one process at a time: else the second would take the first one's new lock for the old. */
function breakLock(file: string, holder: string | undefined, mine: string): void {
  const breaker = `${file}.breaker`
  if (!tryLink(mine, breaker)) {
    const other = read(breaker)
    if (other !== undefined && !processLives(other)) rmSync(breaker, { force: true })
    return
  }
  if (read(file) === holder) rmSync(file, { force: true })
  rmSync(breaker, { force: true })
}

function refusal(home: string, holder: string, file: string): string {
  const [host, pid] = holder.split(':')
  if (host === hostname()) return `${home} is in use by process ${pid}. Wait until it ends, or set SSC_HOME to another folder.`
  return `${home} is in use by process ${pid} on ${host}. If that machine is gone for good, remove ${file}.`
}

/** A hard link appears with its content, or not at all. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' || existsSync(to)) return false
    throw error
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
