import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Asks without importing: the package looks up hosts as soon as it is imported. */
const HAS_IT = 'import importlib.util as u, sys; sys.exit(u.find_spec("pandaclient") is None)'

/** Calls a function of pandaclient.Client; only the last line is ours, the package prints what it likes. */
const CALL = `
import json, sys
from pandaclient import Client
def plain(one):
    return {name: getattr(one, name) for name in getattr(one, "_attributes", ())} or str(one)
name, arguments = json.load(sys.stdin)
print("\\nANSWER " + json.dumps(getattr(Client, name)(*arguments), default=plain))
`

/** The Python that has panda-client: SSC_PANDA_CLIENT (a Python, or its environment's folder), else python3 itself. */
export function pandaPython(): string | undefined {
  const named = process.env.SSC_PANDA_CLIENT
  const python = named === undefined ? 'python3' : isFolder(named) ? join(named, 'bin', 'python') : named
  try {
    execFileSync(python, ['-c', HAS_IT], { stdio: 'ignore' })
    execFileSync('curl', ['--version'], { stdio: 'ignore' })
    return python
  } catch {
    return undefined
  }
}

export const WHY_NOT = 'missing: panda-client (see test/services/panda-client.sh, SSC_PANDA_CLIENT) or curl'

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

/** The parameters of the task that `prun` would submit; it sends nothing. The token is looked into, not checked. */
export async function prunParameters(
  python: string,
  how: { url: string; home: string; args: readonly string[] },
): Promise<Record<string, unknown>> {
  const claims = { name: 'mallory attacker', preferred_username: 'mallory', groups: ['wlcg'], exp: 9_999_999_999 }
  const token = `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
  const folder = join(how.home, 'work')
  const file = join(how.home, 'task.json')
  mkdirSync(folder, { recursive: true })
  const env = environmentFor({ ...how, token })
  const main = ['-c', 'from pandaclient.PrunScript import main; main()', ...how.args, '--noSubmit', '--dumpTaskParams', file]
  await promisify(execFile)(python, main, { env, cwd: folder, timeout: 60_000 })
  return JSON.parse(readFileSync(file, 'utf8'))
}

export type PandaClient = (name: string, ...args: unknown[]) => Promise<unknown>

/** `native`: its own HTTP, not curl. https://panda-wms.readthedocs.io/en/latest/client/panda-client.html */
export function clientOf(python: string, how: { url: string; token: string; home: string; way: 'curl' | 'native' }): PandaClient {
  const env = { ...environmentFor(how), ...(how.way === 'native' && { PANDA_USE_NATIVE_HTTPLIB: '1' }) }
  return async (name, ...args) => {
    const child = promisify(execFile)(python, ['-c', CALL], { env, cwd: how.home, timeout: 60_000, maxBuffer: 8 * 1024 * 1024 })
    child.child.stdin?.end(JSON.stringify([name, args]))
    const { stdout } = await child
    const answer = /^ANSWER (.*)$/m.exec(stdout.slice(stdout.lastIndexOf('\nANSWER ')))?.[1]
    if (answer === undefined) throw new Error(`panda-client did not answer: ${stdout}`)
    return JSON.parse(answer)
  }
}

function environmentFor({ url, token, home }: { url: string; token: string; home: string }): Record<string, string> {
  const address = `${url}/server/panda`
  return {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: home,
    PANDA_CONFIG_ROOT: join(home, '.panda'),
    PANDA_URL: address,
    PANDA_URL_SSL: address,
    PANDACACHE_URL: address,
    PANDA_BEHIND_REAL_LB: '1',
    PANDA_AUTH: 'oidc',
    PANDA_AUTH_VO: 'wlcg',
    PANDA_AUTH_ID_TOKEN: token,
  }
}
