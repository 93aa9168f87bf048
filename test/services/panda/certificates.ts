import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Certificates = {
  caFolder: string
  server: { key: string; cert: string; ca: string }
  /** A file with certificate and key, as a proxy is one. */
  userFile(name: string, days?: number): string
}

export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** A CA of its own below a folder, with a server's certificate for 127.0.0.1. */
export function makeCertificates(folder: string, caName = 'Exercise CA'): Certificates {
  const caFolder = join(folder, 'ca')
  mkdirSync(caFolder)
  const ca = join(caFolder, 'ca.pem')
  openssl(folder, ['req', '-x509', ...newKey('ca.key'), '-out', ca, '-days', '2', '-subj', `/DC=example/CN=${caName}`])
  writeFileSync(join(folder, 'host.ext'), 'subjectAltName=IP:127.0.0.1\n')
  const signed = (name: string, subject: string, further: readonly string[]) => {
    openssl(folder, ['req', ...newKey(`${name}.key`), '-out', `${name}.csr`, '-subj', subject])
    const signing = ['-CA', ca, '-CAkey', 'ca.key', '-set_serial', String(serial++), '-out', `${name}.pem`, ...further]
    openssl(folder, ['x509', '-req', '-in', `${name}.csr`, ...signing])
    return { key: readFileSync(join(folder, `${name}.key`), 'utf8'), cert: readFileSync(join(folder, `${name}.pem`), 'utf8') }
  }
  let serial = 1
  const server = { ...signed('host', '/DC=example/CN=host', ['-days', '2', '-extfile', 'host.ext']), ca: readFileSync(ca, 'utf8') }
  const userFile = (name: string, days = 2) => {
    const { key, cert } = signed(`user-${serial}`, `/DC=example/CN=${name}`, ['-days', String(days)])
    const file = join(folder, `proxy-${serial}.pem`)
    writeFileSync(file, cert + key, { mode: 0o600 })
    return file
  }
  return { caFolder, server, userFile }
}

function newKey(file: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file]
}

function openssl(cwd: string, args: readonly string[]): void {
  execFileSync('openssl', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
}
