/** An A-REX: its address up to `/arex`, and the version of its REST interface where the endpoint names one. */
export type Service = { arex: string; version?: Version }
/** The root of a service's REST interface: http://www.nordugrid.org/arc/arc6/tech/rest/rest.html */
export type Rest = { arex: string; version: Version }
export type Job = Rest & { id: string }
export type Version = '1.0' | '1.1'

const HOST = '[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?'
const ENDPOINT = new RegExp(`^(?:https://)?(${HOST})(?::(\\d{1,5}))?(?:/(?:arex(?:/(?:rest(?:/(?:(1\\.[01])/?)?)?)?)?)?)?$`)
const REST = new RegExp(`^(https://${HOST}:\\d{1,5}/arex)/rest/(1\\.[01])$`)
/** Opaque; what it may hold is ours, as it goes into addresses. */
const JOB_ID = /^[A-Za-z0-9_-]{1,200}$/

/** As GOCDB gives it: `https://host[:port]/arex[/rest/1.0]`, or a bare `host[:port]`; undefined for all else. */
export function serviceOf(endpoint: string): Service | undefined {
  const [, host, port = '443', version] = ENDPOINT.exec(endpoint) ?? []
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined
  const arex = `https://${host.toLowerCase()}:${Number(port)}/arex`
  return version === undefined ? { arex } : { arex, version: version as Version }
}

export function urlOf({ arex, version }: Rest): string {
  return `${arex}/rest/${version}`
}

export function restIn(url: string): Rest | undefined {
  const [, arex, version] = REST.exec(url) ?? []
  return arex === undefined ? undefined : { arex, version: version as Version }
}

export function isJobId(text: unknown): text is string {
  return typeof text === 'string' && JOB_ID.test(text)
}

/** A native id is the job's address. */
export function nativeIdOf(rest: Rest, id: string): string {
  return `${urlOf(rest)}/jobs/${id}`
}

/** The job of a native id; undefined when it is none of ours. */
export function jobOf(nativeId: string): Job | undefined {
  if (nativeId.length > 1_000) return undefined
  const at = nativeId.lastIndexOf('/jobs/')
  const rest = at < 0 ? undefined : restIn(nativeId.slice(0, at))
  const id = nativeId.slice(at + '/jobs/'.length)
  return rest === undefined || !isJobId(id) ? undefined : { ...rest, id }
}
