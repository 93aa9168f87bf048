import type { Command } from 'commander'
import { keepAccount } from '../app/admit-person.ts'
import { InputError, RefusedError } from '../domain/errors.ts'
import { nameKey } from '../domain/run-state.ts'
import { inviteTo } from '../invitation.ts'
import { officeOriginOf } from '../urls.ts'
import { type Cli, printJson } from './cli.ts'

export function addInvite(command: Command, cli: Cli): void {
  command
    .description(
      "Makes a new link to the officers' pages for somebody who has an account and cannot come in any more, such as the only officer whose passkey is lost. It holds for 7 days, and once; the one before it holds no longer. New accounts are made on the page Accounts.",
    )
    .argument('<name>', 'as the account is called')
    .option('--json', 'as data')
    .action(async (name: string, { json }: { json?: true }) => {
      const instance = await cli.instance()
      const all = await instance.accounts.list()
      const account = all.find((one) => nameKey(one.name) === nameKey(name))
      if (account === undefined)
        throw new InputError(`there is no account '${name}'. There are: ${all.map((one) => one.name).join(', ') || 'none yet'}.`, [])
      if (account.disabledMs !== undefined) throw new RefusedError(`${account.name} was closed.`)
      const link = await inviteTo(instance, officeOriginOf(cli.config.operator), account.id)
      await keepAccount(instance, account, { what: 'invited', by: `${cli.user}, on the machine` })
      if (json) return printJson(cli, { name: account.name, link })
      cli.out(`Give this link to ${account.name}: ${link}\n`)
    })
}
