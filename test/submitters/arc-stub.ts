import type { HttpAnswer, HttpRequest } from '../../core/domain/reach.ts'
import type { JobRequest, Submitter, SubmitterContext } from '../../core/domain/submitter.ts'
import { submitter as arc } from '../../submitters/arc/index.ts'
import { contextFor } from '../conformance/context.ts'

/** As the core knows it: whatever its options are. */
export const submitter: Submitter = arc

/** `told`: what its information provider still says. */
export type StubJob = { id: string; name?: string; localName?: string; state: string; told?: string; script?: string }
/** A fault comes in the place of the answer to `METHOD path`, or after the work was done. */
export type Fault = { to: string; says: () => HttpAnswer; after?: true }
export type Stub = { jobs: StubJob[]; asked: string[]; faults: Fault[]; ctx: SubmitterContext; close(): Promise<void> }

const NEW = 'POST /jobs?action=new'

/** An A-REX at the far end of a request; its answers have the shapes that the real one has. */
export function openStub(options: Record<string, unknown> = {}): Stub {
  const { ctx, close } = contextFor(submitter, { options, identity: { proxyFile: '/nonexistent' } })
  const stub: Stub = { jobs: [], asked: [], faults: [], close, ctx }
  stub.ctx = { ...ctx, request: async (request) => respond(stub, request) }
  return stub
}

export function jobFor(label: string): JobRequest {
  const endpoint = 'https://ce.site.example/arex'
  return { label, endpoint, script: 'exit 0\n', lifeSeconds: 60, site: 'SITE-ONE', vo: 'ops', identity: '/CN=Somebody' }
}

export function nativeId(id: string): string {
  return `https://ce.site.example:443/arex/rest/1.0/jobs/${id}`
}

export function answer(status: number, body = '', headers: Record<string, string> = {}): HttpAnswer {
  return { status, body, headers, isCut: false }
}

function respond(stub: Stub, { method, url, body = '' }: HttpRequest): HttpAnswer {
  const order = `${method} ${url.replace(/^https:\/\/[^/]+\/arex\/rest(\/1\.0)?/, '')}`
  stub.asked.push(order)
  const fault = stub.faults.find(({ to }) => order.startsWith(to))
  if (fault !== undefined) stub.faults.splice(stub.faults.indexOf(fault), 1)
  if (fault !== undefined && !fault.after) return fault.says()
  const said = obey(stub, order, body)
  return fault === undefined ? said : fault.says()
}

function obey({ jobs }: Stub, order: string, body: string): HttpAnswer {
  if (order === 'GET ') return answer(200, '{"version":["1.0","1.2"]}')
  if (order === 'GET /jobs') return answer(200, listed(jobs.map(({ id }) => ({ id }))))
  if (order === 'GET /jobs?state=KILLED') return answer(200, listed(jobs.filter(({ state }) => state === 'KILLED')))
  if (order === NEW) return answer(201, listed([created(jobs, body)]))
  const [, action] = /^POST \/jobs\?action=(\w+)$/.exec(order) ?? []
  if (action !== undefined) return answer(201, listed(idsIn(body).map((id) => managed(jobs, action, id))))
  const [, id, path] = /^\w+ \/jobs\/(\w+)\/(.*)$/.exec(order) ?? []
  const job = jobs.find((one) => one.id === id)
  if (job === undefined) return answer(404)
  if (path === 'diagnose/local') return answer(200, `queue=fork\n${job.localName === undefined ? '' : `jobname=${job.localName}\n`}`)
  if (order.startsWith('PUT')) job.script = body
  return answer(200)
}

function created(jobs: StubJob[], xrsl: string) {
  const name = /jobname="([^"]*)"/.exec(xrsl)?.[1] ?? ''
  const job = { id: `j${jobs.length}`, name, state: 'ACCEPTING' }
  jobs.push(job)
  return { 'status-code': '201', reason: 'Created', id: job.id, state: job.state }
}

function managed(jobs: StubJob[], action: string, id: string) {
  const job = jobs.find((one) => one.id === id)
  if (job === undefined) return { 'status-code': '404', reason: 'Job not found', id, ...(action === 'status' ? { state: 'None' } : {}) }
  if (action === 'kill') job.state = 'KILLED'
  if (action === 'clean') jobs.splice(jobs.indexOf(job), 1)
  if (action === 'kill' || action === 'clean') return { 'status-code': '202', reason: 'Queued', id }
  const ok = { 'status-code': '200', reason: 'OK', id }
  if (action === 'status') return { ...ok, state: job.told ?? job.state }
  return { ...ok, info_document: { ComputingActivity: job.name === undefined ? {} : { Name: job.name } } }
}

/** 6.x: one is an object, none is no text at all. */
function listed(entries: readonly object[]): string {
  if (entries.length === 0) return ''
  return JSON.stringify({ job: entries.length === 1 ? entries[0] : entries })
}

function idsIn(body: string): string[] {
  return (JSON.parse(body) as { job: { id: string }[] }).job.map(({ id }) => id)
}
