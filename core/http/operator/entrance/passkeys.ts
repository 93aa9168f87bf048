import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import type { Account } from '../../../domain/account.ts'
import { RefusedError } from '../../../domain/errors.ts'
import type { Accounts, Passkey } from '../../../ports.ts'

/** Where passkeys hold: a host's name and its origin (WebAuthn Level 2, section 5.1.2). */
type Party = { origin: string; accounts: Accounts; wall(): number }

const TITLE = 'Security service challenges'

/** What a browser needs to make a passkey for the account. */
export async function newPasskeyOptions({ origin, accounts }: Party, account: Account) {
  const known = await accounts.passkeys(account.id)
  return generateRegistrationOptions({
    rpName: TITLE,
    rpID: new URL(origin).hostname,
    userName: account.name,
    userID: new TextEncoder().encode(account.id),
    attestationType: 'none',
    excludeCredentials: known.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** What the browser made, ready to be kept. Throws RefusedError when it is not for us, or not of this challenge. */
export async function provenPasskey(
  { origin, accounts, wall }: Party,
  account: Account,
  { response, challenge, label }: { response: unknown; challenge: string; label: string },
): Promise<Passkey> {
  const expected = { expectedChallenge: challenge, expectedOrigin: origin, expectedRPID: new URL(origin).hostname }
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    ...expected,
    response: response as RegistrationResponseJSON,
    requireUserVerification: true,
  }).catch(refuse)
  if (!verified || registrationInfo === undefined) throw new RefusedError('This passkey could not be verified. Try once more.')
  const { id, publicKey, counter, transports = [] } = registrationInfo.credential
  if ((await accounts.passkey(id)) !== undefined) throw new RefusedError('This passkey is known already.')
  return {
    id,
    account: account.id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    counter,
    transports,
    label,
    madeMs: wall(),
  }
}

export async function signInOptions({ origin }: Pick<Party, 'origin'>) {
  return generateAuthenticationOptions({ rpID: new URL(origin).hostname, userVerification: 'required' })
}

/** Whose passkey signed the challenge. Throws RefusedError for everybody else, with the same words. */
export async function whoSigned(
  { origin, accounts }: Party,
  { response, challenge }: { response: unknown; challenge: string },
): Promise<Account> {
  const passkey = await accounts.passkey(String((response as { id?: unknown } | undefined)?.id ?? ''))
  const account = passkey && (await accounts.byId(passkey.account))
  if (passkey === undefined || account === undefined || account.disabledMs !== undefined) return refuse()
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: response as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: new URL(origin).hostname,
    credential: credentialOf(passkey),
    requireUserVerification: true,
  }).catch(refuse)
  if (!verified) return refuse()
  await accounts.putPasskey({ ...passkey, counter: authenticationInfo.newCounter })
  return account
}

function credentialOf({ id, publicKey, counter, transports }: Passkey) {
  return { id, publicKey: new Uint8Array(Buffer.from(publicKey, 'base64url')), counter, transports: [...transports] as never }
}

function refuse(): never {
  throw new RefusedError('This passkey does not let you in here. Take another one, or ask an officer of the CSIRT for an invitation.')
}
