import { z } from 'zod'
import type { Audience } from './report.ts'
import { nameKey } from './run-state.ts'

const Name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, 'give a name as GOCDB writes it')

/**
 * What an account was given: the CSIRT may do everything; an officer of an NGI what concerns its own NGI alone; a site contact and a
 * reader see what was published to them.
 */
export const Grant = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('csirt') }),
  z.strictObject({ role: z.literal('ngi'), of: Name }),
  z.strictObject({ role: z.literal('site'), of: Name }),
  z.strictObject({ role: z.literal('reader'), of: z.enum(['public', 'csirt']).or(z.templateLiteral(['ngi:', Name])) }),
])
export type Grant = z.infer<typeof Grant>

/** A person, or a script of somebody's. Times in ms since 1970. */
export type Account = {
  id: string
  /** Stands in the log beside what they do; no two accounts have the same. */
  name: string
  grants: readonly Grant[]
  createdMs: number
  /** When its person came for the first time; before it an invitation waits. */
  joinedMs?: number
  /** By whom; the first one made itself with the first-run link. */
  invitedBy?: string
  disabledMs?: number
  /** In which times are shown, of the IANA list. */
  timeZone?: string
  /** Who it is at the OpenID provider: `issuer subject`. */
  subject?: string
}

/** Who asks, and by what: a person in a browser, or a token, which cannot stand for a person. */
export type Viewer = { account: Account; by: 'session' | 'token' }

/** What a grant is about: the NGIs of a run's sites. */
export type Wanted = { ngis: readonly string[] }

export type Deed = 'read' | 'act'

/** Whether one may see or do something of a run. An NGI sees its part of any run, and acts in those that are its own alone. */
export function may({ grants }: Pick<Account, 'grants'>, deed: Deed, { ngis }: Wanted): boolean {
  if (isCsirt({ grants })) return true
  const own = new Set(ngisOf({ grants }))
  return ngis.length > 0 && (deed === 'read' ? ngis.some((ngi) => own.has(ngi)) : ngis.every((ngi) => own.has(ngi)))
}

export function isCsirt({ grants }: Pick<Account, 'grants'>): boolean {
  return grants.some(({ role }) => role === 'csirt')
}

/** Whether one runs challenges, be it of one NGI. */
export function isOfficer({ grants }: Pick<Account, 'grants'>): boolean {
  return grants.some(({ role }) => role === 'csirt' || role === 'ngi')
}

/** The NGIs for which one is an officer. */
export function ngisOf({ grants }: Pick<Account, 'grants'>): string[] {
  return grants.flatMap((grant) => (grant.role === 'ngi' ? [grant.of] : []))
}

/** Whether what concerns a site of this NGI may be seen. */
export function seesNgi(account: Pick<Account, 'grants'>, ngi: string): boolean {
  return isCsirt(account) || ngisOf(account).includes(ngi)
}

/** For whom documents may be that one reads without being an officer of theirs. */
export function audiencesOf({ grants }: Pick<Account, 'grants'>): Audience[] {
  const own = grants.flatMap((grant): Audience[] => {
    if (grant.role === 'csirt') return ['csirt']
    if (grant.role === 'reader') return [grant.of as Audience]
    return [`${grant.role}:${grant.of}`]
  })
  return [...new Set<Audience>([...own, 'public'])]
}

/** `csirt`, `ngi:NGI_X`, `site:NAME`, `reader:public`: as people write and read it. */
export function grantWords(grant: Grant): string {
  return grant.role === 'csirt' ? 'csirt' : `${grant.role}:${grant.of}`
}

/** Undefined when it is none. */
export function readGrant(text: string): Grant | undefined {
  const [role, ...rest] = text.trim().split(':')
  const read = Grant.safeParse(role === 'csirt' && rest.length === 0 ? { role } : { role, of: rest.join(':') })
  return read.success ? read.data : undefined
}

/** Whether somebody has that name, or one that people would take for it. */
export function isTaken(name: string, accounts: readonly Pick<Account, 'name'>[]): boolean {
  return accounts.some((one) => nameKey(one.name) === nameKey(name))
}
