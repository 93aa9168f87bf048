import type { Instance } from '../instance.ts'
import { type Status, statusOf } from '../status.ts'
import { BACK, type Cli, visible } from './cli.ts'

const REDRAW_MS = 300
const PLAIN_LINE_MS = 2_000

/** Shows how a run fares while it goes on: two lines drawn anew on a terminal, a line now and then elsewhere. */
export function progressDisplay(cli: Cli, { store, clock }: Instance, run: string) {
  const everyMs = cli.isTerminal ? REDRAW_MS : PLAIN_LINE_MS
  let last = 0
  let drawn = false

  async function draw(): Promise<void> {
    const [work, results] = linesOf(await statusOf(store, run), clock.now())
    if (!cli.isTerminal) return cli.out(`${work} | ${results}\n`)
    const cut = (line: string) => line.slice(0, cli.columns - 1)
    cli.out(`${drawn ? BACK : ''}${cut(work)}\n${cut(results)}`)
    drawn = true
  }

  return {
    turn: async () => {
      if (Date.now() - last < everyMs) return
      await draw()
      last = Date.now()
    },
    note: (text: string) => {
      cli.err(`${drawn ? '\n' : ''}${visible(text)}\n`)
      drawn = false
    },
    end: async () => {
      await draw()
      if (cli.isTerminal) cli.out('\n')
    },
  }
}

function linesOf({ sites, jobs, heartbeats, mails, lights }: Status, now: number): [work: string, results: string] {
  const time = new Date(now).toISOString().slice(0, 16).replace('T', ' ')
  const known = sites - lights.pending
  return [
    `${time} UTC | sites ${sites} | jobs ${jobs.submitted}, stopped ${jobs.stopped} | heartbeats ${heartbeats}`,
    `mails ${mails.accepted} | replies ${mails.answers} | lights ${known}: ${lights.green} green, ${lights.amber} amber, ${lights.red} red, ${lights.grey} grey`,
  ]
}
