import { agentNames } from './agent/names.ts'
import { type LaunchDeps, launchRun } from './app/launch-run.ts'
import { readRunState } from './app/view.ts'
import type { LaunchedRun } from './domain/work.ts'
import type { Instance } from './instance.ts'
import { openStopFile, openStopLines } from './io/stop-file.ts'
import { loadSubmitters } from './plugins.ts'
import { listenerUrlsOf } from './urls.ts'
import { renderJob } from './worker.ts'

/** Sets an approved run in motion, with the stop line on this machine that a stop without the store needs. */
export async function launch(instance: Instance, { run, by }: { run: string; by: string }): Promise<LaunchedRun> {
  const { plan } = await readRunState(instance.store, run)
  const now = instance.clock.wall()
  const agentsEndMs = Math.max(Date.parse(plan.run.window.to), now + 1000)
  const launched = await launchRun(await depsOf(instance), { run, by, agentsStartMs: now, agentsEndMs })
  openStopLines(instance.config.home).keep(run, launched.stopLine)
  return launched
}

async function depsOf(instance: Instance): Promise<LaunchDeps> {
  const { store, sha256, keys, config } = instance
  const listenerUrls = listenerUrlsOf(config)
  return {
    ...{ store, sha256, keys, listenerUrls, agentNames },
    submitters: (await loadSubmitters(config.home)).submitters,
    haltOf: (run) => haltWords(config.home, run),
    renderJob: (order) => renderJob(instance, { listenerUrls }, order),
  }
}

/** A word for the run itself stays; one for all is taken away by who knows that all is clear. */
function haltWords(home: string, run: string): string | undefined {
  const { file, haltOf, wordFor } = openStopFile(home)
  const halt = haltOf(run)
  return halt === undefined || wordFor(run)?.run !== undefined ? halt : `${halt}. When all is clear: rm ${file}`
}
