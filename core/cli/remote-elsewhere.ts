import type { Command } from 'commander'
import { RefusedError } from '../domain/errors.ts'
import { verbs } from './program.ts'

/** Where a person finds what a verb shows or does; RUN stands for the run. */
const pages: Record<string, string> = {
  ...{
    approve: '/runs/RUN/plan',
    launch: '/runs/RUN/plan',
    appeal: '/runs/RUN',
    mail: '/runs/RUN',
    contacts: '/sites',
    checklist: '/runs/RUN/checklist',
    held: '/runs/RUN/held',
  },
  ...{ identities: '/identities', scenario: '/scenarios', metrics: '/metrics' },
}

/** Each verb that no token can do, or that is not told by the API, says so, and what to do. */
export function addElsewhere(program: Command, url: string): void {
  const known = new Set(program.commands.map((command) => command.name()))
  for (const [name, { summary }] of Object.entries(verbs)) {
    if (known.has(name)) continue
    program
      .command(name, { hidden: true })
      .summary(summary)
      .argument('[words...]')
      .allowUnknownOption()
      .helpOption(false)
      .action((words: string[]) => refuse(url, name, words[0]))
  }
}

/** What to do instead of a verb that cannot be done from here. */
export function refuse(url: string, verb: string, run: string | undefined): never {
  const page = pages[verb.split(' ')[0]!]?.replace('RUN', run === undefined || run.startsWith('-') ? 'RUN' : encodeURIComponent(run))
  if (verb === 'approve' || verb === 'launch')
    throw new RefusedError(`to ${verb} takes a person who is signed in, and no token can do it: open ${url}${page}`)
  const where = page === undefined ? '' : `open ${url}${page}, or `
  throw new RefusedError(
    `ssc ${verb} does not work through the API: ${where}say it on the machine of the instance, where SSC_URL is not set`,
  )
}
