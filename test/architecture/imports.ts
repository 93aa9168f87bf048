import { importsOf, runtimeImportsOf, type Source } from './source.ts'

const rooms = ['core/domain', 'core/app', 'core/io', 'core/agent', 'core/charts', 'core/http', 'core/cli', 'core/rehearsal'] as const
type Room = (typeof rooms)[number] | 'core/ports.ts' | 'core' | 'plug-in'

/** Beside its own room: which other rooms a room may import, and whether Node.js and any library. */
const table: Record<Room, { rooms: readonly string[]; libraries: 'none' | 'zod' | 'all' }> = {
  'core/domain': { rooms: [], libraries: 'zod' },
  'core/ports.ts': { rooms: ['core/domain'], libraries: 'none' },
  'core/app': { rooms: ['core/domain', 'core/ports.ts'], libraries: 'none' },
  'core/io': { rooms: ['core/domain', 'core/ports.ts'], libraries: 'all' },
  'core/agent': { rooms: ['core/domain', 'core/ports.ts'], libraries: 'all' },
  'core/charts': { rooms: ['core/domain'], libraries: 'all' },
  'core/http': { rooms: ['core'], libraries: 'all' },
  'core/cli': { rooms: ['core'], libraries: 'all' },
  'core/rehearsal': { rooms: ['core'], libraries: 'all' },
  // The files directly in core join the parts: core/decisions/006-joining-rooms.md
  core: { rooms: ['core'], libraries: 'all' },
  'plug-in': { rooms: ['core/domain', 'core/ports.ts'], libraries: 'all' },
}

const plugIn = /^(submitters|scenarios|reports)\/[^/]+\//

export function roomOf(path: string): Room | undefined {
  if (path === 'core/ports.ts') return path
  if (plugIn.test(path)) return 'plug-in'
  return rooms.find((room) => path.startsWith(`${room}/`)) ?? (/^core\/[^/]+\.ts$/.test(path) ? 'core' : undefined)
}

/** Every import of the file that its room may not have. */
export function forbiddenImports(source: Source): string[] {
  const room = roomOf(source.path)
  if (room === undefined) return [`${source.path}: lies in no room of the house`]
  return importsOf(source)
    .filter((target) => !isAllowed(source.path, room, target))
    .map((target) => `${source.path} imports ${target}`)
}

function isAllowed(path: string, room: Room, target: string): boolean {
  const { rooms: others, libraries } = table[room]
  if (!target.endsWith('.ts')) return libraries === 'all' || target === libraries
  const own = room === 'plug-in' ? path.match(plugIn)?.[0] : `${room}/`
  return [own, ...others].some((place) => place !== undefined && isWithin(target, place))
}

function isWithin(target: string, place: string): boolean {
  return target === place || target.startsWith(place.endsWith('/') ? place : `${place}/`)
}

/** The ways that lead back to their own beginning. Two types may name each other: nothing of that is left at run time. */
export function importCycles(sources: readonly Source[]): string[] {
  const targets = new Map(sources.map((source) => [source.path, runtimeImportsOf(source)]))
  const done = new Set<string>()
  const cycles: string[] = []

  function follow(path: string, way: readonly string[]): void {
    const before = way.indexOf(path)
    if (before >= 0) cycles.push([...way.slice(before), path].join(' -> '))
    if (before >= 0 || done.has(path)) return
    for (const target of targets.get(path) ?? []) follow(target, [...way, path])
    done.add(path)
  }

  for (const path of targets.keys()) follow(path, [])
  return cycles
}
