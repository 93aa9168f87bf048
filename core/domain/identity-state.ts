import type { Identities, Identity } from './identity.ts'
import type { Run } from './run.ts'
import { utcWords } from './zone.ts'

/** What a credential's file says. `endsMs`: ms since 1970, absent when nothing tells it. `problem`: why it cannot be used now. */
export type CredentialState = { kind: 'proxy' | 'token' | 'ssh key'; file: string; endsMs?: number; problem?: string }

/** What credentials are made anew from. `words` names it for people. */
export type SourceState = { words: string; endsMs?: number }

/** All that the files of an identity tell at one moment. `problems` has those of its credentials too. */
export type IdentityState = {
  subject: string
  credentials: readonly CredentialState[]
  renewable?: SourceState
  problems: readonly string[]
}

/** What a run's identities are judged by. `states` has one for each entry of the register, by subject. */
export type Register = {
  identities: Identities
  states: ReadonlyMap<string, IdentityState>
  /** Whether the run goes through anything but a local submitter, which needs no credential. */
  needsCredentials: boolean
}

/** Why the identity's proxy or token proves nothing at a moment (ms since 1970); undefined while all that it has can be used. */
export function lapseOf(state: IdentityState, atMs: number): string | undefined {
  for (const { kind, file, endsMs, problem } of state.credentials.filter((one) => one.kind !== 'ssh key')) {
    if (problem !== undefined) return `the ${kind} of ${state.subject} cannot be used: ${problem}`
    if (endsMs !== undefined && endsMs <= atMs) return `the ${kind} of ${state.subject} lapsed at ${utcWords(endsMs)}: renew ${file}`
  }
  return undefined
}

/** What keeps an identity usable: its renewable source, or, where it has none, each credential that can lapse. */
export function sourcesOf(state: IdentityState): SourceState[] {
  if (state.renewable !== undefined) return [state.renewable]
  return state.credentials
    .filter(({ kind }) => kind !== 'ssh key')
    .map(({ kind, file, endsMs }) => ({
      words: `${kind} ${file}, which has no renewable source,`,
      ...(endsMs !== undefined && { endsMs }),
    }))
}

/** Why a run may not be planned with these identities, each in words for an officer; empty when nothing is against it. */
export function refusalsOf(run: Run, register: Register): string[] {
  return rolesOf(run).flatMap(([role, subject]) => {
    const identity = register.identities.find((one) => one.subject === subject)
    if (identity === undefined)
      return register.needsCredentials ? [`identities.${role}: '${subject}' is not in the register: add it to identities.yaml`] : []
    return [...membershipRefusals(run, role, identity), ...endRefusals(run, role, register.states.get(subject))]
  })
}

/** What cannot be judged: sources whose end nothing tells, in words. No reason to refuse, but an officer should know. */
export function doubtsOf(run: Run, register: Register): string[] {
  return rolesOf(run).flatMap(([role, subject]) => {
    const state = register.states.get(subject)
    return (state === undefined ? [] : sourcesOf(state))
      .filter(({ endsMs }) => endsMs === undefined)
      .map(({ words }) => `identities.${role}: nothing tells when the ${words} of '${subject}' ends: look that it outlives the run`)
  })
}

type Role = keyof Run['identities']

function rolesOf({ identities }: Run): [Role, string][] {
  const { attacker, control, pilot, revoked } = identities
  return [['attacker', attacker], ['control', control], ...optional('pilot', pilot), ...optional('revoked', revoked)]
}

function optional(role: Role, subject: string | undefined): [Role, string][] {
  return subject === undefined ? [] : [[role, subject]]
}

/** A pilot's job is let in for another reason than the payload owner's membership. */
function membershipRefusals(run: Run, role: Role, { subject, vo }: Identity): string[] {
  if ((role !== 'attacker' && role !== 'control') || vo === undefined || vo.name !== run.vo.name || vo.state === 'registered') return []
  const what =
    vo.state === 'asked' ? `membership of '${subject}' in ${vo.name} is only asked for` : `'${subject}' is suspended in ${vo.name}`
  return [
    `identities.${role}: ${what}: a refusal by a site would prove nothing; wait until it is registered, and note that in identities.yaml`,
  ]
}

function endRefusals(run: Run, role: Role, state: IdentityState | undefined): string[] {
  const windowEndMs = Date.parse(run.window.to)
  return (state === undefined ? [] : sourcesOf(state)).flatMap(({ words, endsMs }) =>
    endsMs === undefined || endsMs >= windowEndMs
      ? []
      : [
          `identities.${role}: the ${words} of '${state?.subject}' ends ${utcWords(endsMs)}, before the window does, ` +
            `${utcWords(windowEndMs)}: renew it, or let the window end before it`,
        ],
  )
}
