import { Command, CommanderError } from 'commander'
import { InputError, messageOf, PermanentError, RefusedError, TransientError } from '../domain/errors.ts'
import { type Cli, Exit, visible, visibleLines } from './cli.ts'

type Verb = { summary: string; load(): Promise<(command: Command, cli: Cli) => void> }

/** One verb, one file, read only when it is called: a short verb starts fast. */
export const verbs: Readonly<Record<string, Verb>> = {
  sites: { summary: 'what is known of the federation: import, fetch, list', load: async () => (await import('./sites.ts')).addSites },
  identities: {
    summary: 'who acts in a challenge: memberships, credentials and when they end',
    load: async () => (await import('./identities.ts')).addIdentities,
  },
  scenario: {
    summary: 'the stories of challenges: list, show, check, make, export and import',
    load: async () => (await import('./scenario.ts')).addScenario,
  },
  plan: { summary: 'choose the sites of a run, and show who is left out and why', load: async () => (await import('./plan.ts')).addPlan },
  approve: { summary: 'approve the plan of a run as it stands', load: async () => (await import('./approve.ts')).addApprove },
  consent: {
    summary: 'write down who agrees to take part, or does so no longer; or show how it stands',
    load: async () => (await import('./consent.ts')).addConsent,
  },
  launch: {
    summary: 'set an approved run in motion; `ssc serve` carries it out',
    load: async () => (await import('./launch.ts')).addLaunch,
  },
  status: { summary: 'show all runs, or how one fares', load: async () => (await import('./status.ts')).addStatus },
  note: {
    summary: 'put a word of yours into the log of a challenge: a phone call is evidence too',
    load: async () => (await import('./note.ts')).addNote,
  },
  checklist: {
    summary: 'show what an officer does by hand in a run, phase by phase, and tick it off',
    load: async () => (await import('./checklist.ts')).addChecklist,
  },
  task: {
    summary: 'have agents do something that the scenario declared',
    load: async () => (await import('./task.ts')).addTask,
  },
  traces: {
    summary: 'show what an investigation at a site can find: the answer key',
    load: async () => (await import('./traces.ts')).addTraces,
  },
  pause: {
    summary: 'hold a run: nothing new is sent until it goes on; or agree a time in which the clocks of one site stand still',
    load: async () => (await import('./pause.ts')).addPause,
  },
  resume: { summary: 'go on with a paused run', load: async () => (await import('./resume.ts')).addResume },
  held: { summary: 'show what fell into a pause, and decide on it', load: async () => (await import('./held.ts')).addHeld },
  'no-drill': {
    summary: 'a real incident comes first: freeze a run, and tell all who take part',
    load: async () => (await import('./no-drill.ts')).addNoDrill,
  },
  stop: {
    summary: 'full stop: nothing more is sent, every agent is told to stop, every job is cancelled',
    load: async () => (await import('./stop.ts')).addStop,
  },
  report: {
    summary: 'write the report of a run or of a site, a certificate, an acknowledgement',
    load: async () => (await import('./report.ts')).addReport,
  },
  compare: {
    summary: 'put runs side by side, scored with one rubric',
    load: async () => (await import('./compare.ts')).addCompare,
  },
  metrics: {
    summary: 'show figures over time, by month or by quarter',
    load: async () => (await import('./metrics.ts')).addMetrics,
  },
  score: {
    summary: 'show the lights of a run, or of one site with every point explained',
    load: async () => (await import('./score.ts')).addScore,
  },
  override: {
    summary: "put your verdict on a light in the place of the rubric's, with the reason",
    load: async () => (await import('./override.ts')).addOverride,
  },
  appeal: {
    summary: 'appeals of sites against their lights: list, show, answer',
    load: async () => (await import('./appeal.ts')).addAppeal,
  },
  mail: {
    summary: 'the correspondence of a run: list, read, preview and send letters, sort and judge answers',
    load: async () => (await import('./mail.ts')).addMail,
  },
  contacts: {
    summary: 'show which contacts of the sites work: what bounced, who answered, how fast and how well',
    load: async () => (await import('./contacts.ts')).addContacts,
  },
  purge: {
    summary: 'erase personal content after the time of retention; the log and its hashes stay',
    load: async () => (await import('./purge.ts')).addPurge,
  },
  access: {
    summary: 'show for each site and service which identities are let in, and since when',
    load: async () => (await import('./access.ts')).addAccess,
  },
  submitters: {
    summary: 'list the job systems and what each can do, or check one',
    load: async () => (await import('./submitters.ts')).addSubmitters,
  },
  webhooks: {
    summary: 'who is told of what happens, and where each of them stands',
    load: async () => (await import('./webhooks.ts')).addWebhooks,
  },
  archive: {
    summary: 'a whole run as one file that anybody can verify: export, import those of others, list, remove',
    load: async () => (await import('./archive.ts')).addArchive,
  },
  backup: {
    summary: 'write the whole instance into one file, also while it runs',
    load: async () => (await import('./backup.ts')).addBackup,
  },
  restore: {
    summary: 'make an instance from a backup, in an empty folder',
    load: async () => (await import('./backup.ts')).addRestore,
  },
  verify: {
    summary: 'check that the log of a run is whole, that its report follows from it, or that a file which was given out holds',
    load: async () => (await import('./verify.ts')).addVerify,
  },
  rehearse: {
    summary: 'go through a whole run on this machine, with simulated sites: nobody outside is reached',
    load: async () => (await import('./rehearse.ts')).addRehearse,
  },
  invite: {
    summary: "let somebody into the officers' pages again, whose passkey is lost",
    load: async () => (await import('./invite.ts')).addInvite,
  },
  serve: {
    summary: 'carry out the launched runs: jobs, heartbeats, mails; every verb works meanwhile',
    load: async () => (await import('./serve.ts')).addServe,
  },
  doctor: {
    summary: 'check configuration, store, queue, mail and keys, and say what to do',
    load: async () => (await import('./doctor.ts')).addDoctor,
  },
}

/** Runs one verb. Gives back the exit status: 0 success, 1 failed, 2 wrong use or wrong input. */
export async function runProgram(argv: readonly string[], cli: Cli): Promise<number> {
  const program = new Command('ssc')
    .description('Security service challenges: fire drills for incident response across a federation of computing sites.')
    .configureOutput({ writeOut: cli.out, writeErr: cli.err })
    .exitOverride()
  const called = argv.find((word) => word !== 'help' && word !== '--help' && word !== '-h')
  for (const [name, { summary, load }] of Object.entries(verbs)) {
    const command = program.command(name).summary(summary)
    if (name === called) (await load())(command, cli)
  }
  return runParsed(program, argv, cli)
}

type Faults = Pick<Cli, 'err' | 'signal'>

/** Does what the words say; what is wrong with them, or goes wrong, becomes a line and an exit status. */
export async function runParsed(program: Command, argv: readonly string[], cli: Faults): Promise<number> {
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return 0
  } catch (error) {
    return statusOf(error, cli)
  }
}

function statusOf(error: unknown, cli: Faults): number {
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
function fail(cli: Faults, error: Error, status: number): number {
  cli.err(`ssc: ${visibleLines(error.message)}\n`)
  return status
}
