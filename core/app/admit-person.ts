import type { Account, Grant } from '../domain/account.ts'
import { AUDIT, type AuditFact } from '../domain/audit.ts'
import { InputError, RefusedError } from '../domain/errors.ts'
import type { Accounts, Clock, Login, Store } from '../ports.ts'

export type Admission = { accounts: Accounts; store: Store; clock: Pick<Clock, 'wall'> }

const DAY_MS = 86_400_000
/** How long an invitation waits for its person. */
export const INVITED_MS = 7 * DAY_MS
const MOST_NAME = 80

type Changed = Extract<AuditFact, { type: 'AccountChanged' }>['data']

/** Who is let in: the account and, in the log, by whom. Throws InputError when another one has that name. */
export async function keepAccount(
  { accounts, store }: Admission,
  account: Account,
  word: { what: Changed['what']; by: string },
): Promise<void> {
  const name = account.name.normalize('NFKC').trim()
  if (name === '' || name.length > MOST_NAME || /\p{C}/u.test(name))
    throw new InputError('the account was not kept:', [`name: give one of 1 to ${MOST_NAME} characters, on one line`])
  if (!(await accounts.put({ ...account, name })))
    throw new InputError('the account was not kept:', [`name: somebody is called '${name}' already; the log must tell them apart`])
  const { id, grants } = account
  await noteChange(store, { account: id, name, grants, ...word })
}

/** Before the log: with it anybody can ask who could do what, and when. */
export async function noteChange(store: Store, data: Changed): Promise<void> {
  await store.commit({ run: AUDIT, facts: [{ stream: AUDIT, type: 'AccountChanged', data }] })
}

/** Whether nobody ever came: then the way in is the first-run link alone. */
export async function isEmpty({ accounts }: Pick<Admission, 'accounts'>): Promise<boolean> {
  return !(await accounts.list()).some(({ joinedMs }) => joinedMs !== undefined)
}

/** Writes down an invitation by the hash of its secret; the one before it counts no longer. */
export async function invite(
  { accounts, clock }: Admission,
  { account, hash, untilMs }: { account: string; hash: string; untilMs?: number },
): Promise<void> {
  const now = clock.wall()
  await accounts.dropLogins(account, ['invitation'])
  const login: Login = { hash, account, kind: 'invitation', label: '', madeMs: now, usedMs: now, untilMs: untilMs ?? now + INVITED_MS }
  await accounts.putLogin(login)
}

/** Whom the invitation is for, while it holds. */
export async function invitedBy({ accounts, clock }: Admission, hash: string): Promise<Account | undefined> {
  const login = await accounts.login(hash)
  if (login === undefined || login.kind !== 'invitation' || login.untilMs <= clock.wall()) return undefined
  const account = await accounts.byId(login.account)
  return account === undefined || account.disabledMs !== undefined ? undefined : account
}

/** The person is here: of two that come with one invitation, one is let in. */
export async function join(admission: Admission, { hash, account }: { hash: string; account: Account }): Promise<void> {
  const { accounts, clock } = admission
  if ((await invitedBy(admission, hash)) === undefined) throw new RefusedError('This invitation was used, or is over. Ask for a new one.')
  await keepAccount(admission, { ...account, joinedMs: account.joinedMs ?? clock.wall() }, { what: 'joined', by: account.name })
  if (!(await accounts.takeLogin(hash))) throw new RefusedError('This invitation was used just now.')
}

/** Out at once: sessions and tokens with it. The last one who can let others in stays. */
export async function disableAccount(admission: Admission, { account, by }: { account: Account; by: string }): Promise<void> {
  const { accounts, clock } = admission
  const others = (await accounts.list()).filter((one) => one.id !== account.id && isKeeper(one))
  if (isKeeper(account) && others.length === 0)
    throw new RefusedError(`${account.name} is the last of the CSIRT here: invite another one first, or nobody could come in any more`)
  await keepAccount(admission, { ...account, disabledMs: clock.wall() }, { what: 'disabled', by })
  await accounts.dropLogins(account.id, ['session', 'token', 'invitation'])
}

function isKeeper({ grants, disabledMs, joinedMs }: Account): boolean {
  return disabledMs === undefined && joinedMs !== undefined && grants.some(({ role }) => role === 'csirt')
}

/** A new one, which waits for its person. */
export function newAccount(about: { id: string; name: string; grants: readonly Grant[]; createdMs: number; invitedBy?: string }): Account {
  return about
}
