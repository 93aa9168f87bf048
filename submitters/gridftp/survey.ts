import { type Finding, MAX_OUTPUT_BYTES, type Outcome, type SubmitterContext } from '../../core/domain/submitter.ts'
import { type Entry, readDump, showMode } from './modes.ts'
import type { GridftpOptions } from './schema.ts'
import { type Place, urlOf } from './url.ts'
import { oneLine, readFailure } from './words.ts'

type Context = SubmitterContext<GridftpOptions>

/** A line of a dump holds a path twice. */
const BYTES_PER_PATH = 1_000

/**
 * Walks through the directory and those that should be private, and tells what the permission bits give away. Only lists:
 * `-dump-only` writes nothing on either side, and its destination can be no directory.
 */
export async function surveyOf(place: Place, ctx: Context): Promise<Outcome<readonly Finding[]>> {
  const findings = new Map<string, Finding>()
  for (const path of new Set([place.path, ...ctx.options.private])) {
    const tree = { ...place, path }
    const entries = await entriesOf(tree, ctx)
    if (!entries.ok) return entries
    for (const entry of entries.value.filter((one) => depthOf(one, tree) <= ctx.options.depth)) {
      const finding = findingOf(entry, ctx.options.private)
      if (finding !== undefined) findings.set(entry.path, finding)
    }
  }
  return { ok: true, value: [...findings.values()].slice(0, ctx.options.mostPaths) }
}

async function entriesOf(place: Place, ctx: Context): Promise<Outcome<Entry[]>> {
  const { mostPaths, surveySeconds } = ctx.options
  const maxBytes = mostPaths * BYTES_PER_PATH
  return ctx.withFiles({}, async (folder) => {
    const list = `${folder}/list`
    // When its time is over an interrupt makes it write down what it has seen so far.
    const bounded = ['timeout', '-s', 'INT', '-k', '5', String(surveySeconds)]
    const walk = ['globus-url-copy', '-c', '-r', '-dump-only', list, urlOf(place), 'file:///dev/null/none/']
    const ran = await ctx.run([...bounded, ...walk], { timeoutMs: (surveySeconds + 15) * 1_000, maxBytes: MAX_OUTPUT_BYTES })
    const { out, isCut } = await ctx.run(['head', '-c', String(maxBytes + 1), list], { maxBytes })
    const entries = readDump(out)
    if (isCut || entries.length > mostPaths || ran.code === 124) ctx.log('a survey was cut short', { url: urlOf(place) })
    if (entries.length > 0) return { ok: true, value: entries.slice(0, mostPaths) }
    return nothingSeen(ran.err, out, ctx)
  })
}

/** An empty directory, one that may not be read, or no answer at all. */
function nothingSeen(stderr: string, dump: string, ctx: Context): Outcome<Entry[]> {
  if (dump !== '') return { ok: false, transient: false, reason: 'the server does not tell permission bits (UNIX.mode)' }
  if (stderr.includes('No files matched the source url')) return { ok: true, value: [] }
  const { access, words } = readFailure(stderr)
  if (access !== 'accepted') return { ok: false, transient: access !== 'refused', reason: words }
  ctx.log('a directory was not shown', { words: oneLine(stderr) })
  return { ok: true, value: [] }
}

function depthOf({ path }: Entry, root: Place): number {
  const below = (text: string) => text.split('/').filter((part) => part !== '').length
  return below(path) - below(root.path)
}

/** undefined when nothing is wrong with it. */
function findingOf({ path, mode, isDirectory }: Entry, privatePaths: readonly string[]): Finding | undefined {
  const isPrivate = privatePaths.some((one) => `${path.replace(/\/*$/, '/')}`.startsWith(one.replace(/\/*$/, '/')))
  const faults = [
    ...(mode & 0o002 ? ['all the world may write'] : []),
    ...(isPrivate && mode & 0o004 ? ['all the world may read'] : []),
    ...(isPrivate && mode & 0o040 ? ['a group may read'] : []),
    ...(isPrivate && mode & 0o020 ? ['a group may write'] : []),
  ]
  if (faults.length === 0) return undefined
  return { what: faults.join(', '), words: oneLine(`${isDirectory ? 'd' : '-'}${showMode(mode)} ${path}`) }
}
