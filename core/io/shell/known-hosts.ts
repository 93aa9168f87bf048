import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { open } from 'node:fs/promises'
import { messageOf, PermanentError } from '../../domain/errors.ts'

export type KnownHost = { host: string; port: number; knownHostsFile: string }
/** A line of known_hosts: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT". `key` is the base64 of the public key. */
type Line = { marker?: string; names: string; type: string; key: string }

const MAX_BYTES = 8 * 1024 * 1024

/** Throws PermanentError when the file cannot be read: without it no host is known. */
export async function readKnownHosts(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      if (size > MAX_BYTES) throw new Error(`it is longer than ${MAX_BYTES} bytes`)
      return await handle.readFile('utf8')
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw new PermanentError(`the host keys in ${file} cannot be read (${messageOf(error)}): ssh reaches no host without them`)
  }
}

/** The types of the keys that are known of a host, so that the host is asked for one of these and not for another. */
export function knownTypes(text: string, { host, port }: KnownHost): string[] {
  return [...new Set(linesOf(text, nameOf(host, port)).flatMap(({ marker, type }) => (marker === undefined ? [type] : [])))]
}

/** What is wrong with the key that a host showed (RFC 4253, 6.6, as bytes), and what to do; undefined when it is a known one. */
export function hostKeyProblem(text: string, known: KnownHost, key: Buffer): string | undefined {
  const lines = linesOf(text, nameOf(known.host, known.port))
  const isSame = (line: Line) => line.key === key.toString('base64')
  const shown = `the host key of ${nameOf(known.host, known.port)} (${typeOf(key)} ${fingerprint(key)})`
  if (lines.some((line) => line.marker === '@revoked' && isSame(line)))
    return `${shown} is revoked in ${known.knownHostsFile}: ask the site what happened; nothing was sent`
  const kept = lines.filter(({ marker }) => marker === undefined)
  if (kept.some(isSame)) return undefined
  const scan = `ssh-keyscan -t ${shortType(key)} -p ${known.port} ${known.host}`
  const advice = `ask the site for the fingerprint by another way, and only if it is this one`
  if (kept.length > 0)
    return `${shown} is not the one in ${known.knownHostsFile}: it has changed, or somebody stands between; ${advice} replace its lines by what '${scan}' prints`
  return `${shown} is not known: ${advice} add what '${scan}' prints to ${known.knownHostsFile}`
}

/** As `ssh-keygen -l` shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

function nameOf(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`
}

function linesOf(text: string, name: string): Line[] {
  return text
    .split('\n')
    .flatMap(parseLine)
    .filter(({ names }) => matches(names, name))
}

/** Comments, broken lines and `@cert-authority` (host certificates are not spoken) say nothing. */
function parseLine(line: string): Line[] {
  const words = line.trim().split(/[ \t]+/)
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined
  const [names, type, key] = words
  if (names === undefined || names.startsWith('#') || type === undefined || key === undefined) return []
  if (marker !== undefined && marker !== '@revoked') return []
  return [marker === undefined ? { names, type, key } : { marker, names, type, key }]
}

function matches(names: string, name: string): boolean {
  if (names.startsWith('|')) return matchesHash(names, name)
  const patterns = names.toLowerCase().split(',')
  // A negated pattern that matches decides, wherever it stands.
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), name))) return false
  return patterns.some((pattern) => matchesPattern(pattern, name))
}

/** `|1|salt|hash`: HMAC-SHA1 of the name, as `ssh-keygen -H` writes it. */
function matchesHash(names: string, name: string): boolean {
  const [, , salt, hash] = /^\|(1)\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(names) ?? []
  if (salt === undefined || hash === undefined) return false
  const ours = createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest()
  const theirs = Buffer.from(hash, 'base64')
  return ours.length === theirs.length && timingSafeEqual(ours, theirs)
}

/** `*` is any text and `?` any character. Without backtracking, so that no pattern takes long. */
function matchesPattern(pattern: string, name: string): boolean {
  let [p, n, star, mark] = [0, 0, -1, 0]
  while (n < name.length) {
    if (pattern[p] === '*') [star, mark] = [p++, n]
    else if (pattern[p] === '?' || pattern[p] === name[n]) [p, n] = [p + 1, n + 1]
    else if (star >= 0) [p, n] = [star + 1, ++mark]
    else return false
  }
  return /^\**$/.test(pattern.slice(p))
}

function typeOf(key: Buffer): string {
  const length = key.length >= 4 ? key.readUInt32BE(0) : 0
  const type = key.subarray(4, 4 + length).toString('latin1')
  return /^[a-z0-9@.-]{1,64}$/.test(type) ? type : 'of unknown type'
}

function shortType(key: Buffer): string {
  return typeOf(key)
    .replace(/^ssh-/, '')
    .replace(/^ecdsa.*/, 'ecdsa')
}
