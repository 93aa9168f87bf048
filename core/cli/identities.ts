import type { Command } from 'commander'
import type { Identities, Identity } from '../domain/identity.ts'
import type { IdentityState } from '../domain/identity-state.ts'
import { utcWords } from '../domain/zone.ts'
import { identitiesFile, readIdentities, statesOf } from '../io/identities.ts'
import { type Cli, printJson, table, visible } from './cli.ts'

/** `ssc identities`: who is in the register, and whether the credentials can be used now. Exit 0 also when they cannot. */
export function addIdentities(command: Command, cli: Cli): void {
  command.option('--json', 'as data').action((options: { json?: true }) => listIdentities(cli, options))
}

async function listIdentities(cli: Cli, { json }: { json?: true }): Promise<void> {
  const register = readIdentities(cli.config.home)
  // Certificates end in real time, whatever a rehearsal's clock says; and the database is not needed.
  const states = await statesOf(register, Date.now())
  if (json)
    return printJson(
      cli,
      register.map((identity) => dataOf(identity, states)),
    )
  if (register.length === 0) return cli.out(howToBegin(identitiesFile(cli.config.home)))
  cli.out(table([['KIND', 'SUBJECT', 'VO', 'HOLDER', 'CREDENTIALS', 'RENEWABLE SOURCE', 'PROBLEMS'], ...rowsOf(register, states)]))
  const problems = register.flatMap(({ subject }) => (states.get(subject)?.problems ?? []).map((one) => `  - ${subject}: ${one}`))
  if (problems.length > 0)
    cli.out(`\n${problems.length === 1 ? '1 problem' : `${problems.length} problems`}:\n${problems.map(visible).join('\n')}\n`)
}

function rowsOf(register: Identities, states: ReadonlyMap<string, IdentityState>): string[][] {
  return register.map((identity) => {
    const { kind, subject, vo, holder, renewable } = identity
    const state = states.get(subject)
    const credentials = (state?.credentials ?? []).map((one) => `${one.kind}${one.kind === 'ssh key' ? '' : ` ${endWords(one.endsMs)}`}`)
    const elsewhere = Object.keys(identity.on).map((host) => `on ${host}`)
    const source = state?.renewable
    return [
      kind,
      subject,
      vo === undefined ? 'none' : `${vo.name}, ${vo.state}`,
      holder,
      [...credentials, ...elsewhere].join('; ') || 'none',
      renewable === undefined || source === undefined ? 'none' : `${source.words} ${endWords(source.endsMs)}`,
      state?.problems.length ? String(state.problems.length) : 'none',
    ]
  })
}

function endWords(endsMs: number | undefined): string {
  return endsMs === undefined ? 'with an unknown end' : `until ${utcWords(endsMs)}`
}

function dataOf(identity: Identity, states: ReadonlyMap<string, IdentityState>): Record<string, unknown> {
  const state = states.get(identity.subject)
  const moment = (endsMs: number | undefined) => (endsMs === undefined ? null : new Date(endsMs).toISOString())
  return {
    ...identity,
    credentials: (state?.credentials ?? []).map(({ kind, file, endsMs, problem }) => ({
      kind,
      file,
      ends: moment(endsMs),
      problem: problem ?? null,
    })),
    sourceEnds: moment(state?.renewable?.endsMs),
    problems: state?.problems ?? [],
  }
}

/** What an empty register is told: a sample that `readIdentities` takes as it is. */
export function howToBegin(file: string): string {
  return `No identity is registered yet. Write them into ${file}, for example:\n\n${SAMPLE}`
}

export const SAMPLE = `# Who acts in a challenge. No secret stands here: only where the files lie, which are read when they are used.
- kind: attacker            # attacker, pilot, control, or revoked
  subject: /DC=example/DC=grid/CN=Robot - drill attacker
  holder: Alice Example     # the person who answers for it
  vo: { name: cms, state: registered }   # asked, registered, or suspended
  proxyFile: /var/lib/ssc/attacker.pem   # certificate, key and chain; chmod 600
  renewable: { kind: certificate, file: /etc/ssc/attacker-cert.pem }
- kind: control             # must stay let in
  subject: /DC=example/DC=grid/CN=Robot - drill control
  holder: Bob Example
  vo: { name: cms, state: registered }
  proxyFile: /var/lib/ssc/control.pem
  tokenFile: /var/lib/ssc/control.token  # alone in its first line; chmod 600
  renewable: { kind: myproxy, ends: 2027-06-30T12:00:00Z }
`
