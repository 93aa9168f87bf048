const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?'
const PORT = '[1-9]\\d{0,4}'
const SERVICE = '[A-Za-z0-9][A-Za-z0-9._-]{0,99}'
const ENDPOINT = new RegExp(`^(?:(?:https?|gram|globus)://)?(?<host>${HOST})(?::(?<port>${PORT}))?(?:/(?<service>${SERVICE})?)?$`)
const JOB = `https://(?<jobHost>${HOST}):${PORT}/(?<first>\\d{1,20})/(?<second>\\d{1,20})/`
const CONTACT_LINE = new RegExp(`^${JOB}$`, 'm')
const NATIVE = new RegExp(`^(?<job>${JOB})#(?<gatekeeper>${HOST}:${PORT})/(?<service>${SERVICE})$`)

/** `host:port` of a gatekeeper and its service. */
export type Gatekeeper = { host: string; address: string; service: string }

/**
 * `host[:port][/service]`, as in GRAM5's resource manager contacts, or that as a URL; undefined for anything else.
 * https://gridcf.org/gct-docs/latest/gram5/user/index.html (2119 is IANA's port for gsigatekeeper).
 */
export function gatekeeperOf(endpoint: string, defaultService: string): Gatekeeper | undefined {
  const { host, port = '2119', service = defaultService } = ENDPOINT.exec(endpoint)?.groups ?? {}
  if (host === undefined || Number(port) > 65_535) return undefined
  return { host, address: `${host}:${port}`, service }
}

/**
 * One job: `job` is its contact at the job manager, `gatekeeper` (`host:port`) and `service` are where it was sent, `key` is its
 * two numbers, by which both the job and the job manager name its folder.
 */
export type JobContact = { job: string; gatekeeper: string; service: string; key: string }

/** A native id, `<job contact>#<gatekeeper>/<service>`; undefined when we have never given such a one. */
export function readNativeId(id: string): JobContact | undefined {
  const { job, gatekeeper, service, first, second } = NATIVE.exec(id)?.groups ?? {}
  if (job === undefined || gatekeeper === undefined || service === undefined) return undefined
  return { job, gatekeeper, service, key: `${first}.${second}` }
}

/** The line of globusrun's output that names the new job. */
export function findContact(stdout: string): { job: string; host: string } | undefined {
  const found = CONTACT_LINE.exec(stdout)
  return found?.groups?.jobHost === undefined ? undefined : { job: found[0], host: found.groups.jobHost }
}

/** A job manager works on the gatekeeper's host, which may be known by an alias of its domain; another one would get our credential. */
export function isSameSite(host: string, gatekeeperHost: string): boolean {
  const [one, other] = [host.toLowerCase(), gatekeeperHost.toLowerCase()]
  if (one === other) return true
  const domain = other.split('.').slice(1)
  return domain.length >= 2 && /[a-z]/.test(domain.at(-1) ?? '') && one.endsWith(`.${domain.join('.')}`)
}

/** The contact of a job at a job manager that began anew, as the contact of a younger job shows where that is. */
export function movedTo(job: string, younger: string): string {
  const { pathname } = new URL(job)
  return new URL(younger).origin + pathname
}
