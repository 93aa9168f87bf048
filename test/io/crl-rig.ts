import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { Identity } from '../../core/domain/identity.ts'
import { readCrl } from '../../core/io/crl.ts'
import { type GridCa, type Pair, USER } from './grid-ca.ts'

type Wish = { by?: Pair; serials?: readonly string[]; from?: string; to?: string; critical?: true }

export function serialOf(pair: Pair): string {
  return new X509Certificate(readFileSync(pair.cert)).serialNumber
}

/** A revocation list as DER, made by openssl. */
export function makeList(ca: GridCa, { by = ca.authority, serials = [], from, to, critical }: Wish = {}): Buffer {
  const config = [
    '[ca]',
    'default_ca=d',
    '[d]',
    `database=${ca.file('list.txt')}`,
    'default_md=sha256',
    'default_crl_days=9',
    'unique_subject=no',
  ]
  const partial = ['crl_extensions=x', '[x]', 'issuingDistributionPoint=critical,@p', '[p]', 'onlyuser=TRUE']
  writeFileSync(ca.file('list.conf'), [...config, ...(critical ? partial : [])].join('\n'))
  writeFileSync(
    ca.file('list.txt'),
    serials.map((serial) => `R\t301231235959Z\t261101000000Z,keyCompromise\t${serial}\tunknown\t/CN=x\n`).join(''),
  )
  const times = [...(from ? ['-crl_lastupdate', from] : []), ...(to ? ['-crl_nextupdate', to] : [])]
  const signing = ['-config', ca.file('list.conf'), '-cert', by.cert, '-keyfile', by.key]
  execFileSync('openssl', ['ca', ...signing, '-gencrl', ...times, '-out', ca.file('list.pem')], { cwd: ca.folder, stdio: 'pipe' })
  return execFileSync('openssl', ['crl', '-in', ca.file('list.pem'), '-outform', 'DER'], { maxBuffer: 64 * 1024 * 1024 })
}

export function anIdentity(over: Partial<Identity> = {}): Identity {
  return { ...Identity.parse({ subject: USER, kind: 'attacker', holder: 'Ada' }), ...over }
}

type Asking = { identity: Identity | undefined; signal?: AbortSignal; laterMs?: number }

/** Asks the list at this address for the user's certificate. */
export function ask(ca: Pick<GridCa, 'caFolder'>, url: string, { identity, signal, laterMs = 0 }: Asking) {
  const settings = { caFolder: ca.caFolder, identityOf: () => identity, nowMs: () => Date.now() + laterMs }
  return readCrl(settings, { url, subject: USER, signal: signal ?? AbortSignal.timeout(20_000) })
}
