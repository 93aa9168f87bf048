import { readFileSync } from 'node:fs'
import * as client from 'openid-client'
import type { Oidc } from '../../../config.ts'
import { messageOf, TransientError } from '../../../domain/errors.ts'
import { isLoopback } from '../../../domain/loopback.ts'

/** What must come back with the answer of the provider. */
export type Begun = { verifier: string; state: string; nonce: string }

export type OpenId = {
  title: string
  /** Where the browser is sent, and what has to come back. */
  begin(): Promise<{ to: string; begun: Begun }>
  /** Everything that the provider says of who came back: `iss` and `sub` are proven. Throws when it is not so. */
  end(at: URL, begun: Begun): Promise<{ issuer: string; subject: string; claims: Record<string, unknown> }>
}

const PATIENCE_S = 10
export const CALLBACK = '/sign-in/openid/back'

/** The code flow with PKCE (RFC 7636) of OpenID Connect Core 1.0, section 3.1. The provider is asked for what it offers at the first use. */
export function createOpenId(oidc: Oidc, origin: string): OpenId {
  let found: Promise<client.Configuration> | undefined
  const discovered = () => {
    found ??= discover(oidc).catch((error) => {
      // It may be there the next time.
      found = undefined
      throw new TransientError(`${oidc.issuer} cannot be reached just now (${messageOf(error)})`)
    })
    return found
  }
  return {
    title: oidc.title,
    begin: async () => {
      const begun = { verifier: client.randomPKCECodeVerifier(), state: client.randomState(), nonce: client.randomNonce() }
      const url = client.buildAuthorizationUrl(await discovered(), {
        redirect_uri: `${origin}${CALLBACK}`,
        scope: oidc.scopes.join(' '),
        code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
        code_challenge_method: 'S256',
        state: begun.state,
        nonce: begun.nonce,
      })
      return { to: url.href, begun }
    },
    end: async (at, { verifier, state, nonce }) => {
      const config = await discovered()
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
      const tokens = await client.authorizationCodeGrant(config, at, checks)
      const { iss, sub, ...claims } = tokens.claims()!
      const hasMore = config.serverMetadata().userinfo_endpoint !== undefined
      const more = hasMore ? await client.fetchUserInfo(config, tokens.access_token, sub) : {}
      return { issuer: iss, subject: sub, claims: { ...claims, ...more } }
    },
  }
}

async function discover({ issuer, clientId, clientSecretFile }: Oidc): Promise<client.Configuration> {
  const url = new URL(issuer)
  const secret = clientSecretFile === undefined ? undefined : readFileSync(clientSecretFile, 'utf8').trim()
  // Without TLS on this machine alone, where nobody is in between.
  const execute = url.protocol === 'http:' && isLoopback(url.hostname) ? [client.allowInsecureRequests] : []
  const config = await client.discovery(url, clientId, secret, secret === undefined ? client.None() : undefined, { execute })
  config.timeout = PATIENCE_S
  return config
}
