import { readdir, readFile } from 'node:fs/promises'
import type { ShellSettings } from '../../core/io/shell/here.ts'

/** A clean environment and no bound. */
export function shellSettings(over: Partial<ShellSettings> = {}): ShellSettings {
  return {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/', LANG: 'C.UTF-8' },
    signal: new AbortController().signal,
    limit: (body) => body(),
    ...over,
  }
}

/** The pids of the processes that have this word among their arguments and are not merely waiting for their parent. */
export async function livingWith(word: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const found = await Promise.all(pids.map(async (pid) => ((await hasWord(pid, word)) ? [Number(pid)] : [])))
  return found.flat()
}

async function hasWord(pid: string, word: string): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return text.split('\0').includes(word)
}
