import { createHash } from 'node:crypto'
import { PermanentError } from '../../core/domain/errors.ts'
import type { JobRequest } from '../../core/domain/submitter.ts'
import { MAX_EMBEDDED_BYTES } from './schema.ts'

/** The file that takes the job's output and errors, joined. */
export const OUTPUT = 'ssc.out'
/** The script's name where it runs. */
export const SCRIPT = 'ssc.sh'

/** The columns of DIRAC's table of jobs: diracx-db/src/diracx/db/sql/job/schema.py. */
const NAME_LENGTH = 128
const GROUP_LENGTH = 32
/** The bounds that DIRAC knows for CPUTime, seconds: JobManifest.py. */
const CPU_SECONDS = { least: 100, most: 500_000 }

/**
 * A JDL has no escapes: DIRAC reads it with two parsers, of which one ends a value at any `;`, drops all `"`, and takes `[`,
 * `{` and `,` for structure (ClassAdLight.py, JDL.py), and `%` is for placeholders such as `%j`. So only what none of them
 * takes for anything may stand in a value; `%3D` is the one escape that we need ourselves.
 */
const SAFE = /^(?! )(?:[A-Za-z0-9 ._/:+=@|>&'$-]|%3D)+(?<! )$/

/** `Name = "value";`. Throws when the value could be read as anything but itself. */
export function attribute(name: string, value: string | number): string {
  if (!/^[A-Za-z]+$/.test(name) || !SAFE.test(String(value))) throw new PermanentError(`a JDL cannot hold this ${name}`)
  return typeof value === 'number' ? `${name} = ${value};` : `${name} = "${value}";`
}

/** How the script gets there: as a sandbox or file that the JDL names, or in the JDL itself. */
export type Carrier = { sandbox: string } | { embedded: true }
export type Description = { job: JobRequest; group: string; jobType: string; carrier: Carrier }

/** The JDL of one job for one site: https://dirac.readthedocs.io/en/latest/UserGuide/GettingStarted/UserJobs/JDLReference */
export function jdlOf({ job, group, jobType, carrier }: Description): string {
  const cpuSeconds = Math.min(CPU_SECONDS.most, Math.max(CPU_SECONDS.least, Math.ceil(job.lifeSeconds)))
  const lines = [
    attribute('JobName', jobName(job.label)),
    attribute('JobGroup', group),
    attribute('JobType', jobType),
    attribute('Site', job.voName ?? ''),
    attribute('CPUTime', cpuSeconds),
    attribute('Executable', '/bin/sh'),
    ...carried(job, carrier),
    // With one name for both, DIRAC appends both to one file.
    ...['StdOutput', 'StdError', 'OutputSandbox'].map((name) => attribute(name, OUTPUT)),
  ]
  return `[\n${lines.map((line) => `  ${line}\n`).join('')}]`
}

/**
 * The environment is seen by the job's own account alone, arguments by everybody on the node. DIRAC takes what stands
 * behind the first `=` and undoes URL quoting: JobWrapper.py, `ExecutionEnvironment`.
 */
function carried(job: JobRequest, carrier: Carrier): string[] {
  if ('sandbox' in carrier) return [attribute('InputSandbox', carrier.sandbox), attribute('Arguments', commandLine(job.lifeSeconds, ''))]
  if (Buffer.byteLength(job.script) > MAX_EMBEDDED_BYTES)
    throw new PermanentError(`a script of more than ${MAX_EMBEDDED_BYTES} bytes needs sandboxes: set the option sandboxStore`)
  const script = Buffer.from(job.script).toString('base64').replaceAll('=', '%3D')
  const unpack = `echo $SSC_SCRIPT | base64 -d > ${SCRIPT} && unset SSC_SCRIPT && `
  return [attribute('ExecutionEnvironment', `SSC_SCRIPT=${script}`), attribute('Arguments', commandLine(job.lifeSeconds, unpack))]
}

/** DIRAC has no wall time limit of its own for a job. Exit code 222 would have it run again (JobWrapper.py, EWMSRESC): there is only 0 and 1. */
function commandLine(lifeSeconds: number, before: string): string {
  const most = Math.max(1, Math.ceil(lifeSeconds))
  return `-c 'umask 077 && ${before}timeout -k 30 ${most} /bin/sh ${SCRIPT} 2>&1 || exit 1'`
}

/** The job's name in DIRAC: the label, or as much of it as fits and a hash of the whole. */
export function jobName(label: string): string {
  return fitted(label, NAME_LENGTH)
}

/** The run is what a label begins with: `ssc-<scenario>-<8 hexadecimal digits>-<site>`. */
export function runGroup(label: string): string {
  return fitted(/^ssc-.*?-[0-9a-f]{8}(?=-)/.exec(label)?.[0] ?? label, GROUP_LENGTH)
}

/** A group of one job: DIRAC's commands search by group and not by name. Never digits alone, which they would pad. */
export function labelGroup(label: string): string {
  return `ssc-${hash(label).slice(0, GROUP_LENGTH - 4)}`
}

function fitted(text: string, most: number): string {
  const kept = Math.ceil(most / 2) - 1
  return text.length <= most ? text : `${text.slice(0, kept)}-${hash(text).slice(0, most - kept - 1)}`
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
