import { pathOfRun } from './board-view.ts'

/** Where the pages do what a verb of the command line does; below the run's own, unless they begin with a slash. */
const rooms: readonly [verb: string, room: string][] = [
  ...(['approve', 'consent', 'launch', 'plan'] as const).map((verb): [string, string] => [verb, 'plan']),
  ...(['no-drill', 'note', 'override', 'pause', 'resume', 'score', 'status', 'stop', 'traces'] as const).map((verb): [string, string] => [
    verb,
    '',
  ]),
  ['access', 'access'],
  ['contacts', 'letters'],
  ['held', 'held'],
  ['mail list', 'letters'],
  ['mail resend', 'letters'],
  ['mail send', 'letters/write'],
  ['mail preview', 'letters/write'],
  ['mail shelf', '/shelf'],
  ['mail sort', '/shelf'],
  ['report', 'reports'],
  ['task', 'tasks'],
  ['doctor', '/state'],
  ['identities', '/identities'],
  ['sites', '/sites'],
]

/** The page for a command of the checklist, or undefined where only the command line does it. */
export function pageFor(command: string, run: string): string | undefined {
  const words = command.replace(/^ssc /, '')
  const room = rooms.find(([verb]) => words === verb || words.startsWith(`${verb} `))?.[1]
  if (room === undefined || room.startsWith('/')) return room
  const path = room === '' ? pathOfRun(run) : `${pathOfRun(run)}/${room}`
  return room === 'letters/write' ? `${path}${letterQuery(words)}` : path
}

/** What the letter is to be, as far as the command says so: `site:SITE` still wants a name. */
function letterQuery(words: string): string {
  const { kind, to } = /--kind (?<kind>[a-z-]+)(?:.* --to (?<to>\S+))?/.exec(words)?.groups ?? {}
  const query = new URLSearchParams({ ...(to && !/[A-Z]{3}/.test(to) && { to }), ...(kind && { kind }) })
  return query.size === 0 ? '' : `?${query}`
}
