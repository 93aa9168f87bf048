import { invite } from './app/admit-person.ts'
import { newSecret } from './http/operator/session.ts'
import type { Instance } from './instance.ts'

/** A new link for the account; the one before it holds no longer. */
export async function inviteTo(instance: Instance, origin: string, account: string): Promise<string> {
  const { secret, hash } = newSecret()
  await invite(instance, { account, hash })
  return `${origin}/join/${secret}`
}
