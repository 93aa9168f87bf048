import { messageOf } from '../../core/domain/errors.ts'
import type { SubmitterContext } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import type { GlobusOptions } from './schema.ts'

type Context = SubmitterContext<GlobusOptions>

const HOST_CERTIFICATE = '/etc/grid-security/hostcert.pem'

/** What is missing where the commands run; empty when all is well. */
export async function checkPlace(ctx: Context): Promise<string[]> {
  const problems: string[] = []
  await ctx
    .run(['globusrun', '-version'], { timeoutMs: 10_000 })
    .catch((error) => problems.push(`globusrun (Debian: globus-gram-client-tools): ${plainLine(messageOf(error))}`))
  if (ctx.identity !== undefined && ctx.identity.proxyFile === undefined && Object.keys(ctx.identity.on).length === 0)
    problems.push(`${ctx.identity.subject} has no X.509 proxy: name its proxyFile in identities.yaml`)
  if (problems.length > 0) return problems
  return [...(await credentialProblem(ctx)), ...(await hostCredentialProblem(ctx))]
}

/** Every call of the client begins with the credential: one that fails here fails everywhere. Nobody is asked. */
async function credentialProblem(ctx: Context): Promise<string[]> {
  if (ctx.identity === undefined) return []
  const { code, err } = await ctx.run(['globusrun', '-p', '&(executable=/bin/true)'], { timeoutMs: 10_000 })
  return code === 0 ? [] : [`the credential of ${ctx.identity.subject} cannot be used: ${plainLine(err)}`]
}

/** As root, Globus takes the host's own credential before the identity's proxy. */
async function hostCredentialProblem(ctx: Context): Promise<string[]> {
  const [id, found] = await Promise.all([ctx.run(['id', '-u']), ctx.run(['test', '-r', HOST_CERTIFICATE])])
  if (id.out.trim() !== '0' || found.code !== 0) return []
  return [`as root Globus takes ${HOST_CERTIFICATE} and not the identity's proxy: run it under an ordinary account`]
}
