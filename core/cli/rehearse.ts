import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { keepPlan, type PlanRequest, planRun } from '../app/plan-run.ts'
import { readRunState } from '../app/view.ts'
import { createReach } from '../context.ts'
import { InputError } from '../domain/errors.ts'
import type { Plan } from '../domain/plan.ts'
import { pausedBy } from '../domain/run-state.ts'
import type { Scenario } from '../domain/scenario.ts'
import type { Instance } from '../instance.ts'
import { createStore } from '../io/store/store.ts'
import { keepReports } from '../kept-reports.ts'
import { loadMailTemplates, loadSubmitters } from '../plugins.ts'
import type { Store } from '../ports.ts'
import { REHEARSALS, rehearsals } from '../rehearsal/list.ts'
import { rehearse } from '../rehearsal/rehearse.ts'
import { keptStoryTime, type StoryClock, storyClock, storyFolder } from '../rehearsal/story-clock.ts'
import { reportOf } from '../report.ts'
import { type Cli, Exit, printJson, visible } from './cli.ts'
import { shortPlanText } from './plan.ts'
import { progressDisplay } from './progress.ts'
import { planRequest } from './run-file.ts'
import { lightsTable } from './score-tables.ts'

type Options = { resume?: true; json?: true; seed?: string }

export function addRehearse(command: Command, cli: Cli): void {
  command
    .argument('[run.yaml]', 'what is wanted, or a scenario for its sample (default: ssc6-cms)')
    .option('--resume', 'go on with the newest rehearsal that did not come to its end')
    .addOption(new Option('--seed <number>', 'another draw of sites and of how they behave'))
    .option('--json', 'only the lights, as data, at the end')
    .action(async (file: string | undefined, options: Options) => {
      const base = await cli.instance()
      const fresh = options.resume ? undefined : await freshPlan(cli, file, options)
      const { plan, scenario } = fresh ? { plan: fresh.plan, scenario: fresh.request.scenario } : await unfinished(cli, base.store)
      const before = (await base.store.readRun(plan.id)).map((event) => event.at)
      const clock = storyClock(Math.max(Date.parse(plan.run.window.from), keptStoryTime(storyFolder(cli.config.home, plan.id)), ...before))
      const instance = { ...base, clock, store: await createStore(base.db, clock) }
      if (fresh) await begin(instance, fresh)
      if (!options.json) cli.out(shortPlanText(plan, scenario))
      await play(cli, instance, { plan, ...options })
    })
}

async function begin(instance: Instance, { request, plan }: { request: PlanRequest; plan: Plan }): Promise<void> {
  await keepPlan(instance, request, { plan, by: 'rehearsal' })
  await instance.store.putDocument(REHEARSALS, [...(await rehearsals(instance.store)), plan.id])
}

async function play(cli: Cli, instance: Instance & { clock: StoryClock }, { plan, ...options }: Options & { plan: Plan }): Promise<void> {
  const display = progressDisplay(options.json ? { ...cli, out: () => {} } : cli, instance, plan.id)
  const reach = createReach(cli.config)
  await rehearse(instance, {
    run: plan.id,
    plugins: await loadSubmitters(cli.config.home),
    reach,
    templates: loadMailTemplates(cli.config.home),
    onTurn: display.turn,
    log: (message, data) => display.note(`${message} ${JSON.stringify(data ?? {})}`),
    signal: cli.signal,
  }).finally(reach.close)
  await display.end()
  const report = await reportOf(instance, plan.id)
  const file = await keepReports(cli, report, { again: false })
  if (options.json) return printJson(cli, { run: plan.id, report: file, sites: report.sites })
  cli.out(`\n${lightsTable(report.sites)}\nReport: ${file}\n`)
  cli.out(`Why a light has its colour: ssc score ${plan.id} --site NAME --explain\n`)
  if (report.phase === 'ended' || report.phase === 'stopped') return
  const pause = pausedBy(await readRunState(instance.store, plan.id))
  if (pause) cli.err(`It halted: ${visible(pause.reason)} (${visible(pause.by)}).\n`)
  throw new Exit(1)
}

/** Every rehearsal is a run of its own: the second of the same plan gets a number. */
async function freshPlan(cli: Cli, file: string | undefined, options: Options): Promise<{ request: PlanRequest; plan: Plan }> {
  const seed = options.seed === undefined ? {} : { seed: seedOf(options.seed) }
  const request = await planRequest(cli, file, { rehearsal: true, ...seed })
  const plan = planRun(request)
  const taken = new Set((await (await cli.instance()).store.listRuns()).map((row) => row.run))
  let id = plan.id
  for (let n = 2; taken.has(id); n++) id = `${plan.id}-${n}`
  return { request, plan: { ...plan, id } }
}

function seedOf(text: string): number {
  const seed = Number(text)
  if (!Number.isInteger(seed) || seed < 0 || seed > 2 ** 31) throw new InputError('--seed is a whole number from 0 to 2147483648', [])
  return seed
}

/** The newest one without its report, which is written last. */
async function unfinished({ config }: Cli, store: Store): Promise<{ plan: Plan; scenario: Scenario }> {
  for (const id of (await rehearsals(store)).reverse()) {
    const run = await readRunState(store, id)
    const isOver = run.stopped !== undefined || (run.endedMs !== undefined && existsSync(join(config.home, 'reports', `${id}.html`)))
    if (!isOver && run.scenario) return { plan: run.plan, scenario: run.scenario }
  }
  throw new InputError('there is no rehearsal to go on with. Start one with: ssc rehearse', [])
}
