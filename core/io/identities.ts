import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../domain/errors.ts'
import { Identities, type Identity, type RenewableSource } from '../domain/identity.ts'
import { type CredentialState, type IdentityState, lapseOf, type SourceState } from '../domain/identity-state.ts'
import { utcWords } from '../domain/zone.ts'
import { beginningOf, certificatesIn, endEntityOf, endOf, isSameName } from './certificate-file.ts'
import { readYaml } from './read-yaml.ts'
import { OPEN_TO_ALL, readSmallFile, type SmallFile } from './secret-file.ts'
import { claimsOf, tokenIn } from './token-file.ts'

const MOST_BYTES = 256 * 1024
const KEY = /-----BEGIN ((?:[A-Z]+ )?)PRIVATE KEY-----/
const SOURCE_WORDS = { certificate: 'certificate', myproxy: 'MyProxy credential', 'refresh-token': 'refresh token' } as const

/** A file's kind, place and what was found in it. `problems` beyond the first are only told. */
type Finding = { endsMs?: number; problems: string[] }

/** The register of a home: its `identities.yaml`; empty where there is none. Throws InputError that names every mistake with its line. */
export function readIdentities(home: string): Identities {
  const file = identitiesFile(home)
  return existsSync(file) ? readYaml(file, Identities) : []
}

export function identitiesFile(home: string): string {
  return join(home, 'identities.yaml')
}

/** The states of all entries, by subject. */
export async function statesOf(register: Identities, nowMs: number): Promise<Map<string, IdentityState>> {
  const states = await Promise.all(register.map((identity) => stateOf(identity, nowMs)))
  return new Map(states.map((state) => [state.subject, state]))
}

/** Looks into the files of an identity: ends, and in words what is wrong with them at `nowMs` (ms since 1970). Nothing of them is kept. */
export async function stateOf(identity: Identity, nowMs: number): Promise<IdentityState> {
  const { subject, proxyFile, tokenFile, ssh, renewable } = identity
  const found = await Promise.all([
    proxyFile === undefined ? undefined : credentialOf('proxy', proxyFile, (file) => proxyFinding(file, subject, nowMs)),
    tokenFile === undefined ? undefined : credentialOf('token', tokenFile, (file) => tokenFinding(file, subject, nowMs)),
    ssh === undefined ? undefined : credentialOf('ssh key', ssh.keyFile, sshFinding),
  ])
  const credentials = found.filter((one) => one !== undefined)
  const source = renewable === undefined ? undefined : await sourceOf(renewable, nowMs)
  const problems = [...credentials.flatMap((one) => one.problems), ...(source?.problems ?? [])]
  return { subject, credentials: credentials.map((one) => one.state), ...(source && { renewable: source.state }), problems }
}

async function credentialOf(kind: CredentialState['kind'], file: string, look: (read: SmallFile) => Finding) {
  const { endsMs, problems } = await readSmallFile(file, MOST_BYTES)
    .then((read): Finding => {
      const finding = look(read)
      return { ...finding, problems: [...(read.isOpenToAll ? [OPEN_TO_ALL] : []), ...finding.problems] }
    })
    .catch((error): Finding => ({ problems: [messageOf(error)] }))
  const first = problems[0]
  const state: CredentialState = {
    kind,
    file,
    ...(endsMs !== undefined && { endsMs }),
    ...(first !== undefined && { problem: `${file} ${first}` }),
  }
  return { state, problems: problems.map((one) => `${kind} ${file} ${one}`) }
}

function proxyFinding({ text }: SmallFile, subject: string, nowMs: number): Finding {
  const certificates = certificatesIn(text)
  const endsMs = endOf(certificates)
  const beginsMs = beginningOf(certificates)
  const owner = endEntityOf(certificates)
  const key = KEY.exec(text)
  return {
    endsMs,
    problems: [
      ...(endsMs <= nowMs ? [lapsed(endsMs)] : []),
      ...(beginsMs > nowMs ? [`begins only at ${utcWords(beginsMs)}`] : []),
      ...(key === null ? ['holds no private key'] : []),
      ...(key?.[1] === 'ENCRYPTED ' ? ['holds a key with a passphrase, which nobody is there to give'] : []),
      // An entry that is known by its token's subject has no name to compare.
      ...(subject.startsWith('/') && !isSameName(owner, subject) ? [`belongs to '${owner}', not to '${subject}'`] : []),
    ],
  }
}

function tokenFinding({ text }: SmallFile, subject: string, nowMs: number): Finding {
  const token = tokenIn(text)
  if (token === undefined) return { problems: ['holds no token in its first line'] }
  const { endsMs, subject: owner } = claimsOf(token)
  return {
    ...(endsMs !== undefined && { endsMs }),
    problems: [
      ...(endsMs !== undefined && endsMs <= nowMs ? [lapsed(endsMs)] : []),
      ...(owner !== undefined && !subject.startsWith('/') && owner !== subject ? [`belongs to '${owner}', not to '${subject}'`] : []),
    ],
  }
}

function sshFinding({ text }: SmallFile): Finding {
  return { problems: KEY.test(text) ? [] : ['holds no private key'] }
}

function lapsed(endsMs: number): string {
  return `lapsed at ${utcWords(endsMs)}: renew it`
}

/** Where a file and the register both tell an end, the earlier one counts. */
async function sourceOf(source: RenewableSource, nowMs: number): Promise<{ state: SourceState; problems: string[] }> {
  const { kind, file, ends } = source
  const words = SOURCE_WORDS[kind]
  const found: Finding = file === undefined ? { problems: [] } : await sourceFinding(kind, file)
  const known = [...(found.endsMs === undefined ? [] : [found.endsMs]), ...(ends === undefined ? [] : [Date.parse(ends)])]
  const endsMs = known.length === 0 ? undefined : Math.min(...known)
  const problems = found.problems.map((one) => `${words} ${file} ${one}`)
  if (endsMs !== undefined && endsMs <= nowMs) problems.push(`${words} ${lapsed(endsMs)}`)
  return { state: { words, ...(endsMs !== undefined && { endsMs }) }, problems }
}

async function sourceFinding(kind: RenewableSource['kind'], file: string): Promise<Finding> {
  try {
    const { text, isOpenToAll } = await readSmallFile(file, MOST_BYTES)
    // A certificate alone is no secret.
    const problems = isOpenToAll && (kind !== 'certificate' || KEY.test(text)) ? [OPEN_TO_ALL] : []
    const endsMs = kind === 'refresh-token' ? claimsOf(tokenIn(text) ?? '').endsMs : endOf(certificatesIn(text))
    return { ...(endsMs !== undefined && { endsMs }), problems }
  } catch (error) {
    return { problems: [messageOf(error)] }
  }
}

/** The register as the worker asks it: read again whenever the file has changed, and the credentials at each question. */
export type OpenRegister = {
  identityOf(subject: string): Identity | undefined
  /** Why the identity cannot be used now (ms since 1970); undefined when it can. */
  lapseOf(subject: string, nowMs: number): Promise<string | undefined>
}

export function openRegister(home: string): OpenRegister {
  let read: { stamp: string; bySubject: ReadonlyMap<string, Identity> } | undefined

  function identityOf(subject: string): Identity | undefined {
    const stamp = stampOf(identitiesFile(home))
    if (read?.stamp !== stamp) read = { stamp, bySubject: new Map(readIdentities(home).map((one) => [one.subject, one])) }
    return read.bySubject.get(subject)
  }

  async function lapse(subject: string, nowMs: number): Promise<string | undefined> {
    const identity = identityOf(subject)
    if (identity === undefined) return `${subject} is not in the register of identities: add it to identities.yaml`
    return lapseOf(await stateOf(identity, nowMs), nowMs)
  }

  return { identityOf, lapseOf: lapse }
}

function stampOf(file: string): string {
  const stat = statSync(file, { throwIfNoEntry: false })
  return stat === undefined ? 'none' : `${stat.mtimeMs} ${stat.size}`
}
