import { createHash } from 'node:crypto'
import type { JobRequest } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'
import { encode, execOf } from './payload.ts'
import type { PandaOptions } from './schema.ts'

/** JEDI keeps 128 characters of a task's name, and a log file's name is longer than it. */
const LONGEST_NAME = 100
const DIGEST_CHARS = 32

/** The idempotency key: the same for the same label, whoever asks, and different for different labels. */
export function taskName(label: string, { namePrefix }: Pick<PandaOptions, 'namePrefix'>): string {
  const name = `${namePrefix}${label}`
  if (name.length <= LONGEST_NAME) return name
  const digest = createHash('sha256').update(label).digest('hex').slice(0, DIGEST_CHARS)
  return `${name.slice(0, LONGEST_NAME - DIGEST_CHARS - 1)}.${digest}`
}

/**
 * One task of one job at one queue, as `prun` would make it: https://panda-wms.readthedocs.io/en/latest/advanced/task_params.html
 * `anal` and `uniqueTaskName` together make the server compare the name with the user's other tasks.
 */
export function taskParameters(job: JobRequest, options: PandaOptions): Record<string, unknown> {
  const name = taskName(job.label, options)
  const { workingGroup, cloud, transform } = options
  return {
    taskName: name,
    uniqueTaskName: true,
    vo: (options.vo ?? job.vo).replace(/:.*$/, ''),
    prodSourceLabel: options.prodSourceLabel,
    taskType: 'anal',
    processingType: options.processingType,
    // Without a userName the server puts the credential's own.
    taskPriority: 1000,
    architecture: null,
    transUses: '',
    transHome: null,
    site: job.voName,
    ...(workingGroup !== undefined && { workingGroup }),
    ...(cloud !== undefined && { cloud }),
    ...(transform !== undefined && { transPath: transform }),
    sourceURL: options.server,
    noInput: true,
    nEvents: 1,
    nEventsPerJob: 1,
    coreCount: 1,
    ramCount: options.ramMb,
    ramCountUnit: 'MBPerCore',
    maxWalltime: Math.ceil(job.lifeSeconds / 3_600),
    ...ONE_TRY,
    ...logOf(name, options.log),
    // Shown beside the task by PanDA's monitor, where a site looks when it wonders whose it is.
    cliParams: plainLine(`security service challenge; label ${job.label}; site ${job.site}; payload owner ${job.identity}`, 1_000),
    jobParameters: jobParameters(job),
  }
}

/** No scouts, no second attempt, no mail to the user, and no end because it writes nothing for long. */
const ONE_TRY = { skipScout: true, disableAutoRetry: 1, maxAttempt: 1, noEmail: true, noLoopingCheck: true }

function logOf(name: string, kind: PandaOptions['log']): Record<string, unknown> {
  if (kind === 'none') return {}
  // biome-ignore lint/suspicious/noTemplateCurlyInString: PanDA's own placeholder.
  const value = `${name}.log.$JEDITASKID.${'${SN}'}.log.tgz`
  const common = { type: 'template', param_type: 'log', value }
  if (kind === 'local') return { log: { ...common, dataset: `${name}.log`, token: 'local', destination: 'local' } }
  return { log: { ...common, dataset: `${name}.log/`, container: `${name}.log/` } }
}

function jobParameters(job: JobRequest): Record<string, unknown>[] {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: PanDA's own placeholder.
  const values = ['-j "" --sourceURL ${SURL}', '-r .', `-p "${encode(execOf(job))}"`]
  return values.map((value) => ({ type: 'constant', value }))
}
