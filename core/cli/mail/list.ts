import type { Command } from 'commander'
import { addresseeOf } from '../../addressees.ts'
import { readPlannedRun } from '../../app/view.ts'
import { letterWords } from '../../domain/mail-words.ts'
import { plainLine } from '../../domain/text.ts'
import { utcWords } from '../../domain/zone.ts'
import { failedStates, type LetterRow, letterRows, letterStates } from '../../letter-rows.ts'
import { type Cli, printJson, table } from '../cli.ts'

type Options = { site?: string; party?: string; failed?: true; json?: true }

export function addList(mail: Command, cli: Cli): void {
  mail
    .command('list')
    .summary('list all letters of a run with what became of them, and the answers')
    .argument('<run>')
    .option('--site <name>', 'those about one site')
    .option('--party <id>', 'those to one party of the run')
    .option('--failed', 'those that were refused, came back, or are uncertain')
    .option('--json', 'as data')
    .action((run: string, options: Options) => list(cli, run, options))
}

async function list(cli: Cli, name: string, { failed, json, ...whom }: Options): Promise<void> {
  const { store } = await cli.instance()
  const run = await readPlannedRun(store, name)
  const isOne = whom.site !== undefined || whom.party !== undefined
  const of = isOne ? [addresseeOf(run, whom)] : [...run.plan.sites, ...run.plan.parties]
  const all = await letterRows(store, run, of)
  const rows = failed ? all.filter(({ state }) => failedStates.includes(state)) : all
  if (json) return printJson(cli, { run: name, letters: rows, counts: countsOf(all) })
  cli.out(lettersText(name, rows, all))
}

/** The rows that are asked for; what is said of all of them, and what to do. */
export function lettersText(run: string, rows: readonly LetterRow[], all: readonly LetterRow[]): string {
  const has = (...states: LetterRow['state'][]) => all.some(({ state }) => states.includes(state))
  const lines = [
    ...(rows.length > 0 ? [lettersTable(rows)] : []),
    summaryOf(all).trimEnd(),
    ...(has('refused', 'came back')
      ? [`What was refused or came back is sent once more with: ssc mail resend ${run} --failed --by NAME`]
      : []),
    ...(has('unsure') ? ['What is unsure may have gone out: ask the other side first, then add --unsure.'] : []),
    ...(has('held') ? [`What is held waits for a decision: ssc held ${run}`] : []),
  ]
  return `${lines.join('\n')}\n`
}

function lettersTable(rows: readonly LetterRow[]): string {
  const lines = rows.map((row) => [
    row.who,
    letterWords(row),
    row.address,
    row.state,
    utcWords(row.at),
    answerWords(row),
    plainLine(row.words, 120),
  ])
  return table([['WHO', 'LETTER', 'ADDRESS', 'STATE', 'WHEN', 'ANSWERS', 'WHY'], ...lines])
}

function answerWords({ answers: { human, automatic, bounce } }: Pick<LetterRow, 'answers'>): string {
  const words = [...(human > 0 ? [`${human} by people`] : []), ...(automatic > 0 ? [`${automatic} automatic`] : [])]
  return [...words, ...(bounce > 0 ? [`${bounce} undeliverable`] : [])].join(', ') || '-'
}

function countsOf(rows: readonly LetterRow[]) {
  const states = Object.fromEntries(letterStates.map((state) => [state, rows.filter((row) => row.state === state).length]))
  const sum = (kind: keyof LetterRow['answers']) => rows.reduce((n, row) => n + row.answers[kind], 0)
  return { letters: rows.length, states, answers: { human: sum('human'), automatic: sum('automatic'), bounce: sum('bounce') } }
}

function summaryOf(rows: readonly LetterRow[]): string {
  const { letters, states, answers } = countsOf(rows)
  if (letters === 0) return 'No letter was written or ordered yet.\n'
  const words = Object.entries(states).flatMap(([state, n]) => (n === 0 ? [] : [`${n} ${state}`]))
  return `${letters} ${letters === 1 ? 'letter' : 'letters'}: ${words.join(', ')}. Answers: ${answerWords({ answers }).replace('-', 'none')}.\n`
}
