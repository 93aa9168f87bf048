import type { Instance } from '../instance.ts'
import { statusOf } from '../status.ts'
import { type Cli, visible } from './cli.ts'

const REDRAW_MS = 300
const PLAIN_LINE_MS = 2_000

/** Shows how a run fares while it goes on: one line drawn anew on a terminal, a line now and then elsewhere. */
export function progressDisplay(cli: Cli, { store, clock }: Instance, run: string) {
  const everyMs = cli.isTerminal ? REDRAW_MS : PLAIN_LINE_MS
  let last = 0
  let drawn = false

  async function draw(): Promise<void> {
    const status = await statusOf(store, run)
    const { lights } = status
    const known = status.sites - lights.pending
    const line = [
      new Date(clock.now()).toISOString().slice(0, 16).replace('T', ' '),
      `sites ${status.sites}`,
      `jobs ${status.jobs.submitted}, stopped ${status.jobs.stopped}`,
      `heartbeats ${status.heartbeats}`,
      `mails ${status.mails.accepted}`,
      `replies ${status.mails.answers}`,
      `lights ${known}: ${lights.green} green, ${lights.amber} amber, ${lights.red} red, ${lights.grey} grey`,
    ].join(' | ')
    cli.out(cli.isTerminal ? `\r\u001b[K${line.slice(0, cli.columns - 1)}` : `${line}\n`)
    drawn = true
  }

  return {
    turn: async () => {
      if (Date.now() - last < everyMs) return
      await draw()
      last = Date.now()
    },
    note: (text: string) => cli.err(`${cli.isTerminal && drawn ? '\n' : ''}${visible(text)}\n`),
    end: async () => {
      await draw()
      if (cli.isTerminal) cli.out('\n')
    },
  }
}
