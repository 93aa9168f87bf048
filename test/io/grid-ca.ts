import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate's file, its key's, and what signs with it; all in one folder. */
export type Pair = { name: string; cert: string; key: string }
export type Issuing = { subject?: string; days?: number; extensions?: string; by?: Pair }

/** Whether this machine has openssl; without it the suites skip, and say so. */
export const HAS_OPENSSL = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

export const USER = '/DC=example/DC=grid/CN=Alice Physicist'
const PROXY = 'basicConstraints=CA:false\nkeyUsage=critical,digitalSignature\nproxyCertInfo=critical,language:id-ppl-inheritAll\n'
const PROXY_LIMITED = PROXY.replace('id-ppl-inheritAll', '1.3.6.1.4.1.3536.1.1.1.9')

/** A folder in which openssl signs. */
function openDesk() {
  const folder = mkdtempSync(join(tmpdir(), 'ssc-ca-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...argv: string[]) => execFileSync('openssl', argv, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let serial = 1000

  function request(name: string, subject: string): Pair {
    const key = file(`${name}.key`)
    openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key)
    openssl('req', '-new', '-key', key, '-subj', subject, '-out', file(`${name}.csr`))
    return { name, key, cert: file(`${name}.crt`) }
  }

  function sign(name: string, { subject = USER, days = 5, extensions = '', by }: Issuing & { by: Pair }): Pair {
    const pair = request(name, subject)
    writeFileSync(file(`${name}.ext`), extensions)
    const signing = ['-CA', by.cert, '-CAkey', by.key, '-set_serial', String(++serial), '-days', String(days), '-sha256']
    openssl('x509', '-req', '-in', file(`${name}.csr`), ...signing, '-extfile', file(`${name}.ext`), '-out', pair.cert)
    return pair
  }

  function makeAuthority(name: string): Pair {
    const pair = request(name, `/DC=example/DC=grid/CN=${name}`)
    openssl('req', '-x509', '-new', '-key', pair.key, '-subj', `/DC=example/DC=grid/CN=${name}`, '-days', '9', '-out', pair.cert)
    return pair
  }

  return { folder, file, openssl, sign, makeAuthority, nextNumber: () => ++serial }
}

/** An authority of its own, made by openssl, with what a grid has: hosts, users, proxies of RFC 3820, a revocation list. */
export function openGridCa() {
  const { folder, file, openssl, sign, makeAuthority, nextNumber } = openDesk()
  const authority = makeAuthority('ca')
  const issue = (name: string, { by = authority, ...more }: Issuing) => sign(name, { ...more, by })
  const caFolder = file('certificates')
  mkdirSync(caFolder)
  writeFileSync(join(caFolder, 'grid.pem'), readFileSync(authority.cert))

  /** One more link: the subject of its signer and a CN. */
  function proxyOf(by: Pair & { subject: string }, { days = 1, isLimited = false }: { days?: number; isLimited?: boolean } = {}) {
    const number = nextNumber()
    const subject = `${by.subject}/CN=${number}`
    return { ...issue(`proxy-${number}`, { subject, days, extensions: isLimited ? PROXY_LIMITED : PROXY, by }), subject }
  }

  /** A proxy's file: the leaf, its key, then its signers. */
  function fileOf(name: string, [leaf, ...chain]: readonly [Pair, ...Pair[]], mode = 0o600): string {
    const text = (path: string) => readFileSync(path, 'utf8')
    writeFileSync(file(name), text(leaf.cert) + text(leaf.key) + chain.map(({ cert }) => text(cert)).join(''))
    chmodSync(file(name), mode)
    return file(name)
  }

  function revocationList(revoked: Pair): string {
    writeFileSync(file('index.txt'), '')
    writeFileSync(file('ca.conf'), `[ca]\ndefault_ca=d\n[d]\ndatabase=${file('index.txt')}\ndefault_md=sha256\ndefault_crl_days=9\n`)
    const signing = ['-config', file('ca.conf'), '-cert', authority.cert, '-keyfile', authority.key]
    openssl('ca', ...signing, '-revoke', revoked.cert)
    openssl('ca', ...signing, '-gencrl', '-out', file('crl.pem'))
    return file('crl.pem')
  }

  const host = issue('host', { subject: '/CN=localhost', extensions: 'subjectAltName=DNS:localhost,IP:127.0.0.1\n' })
  const user = { ...issue('user', {}), subject: USER }
  const remove = () => rmSync(folder, { recursive: true, force: true })
  return { folder, file, authority, caFolder, host, user, issue, proxyOf, fileOf, makeAuthority, revocationList, remove }
}

export type GridCa = ReturnType<typeof openGridCa>
