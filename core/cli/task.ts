import { randomBytes } from 'node:crypto'
import { Argument, type Command } from 'commander'
import { orderTask } from '../app/order-task.ts'
import { readLaunchedRun } from '../app/view.ts'
import { InputError } from '../domain/errors.ts'
import { pausedBy } from '../domain/run-state.ts'
import { type Action, actions, catalogue, orderWords } from '../domain/task.ts'
import type { LaunchedRun } from '../domain/work.ts'
import { type Cli, printJson } from './cli.ts'
import { neverEmpty } from './run-file.ts'

type Options = { site?: string[]; allSites?: true; by: string; json?: true }

export function addTask(command: Command, cli: Cli): void {
  command
    .description(
      `Has agents do something that the scenario declared. It goes out, signed, at their next heartbeat; what became of it: ssc traces RUN --site NAME\n${numbersText()}`,
    )
    .argument('<run>')
    .addArgument(new Argument('<action>', 'what they do').choices(actions))
    .argument('[number]', 'which one, or how many')
    .option('--site <names...>', 'the agents of these sites')
    .option('--all-sites', 'the agents of all sites')
    .option('--by <name>', 'who orders it', cli.user)
    .option('--json', 'as data')
    .action(async (name: string, action: Action, ...[number, options]: [string | undefined, Options]) => {
      const by = neverEmpty(options.by, '--by')
      const order = { do: action, ...(number === undefined ? {} : { number: numberOf(number) }) }
      const instance = await cli.instance()
      const run = await readLaunchedRun(instance.store, name)
      const sites = sitesOf(run, options)
      const told = await orderTask(instance, { run: name, sites, order, by, id: randomBytes(4).toString('hex') })
      if (options.json) return printJson(cli, { run: name, ...order, by, told })
      cli.out(
        `Ordered: ${orderWords(order)}, at ${told} ${told === 1 ? 'site' : 'sites'}. It is told where an agent runs, while \`ssc serve\` does.\n`,
      )
      if (pausedBy(run)) cli.out(`The run is paused: it waits until you go on (ssc resume ${name}) and decide (ssc held ${name}).\n`)
    })
}

function numbersText(): string {
  const numbers = actions.flatMap((action) => {
    const bounds = catalogue[action]
    return bounds === null ? [] : [`${action} ${bounds.least} to ${bounds.most}`]
  })
  return `Numbers: ${numbers.join(', ')}; the others take none.`
}

function numberOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InputError(`the number must be a whole one, and '${text}' is not`, [])
  return Number(text)
}

/** None for all sites, as the use case has it; every unknown name is told. */
function sitesOf({ plan }: LaunchedRun, { site: names, allSites }: Options): string[] {
  if ((names === undefined) === (allSites === undefined)) throw new InputError('for whom: --site NAME..., or --all-sites for everybody', [])
  const known = new Set(plan.sites.map((site) => site.name))
  const unknown = [...new Set(names)].filter((name) => !known.has(name))
  if (unknown.length > 0) throw new InputError(`not in the plan of ${plan.id}, which has ${[...known].join(', ')}:`, unknown)
  return [...new Set(names)]
}
