import { z } from 'zod'
import { readJdl } from './jdl.ts'
import { changeStates, type Updates } from './states.ts'
import { formFor } from './store.ts'
import type { Answer, Asked, Job, User, World } from './stub.ts'
import { runJob } from './work.ts'

const MOST_JOBS = 20
const MOST_PER_PAGE = 10_000
const JOB_TYPES = ['User', 'Test', 'Hospital']

const SearchBody = z.object({
  search: z.array(
    z.union([
      z.object({ parameter: z.string(), operator: z.literal('eq'), value: z.union([z.string(), z.number()]) }),
      z.object({ parameter: z.string(), operator: z.literal('in'), values: z.array(z.union([z.string(), z.number()])) }),
    ]),
  ),
})
const SandboxBody = z.object({
  checksum_algorithm: z.literal('sha256'),
  checksum: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.number().int().min(1),
  format: z.enum(['tar.bz2', 'tar.zst']),
})

/** As DiracX 0.7 answers: diracx-routers/src/diracx/routers. */
export function answerTo(world: World, asked: Asked): Answer {
  const { pathname } = asked.url
  if (pathname === '/.well-known/dirac-metadata') return { status: 200, body: { virtual_organizations: {} } }
  const user = asked.token === undefined ? undefined : world.tokens.get(asked.token)
  if (user === undefined) return problem(401, asked.token === undefined ? 'Authorization header is missing' : 'Invalid JWT')
  if (asked.method === 'GET' && pathname === '/api/auth/userinfo')
    return {
      status: 200,
      body: { sub: `ops:${user.name}`, vo: 'ops', dirac_group: 'user', properties: user.properties, preferred_username: user.name },
    }
  if (world.banned.has(user.name) || !user.properties.includes('NormalUser')) return problem(403, 'Forbidden')
  return jobsAnswer(world, asked, user)
}

function jobsAnswer(world: World, asked: Asked, user: User): Answer {
  const { pathname } = asked.url
  const route = `${asked.method} ${pathname.replace(/\/\d+\//, '/N/')}`
  if (route === 'POST /api/jobs/jdl') return submit(world, asked.body, user)
  if (route === 'POST /api/jobs/search') return search(world, asked, user)
  if (route === 'PATCH /api/jobs/status') return changeStates(world, (asked.body ?? {}) as Updates, user)
  if (route === 'POST /api/jobs/sandbox') return sandbox(world, asked.body, user)
  if (route === 'GET /api/jobs/sandbox')
    return { status: 200, body: { url: world.store.presign(keyOf(asked.url.searchParams.get('pfn') ?? '')), expires_in: 300 } }
  if (route === 'GET /api/jobs/N/sandbox/output') return outputs(world, Number(pathname.split('/')[3]), user)
  return problem(404, 'Not Found')
}

export function problem(status: number, detail: unknown): Answer {
  return { status, body: { detail }, ...(status === 401 ? { headers: { 'www-authenticate': 'Bearer' } } : {}) }
}

function submit(world: World, body: unknown, user: User): Answer {
  const jdls = z.array(z.string()).safeParse(body)
  if (!jdls.success) return problem(422, 'not a list of JDLs')
  if (jdls.data.length > MOST_JOBS) return problem(400, `Normal user cannot submit more than ${MOST_JOBS} jobs at once`)
  const read = jdls.data.map(readJdl)
  // One that is wrong takes all others with it.
  if (!read.every((jdl) => jdl !== undefined && JOB_TYPES.includes(jdl.JobType ?? 'User'))) return problem(400, 'JDL syntax error')
  const jobs = read.map((jdl) => insert(world, jdl ?? {}, user.name))
  for (const job of jobs) runJob(world, job)
  const TimeStamp = new Date().toISOString()
  return { status: 201, body: jobs.map(({ id }) => ({ JobID: id, Status: 'Received', MinorStatus: 'Job accepted', TimeStamp })) }
}

/** A job that nobody runs. */
export function insert(world: World, jdl: Record<string, string>, owner: string): Job {
  const id = world.jobs.size + 1
  const job: Job = { id, owner, status: 'Received', minor: 'Job accepted', application: 'Unknown', jdl, changedMs: 0, output: [] }
  world.jobs.set(id, job)
  return job
}

function rowOf(job: Job): Record<string, string | number> {
  const { JobName = 'Unknown', JobGroup = '00000000', Site = 'ANY' } = job.jdl
  return {
    JobID: job.id,
    JobName,
    JobGroup,
    Site,
    Status: job.status,
    MinorStatus: job.minor,
    ApplicationStatus: job.application,
    Owner: job.owner,
  }
}

function search(world: World, { url, body }: Asked, user: User): Answer {
  const page = Number(url.searchParams.get('page') ?? 1)
  const perPage = Number(url.searchParams.get('per_page') ?? 100)
  const conditions = SearchBody.safeParse(body)
  if (!conditions.success || !(page >= 1) || !(perPage >= 1 && perPage <= MOST_PER_PAGE)) return problem(422, 'not a search')
  const rows = [...world.jobs.values()].filter(({ owner }) => world.isOpen || owner === user.name).map(rowOf)
  const found = rows.filter((row) =>
    conditions.data.search.every((one) => {
      const wanted = one.operator === 'eq' ? [one.value] : one.values
      // MySQL's usual collation does not tell capitals from others.
      return wanted.map((value) => String(value).toLowerCase()).includes(String(row[one.parameter]).toLowerCase())
    }),
  )
  const first = (page - 1) * perPage
  const some = found.slice(first, first + perPage)
  const range = (text: string) => ({ headers: { 'content-range': `jobs ${text}/${found.length}` } })
  if (some.length === 0 && found.length > 0) return { status: 416, body: some, ...range('*') }
  if (some.length < found.length) return { status: 206, body: some, ...range(`${first}-${first + some.length - 1}`) }
  return { status: 200, body: some }
}

function keyOf(pfn: string): string {
  return pfn.split('/S3/sandboxes/')[1] ?? ''
}

function sandbox(world: World, body: unknown, user: User): Answer {
  const info = SandboxBody.safeParse(body)
  if (!info.success) return problem(422, 'not a sandbox')
  const key = `ops/user/${user.name}/sha256:${info.data.checksum}.${info.data.format}`
  const pfn = `SB:SandboxSE|/S3/sandboxes/${key}`
  if (world.store.objects.has(key)) return { status: 200, body: { pfn, url: null, fields: {} } }
  return { status: 200, body: { pfn, ...formFor(world.store, key, info.data.checksum) } }
}

function outputs(world: World, id: number, user: User): Answer {
  const job = world.jobs.get(id)
  return job?.owner === user.name ? { status: 200, body: job.output } : problem(403, 'Forbidden')
}
