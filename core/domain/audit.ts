import type { Grant } from './account.ts'

/** The log of what was done to accounts and through the pages: of no run. */
export const AUDIT = 'audit'

/** `route`: the name of the page's action; what failed may have been done in part; `about`: the run, or what else it concerned. Free words are not in it: they stand in the run's own log. */
export type AuditFact =
  | { type: 'AccountChanged'; data: { account: string; name: string; what: AccountChange; grants?: readonly Grant[]; by: string } }
  | { type: 'SignedIn'; data: { account: string; name: string; with: 'passkey' | 'openid' | 'invitation'; from: string } }
  | { type: 'Acted'; data: { account: string; name: string; route: string; about: string; outcome: 'done' | 'refused' | 'failed' } }

export type AccountChange =
  | 'invited'
  | 'joined'
  | 'given'
  | 'disabled'
  | 'token made'
  | 'token withdrawn'
  | 'passkey added'
  | 'passkey taken away'
  | 'signed out'
