import { messageOf, UnsureError } from '../../core/domain/errors.ts'
import {
  type Finding,
  MAX_OUTPUT_BYTES,
  type Outcome,
  type ProbeRequest,
  type ProbeResult,
  type Prober,
  type SubmitterContext,
} from '../../core/domain/submitter.ts'
import { GridftpOptions } from './schema.ts'
import { surveyOf } from './survey.ts'
import { type Place, placeOf, urlOf } from './url.ts'
import { oneLine, readFailure } from './words.ts'

type Context = SubmitterContext<GridftpOptions>

const HOST_CERTIFICATE = '/etc/grid-security/hostcert.pem'

/** Asks a GridFTP server for a directory listing, as the users of a site do. */
export const prober: Prober<GridftpOptions> = {
  name: 'gridftp',
  summary: 'Lists a directory of a GridFTP server with an X.509 proxy, and looks for paths that are too open',
  // As GOCDB names them: https://wiki.egi.eu/wiki/GOCDB/Input_System_User_Documentation, "Service Types".
  serviceTypes: ['globus-GRIDFTP', 'org.globus.gridftp'],
  options: GridftpOptions,
  probe,
  survey,
  check,
}

async function probe(request: ProbeRequest, ctx: Context): Promise<ProbeResult> {
  const place = placeOf(request.endpoint, ctx.options.path)
  if (place === undefined) return { access: 'unknown', words: NO_ADDRESS }
  if (ctx.signal.aborted) return { access: 'unknown', words: 'the call was given up before anything was asked' }
  try {
    return await list(place, ctx)
  } catch (error) {
    // Begun and never answered: the deadline ended it.
    return { access: error instanceof UnsureError ? 'unreachable' : 'unknown', words: oneLine(messageOf(error)) }
  }
}

const NO_ADDRESS = 'not the address of a GridFTP server, such as gsiftp://se.site.example:2811/path/'

async function list(place: Place, ctx: Context): Promise<ProbeResult> {
  const how = { timeoutMs: ctx.options.listingSeconds * 1_000, maxBytes: MAX_OUTPUT_BYTES }
  const ran = await ctx.run(['globus-url-copy', '-list', urlOf(place)], how)
  if (ran.code === 0) return { access: 'accepted', words: oneLine(`the directory was shown: ${ran.out}`) }
  return readFailure(ran.err)
}

async function survey(request: ProbeRequest, ctx: Context): Promise<Outcome<readonly Finding[]>> {
  const place = placeOf(request.endpoint, ctx.options.path)
  if (place === undefined) return { ok: false, transient: false, reason: NO_ADDRESS }
  try {
    return await surveyOf(place, ctx)
  } catch (error) {
    return { ok: false, transient: true, reason: oneLine(messageOf(error)) }
  }
}

async function check(ctx: Context): Promise<string[]> {
  const problems: string[] = []
  for (const command of ['globus-url-copy', 'timeout', 'head'])
    await ctx.run([command, '--help'], { timeoutMs: 10_000 }).catch((error) => problems.push(`${command}: ${oneLine(messageOf(error))}`))
  if (ctx.identity !== undefined && ctx.identity.proxyFile === undefined && Object.keys(ctx.identity.on).length === 0)
    problems.push(`${ctx.identity.subject} has no X.509 proxy: name its proxyFile in identities.yaml`)
  return problems.length > 0 ? problems : [...(await hostCredentialProblem(ctx))]
}

/** As root, Globus takes the host's own credential before the identity's proxy. */
async function hostCredentialProblem(ctx: Context): Promise<string[]> {
  const [id, found] = await Promise.all([ctx.run(['id', '-u']), ctx.run(['test', '-r', HOST_CERTIFICATE])])
  if (id.out.trim() !== '0' || found.code !== 0) return []
  return [`as root Globus takes ${HOST_CERTIFICATE} and not the identity's proxy: run it under an ordinary account`]
}
