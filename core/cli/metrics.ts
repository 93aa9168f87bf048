import { type Command, Option } from 'commander'
import { metricsOf } from '../documents.ts'
import type { Metrics } from '../domain/document.ts'
import { InputError } from '../domain/errors.ts'
import type { Cli } from './cli.ts'
import { deliver, formatFor } from './deliver.ts'

type Options = { by: Metrics['by']; from?: string; to?: string; format: string; out?: string }

const DAY_MS = 86_400_000

export function addMetrics(command: Command, cli: Cli): void {
  command
    .description(
      'Figures over time, of all own runs that ended in each month or quarter (UTC). Rehearsals count only where there is no real run.',
    )
    .addOption(new Option('--by <period>', 'how long a period is').choices(['month', 'quarter']).default('quarter'))
    .option('--from <day>', 'the first day that counts, for example 2027-01-01')
    .option('--to <day>', 'the last one')
    .option('--format <name>', 'how it is written', 'html')
    .option('--out <file>', 'where to (default: to the output)')
    .action(async ({ by, from, to, format, out }: Options) => {
      const [fromMs, toMs] = [dayOf(from, '--from'), dayOf(to, '--to')]
      if (fromMs !== undefined && toMs !== undefined && toMs < fromMs) throw new InputError('--to is before --from', [])
      await formatFor(cli, format, 'metrics')
      const wish = { by, ...(fromMs !== undefined && { fromMs }), ...(toMs !== undefined && { toMs: toMs + DAY_MS - 1 }) }
      await deliver(cli, await metricsOf(await cli.instance(), wish), { format, out })
    })
}

/** The day's first moment in UTC, ms since 1970. A day that is in no calendar is not one. */
function dayOf(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return ms
  throw new InputError(`${option} needs a day, for example 2027-01-01`, [])
}
