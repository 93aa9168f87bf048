import type { Command } from 'commander'
import { REPORT_LINK } from '../../app/send-mail.ts'
import { findReportLink } from '../../app/take-report.ts'
import { plannedSite, readPlannedRun, streamOf } from '../../app/view.ts'
import { below } from '../../domain/address.ts'
import { RefusedError } from '../../domain/errors.ts'
import { sitesUrlOf } from '../../urls.ts'
import type { Cli } from '../cli.ts'

export function addLink(mail: Command, cli: Cli): void {
  mail
    .command('link')
    .summary("show the personal link of a site's common report")
    .argument('<run>')
    .requiredOption('--site <name>', 'whose report')
    .action(async (name: string, { site }: { site: string }) => {
      const instance = await cli.instance()
      const run = await readPlannedRun(instance.store, name)
      const token = instance.keys.mailToken(streamOf(run, plannedSite(run, site)), REPORT_LINK)
      if ((await findReportLink(instance, token)) === undefined)
        throw new RefusedError(`no letter was sent to ${site} yet: its link works once one was. See: ssc mail list ${name} --site ${site}`)
      cli.out(`${below(sitesUrlOf(cli.config), `/report/${token}`)}\n`)
      cli.err('Whoever has this link can report for the site: give it to its security contact alone.\n')
    })
}
