import { abort, type Jedi, type Job, OVER, register, runAgain, type Task } from './tasks.ts'
import { type Envelope, no, type Parameters, yes } from './wire.ts'

export type Scene = {
  jedi: Jedi
  /** Bans that the database knows; the entry may not know them yet. */
  banned: ReadonlySet<string>
  maxActiveTasks: number
}

type Call = { user: string; given: Parameters; scene: Scene }
type Method = (call: Call) => Envelope

export const METHODS: Readonly<Record<string, Method>> = {
  'system/is_alive': () => yes(null),
  'system/get_voms_attributes': ({ user }) => yes({ GRST_CRED_0: `X509USER 0 0 1 ${user}` }, `GRST_CRED_0 : X509USER 0 0 1 ${user}`),
  'system/get_user_attributes': ({ user }) => yes({ user_dn_raw: user, user_dn_clean: user, fqans: [], is_production_user: false }),
  'task/submit': submit,
  'task/kill': kill,
  'task/get_status': (call) => ofTask(call, (task) => yes(task.status), 'Task not found'),
  'task/get_details': (call) => ofTask(call, details, 'Task not found or error retrieving the details'),
  'task/get_detailed_info': (call) => ofTask(call, (task) => yes(fieldsOf(task)), 'Task not found'),
  'task/get_job_ids': ({ given, scene }) => yes((find(given, scene)?.jobs ?? []).map((job) => job.id)),
  'task/get_job_descriptions': (call) => ofTask(call, (task) => yes(descriptions(task, call.given)), 'Task not found'),
  'task/get_task_parameters': ({ given, scene }) => {
    const task = scene.jedi.tasks.get(Number(given.task_id))
    return task === undefined ? no('Task not found') : yes(task.parameters)
  },
  'task/get_tasks_modified_since': list,
  'job/get_description_incl_archive': ({ given, scene }) => {
    const all = [...scene.jedi.tasks.values()].flatMap((task) => task.jobs.map((job) => describe(task, job)))
    return yes((given.job_ids as number[]).slice(0, 5_500).map((id) => all.find((job) => job.PandaID === id) ?? null))
  },
}

/** The codes of insertTaskParamsPanda. Python takes the False of a ban for the code 0: such a refusal is told as success. */
function submit({ user, given, scene }: Call): Envelope {
  const { jedi } = scene
  if (scene.banned.has(user)) return yes(null, `The following DN is banned: DN=${user}`)
  // Who has no production role is who he is, and does analysis.
  const parameters = { ...(given.task_parameters as Parameters), userName: user, taskType: 'anal', taskPriority: 1000 } as Parameters
  for (const name of ['taskName', 'vo', 'prodSourceLabel'])
    if (typeof parameters[name] !== 'string') return no(`failed to register task : '${name}'`, 4)
  const own = [...jedi.tasks.values()].filter((task) => task.user === user)
  const same = parameters.uniqueTaskName === true ? own.find((task) => task.parameters.taskName === parameters.taskName) : undefined
  if (same !== undefined) return repeated(same, jedi)
  const active = own.filter((task) => !OVER.includes(task.status)).length
  if (active >= scene.maxActiveTasks) return no(`Too many active tasks for ${user} ${active}>${scene.maxActiveTasks}`, 10)
  if (given.parent_tid !== undefined && !jedi.tasks.has(Number(given.parent_tid)))
    return no('failed to register task : parent not found', 11)
  const { id } = register(jedi, user, parameters)
  return yes(id, `succeeded. new jediTaskID=${id}`)
}

function repeated(task: Task, jedi: Jedi): Envelope {
  const { id, status } = task
  if (!task.isTakenUp) return no(`jediTaskID=${id} of this name is queued already`, 1)
  if (!OVER.includes(status) || status === 'broken') return no(`jediTaskID=${id} of this name is in the ${status} state already`, 2)
  runAgain(jedi, task)
  return yes(id, `reactivation accepted. jediTaskID=${id} (currently in ${status} state) will be re-executed with old and/or new input`)
}

const CLOSED = ['finished', 'done', 'prepared', 'broken', 'aborted', 'toabort', 'aborting', 'failed']

function kill({ user, given, scene }: Call): Envelope {
  const task = find(given, scene)
  if (task === undefined || task.user !== user) return no('not the task owner or no production role')
  if (CLOSED.includes(task.status))
    return no(`Command rejected: the kill command is not accepted if the task is in ${task.status} status`, 4)
  abort(scene.jedi, task)
  return yes(0, `command=kill is registered for task ID ${task.id}. will be executed in a few minutes`)
}

/** What JEDI knows: not what has only just been submitted. */
function find(given: Parameters, { jedi }: Scene): Task | undefined {
  const task = jedi.tasks.get(Number(given.task_id))
  return task?.isTakenUp ? task : undefined
}

function ofTask({ given, scene }: Call, body: (task: Task) => Envelope, otherwise: string): Envelope {
  const task = find(given, scene)
  return task === undefined ? no(otherwise) : body(task)
}

function fieldsOf(task: Task) {
  const { site, taskName, vo, prodSourceLabel } = task.parameters
  const stamp = { __datetime__: new Date().toISOString().slice(0, 19) }
  const own = { jediTaskID: task.id, reqID: task.id + 1_000_000, taskName, status: task.status, userName: task.user }
  return { ...own, modificationTime: stamp, errorDialog: task.dialog, site, vo, prodSourceLabel }
}

function details(task: Task): Envelope {
  return yes({ ...fieldsOf(task), PandaID: task.jobs.map((job) => job.id), statistics: '' })
}

/** Keyed by the request, not by the task. */
function list({ user, given, scene }: Call): Envelope {
  if (!/^\d+-\d+-\d+ \d+:\d+:\d+$/.test(String(given.since))) return yes({})
  const label = given.prod_source_label ?? 'user'
  const known = [...scene.jedi.tasks.values()].filter(
    (task) => task.isTakenUp && task.user === user && task.parameters.prodSourceLabel === label && task.id > Number(given.min_task_id ?? 0),
  )
  return yes(Object.fromEntries(known.map((task) => [String(task.id + 1_000_000), fieldsOf(task)])))
}

function descriptions(task: Task, given: Parameters) {
  const jobs = given.unsuccessful_only ? task.jobs.filter((job) => ['failed', 'cancelled', 'closed'].includes(job.status)) : task.jobs
  return jobs.map((job) => describe(task, job))
}

function describe(task: Task, { id, status, queue, exitCode }: Job) {
  const isBad = exitCode !== null && exitCode !== 0
  return {
    PandaID: id,
    jediTaskID: task.id,
    jobStatus: status,
    computingSite: queue,
    prodUserName: task.user,
    transExitCode: exitCode,
    pilotErrorCode: isBad ? 1305 : 0,
    pilotErrorDiag: isBad ? 'Failed to execute payload' : null,
    exeErrorCode: 0,
    exeErrorDiag: 'NULL',
    startTime: { __datetime__: '2026-01-01T00:00:00' },
    Files: [],
  }
}
