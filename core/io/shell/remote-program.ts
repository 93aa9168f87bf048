import { quoteForSh } from './quote.ts'

/**
 * How a command is started on a host, in three steps over one channel:
 *
 * 1. The login shell, whichever it is, gets a constant text without anything that csh or fish would read otherwise. It
 *    becomes a POSIX shell that says `<mark> ready`; what a user's rc files print before that is noise.
 * 2. It reads one line: the program below with the quoted arguments. Only with this line anything begins, so a connection
 *    that is lost before has certainly done nothing.
 * 3. The program says `<mark> begun` (or `<mark> missing <PATH>`) and becomes the command, with stdin closed.
 *
 * Beside the command a watcher reads on: when our end of the channel closes, whether on purpose or because the connection or
 * our own process was lost, it ends the whole process group, politely and one second later by force. sshd does not do that
 * (it hardly ever passes signals on, and closing a channel without a terminal sends no SIGHUP), and a second connection that
 * kills by pid could not be had when the first one was lost.
 *
 * The group is the command's own: sshd calls setsid(2) before the login shell, and every step is an `exec`. Where a server
 * does not, setsid(1) makes a session if there is one; without it only the command itself can be ended, not its children.
 */
export function bootText(mark: string): string {
  const boot = `printf "%s ready\\n" ${mark}; IFS= read -r line && eval "$line"`
  const lead =
    'if kill -s 0 -- "-$$" 2>/dev/null; then :; elif command -v setsid >/dev/null 2>&1; then exec setsid /bin/sh -c "$0"; fi; eval "$0"'
  return `exec /bin/sh -c ${quoteForSh([lead, boot])}`
}

/** `clean` = with nothing in the environment but what is given; else with the account's own. */
export type RemoteCommand = { mark: string; argv: readonly string[]; env: Readonly<Record<string, string>>; isClean: boolean }

const WATCH = [
  "trap '' TERM INT HUP",
  'read -r end',
  'kill -s 0 "$main" || exit 0',
  'kill -s TERM -- "-$main" || kill -s TERM "$main"',
  'sleep 1',
  'kill -s KILL -- "-$main" || kill -s KILL "$main"',
].join('; ')

const PROGRAM = [
  'mark=$1 mode=$2 cmd=$4 main=$$',
  '[ -z "$3" ] || PATH=$3',
  'shift 4',
  // Asked before it begins, since a shell's 127 could be the command's own.
  'case $cmd in */*) [ -f "$cmd" ] && [ -x "$cmd" ];; *) command -v "$cmd" >/dev/null 2>&1;; esac || { printf "%s missing %s\\n" "$mark" "$PATH"; exit 127; }',
  'exec 3<&0 </dev/null',
  `{ ${WATCH}; } <&3 >/dev/null 2>&1 &`,
].join('; ')

const BEGIN = [
  'exec 3<&-',
  'printf "%s begun\\n" "$mark"',
  'if [ "$mode" = clean ]; then exec /usr/bin/env -i "PATH=$PATH" "HOME=$HOME" "$@"; fi',
  'exec "$@"',
].join('; ')

/** The one line that is read. PATH and HOME are the account's own unless they are given. */
export function programLine({ mark, argv, env, isClean }: RemoteCommand): string {
  const variables = isClean ? Object.entries(env).map(([name, value]) => `${name}=${value}`) : []
  const words = [mark, isClean ? 'clean' : 'as-is', env.PATH ?? '', argv[0] ?? '', ...variables, ...argv]
  // A quoted newline would end the line: it comes as a variable, outside of the single quotes.
  const quoted = quoteForSh(words).replaceAll('\n', `'"$nl"'`)
  return `nl=$(printf "\\nx"); nl=\${nl%x}; set -- ${quoted}; ${PROGRAM} ${BEGIN}\n`
}
