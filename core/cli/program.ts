import { Command, CommanderError } from 'commander'
import { InputError, messageOf, PermanentError, RefusedError, TransientError } from '../domain/errors.ts'
import { addApprove } from './approve.ts'
import { type Cli, Exit, visible } from './cli.ts'
import { addDoctor } from './doctor.ts'
import { addLaunch } from './launch.ts'
import { addNote } from './note.ts'
import { addPlan } from './plan.ts'
import { addRehearse } from './rehearse.ts'
import { addReport } from './report.ts'
import { addScore } from './score.ts'
import { addServe } from './serve.ts'
import { addSites } from './sites.ts'
import { addStatus } from './status.ts'
import { addStop } from './stop.ts'
import { addVerify } from './verify.ts'

const verbs = [
  addSites,
  addPlan,
  addApprove,
  addLaunch,
  addStatus,
  addNote,
  addStop,
  addReport,
  addScore,
  addVerify,
  addRehearse,
  addServe,
  addDoctor,
]

/** Runs one verb. Gives back the exit status: 0 success, 1 failed, 2 wrong use or wrong input. */
export async function runProgram(argv: readonly string[], cli: Cli): Promise<number> {
  const program = new Command('ssc')
    .description('Security service challenges: fire drills for incident response across a federation of computing sites.')
    .configureOutput({ writeOut: cli.out, writeErr: cli.err })
    .exitOverride()
  for (const add of verbs) add(program, cli)
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    return statusOf(error, cli)
  }
}

function statusOf(error: unknown, cli: Cli): number {
  if (error instanceof Exit) return error.status
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof InputError) return fail(cli, error, 2)
  if (error instanceof RefusedError || error instanceof TransientError || error instanceof PermanentError) return fail(cli, error, 1)
  if (cli.signal.aborted) return fail(cli, new Error('interrupted'), 1)
  cli.err(
    `ssc: ${visible(messageOf(error))}\nThis is a fault of the framework; please report it. Set SSC_DEBUG=1 to see where it comes from.\n`,
  )
  if (process.env.SSC_DEBUG && error instanceof Error) cli.err(`${error.stack}\n`)
  return 1
}

/** Each line by itself, so that what a file holds cannot draw on the terminal. */
function fail(cli: Cli, error: Error, status: number): number {
  cli.err(`ssc: ${error.message.split('\n').map(visible).join('\n')}\n`)
  return status
}
