import { resolve } from 'node:path'
import type { Command } from 'commander'
import { documentSchemas } from '../domain/document-schema.ts'
import { InputError } from '../domain/errors.ts'
import { explainSite } from '../domain/explain.ts'
import type { SiteScore } from '../domain/report.ts'
import { utcWords } from '../domain/zone.ts'
import { accessPage } from '../http/operator/views/access.ts'
import { challengePage } from '../http/operator/views/challenge.ts'
import { lettersPage } from '../http/operator/views/letters.ts'
import { documentFile, reportsPage } from '../http/operator/views/reports.ts'
import { runsPage } from '../http/operator/views/runs.ts'
import { statusFile } from '../http/operator/views/status.ts'
import { writeWhole } from '../io/whole-file.ts'
import { failedStates, type LetterRow } from '../letter-rows.ts'
import { Status } from '../status.ts'
import type { Entry } from '../threads.ts'
import { printJson, table, visible } from './cli.ts'
import { lettersText } from './mail/list.ts'
import { threadsText } from './mail/thread.ts'
import type { Far } from './remote-api.ts'
import { refuse } from './remote-elsewhere.ts'
import { lightsTable } from './score-tables.ts'
import { runsTable, statusText } from './status.ts'

type Json = { json?: true }

/** What is read, and changes nothing. */
export function addReadings(program: Command, far: Far): void {
  program
    .command('status')
    .summary('show all runs, or how one fares')
    .argument('[run]')
    .option('--json', 'as data')
    .action((run: string | undefined, options: Json) => showStatus(far, run, options))
  program
    .command('score')
    .summary('show the lights of a run, or of one site with every point explained')
    .argument('<run>')
    .option('--site <name>', 'one site only')
    .option('--explain', 'each point with its rule, its evidence and its times')
    .option('--json', 'as data')
    .action((run: string, options: ScoreOptions) => showScore(far, run, options))
  program
    .command('access')
    .summary('show for each site and service which identities are let in, and since when')
    .argument('<run>')
    .option('--json', 'as data')
    .action((run: string, options: Json) => showAccess(far, run, options))
  program
    .command('report')
    .summary('write the report of a run, or of a site')
    .argument('<run>')
    .option('--audience <who>', 'csirt, ngi:NAME, site:NAME or public', 'csirt')
    .option('--format <name>', 'how it is written', 'html')
    .option('--out <file>', 'where to (default: to the output)')
    .action((run: string, options: ReportOptions) => writeReport(far, run, options))
  addMail(program, far)
}

function addMail(program: Command, far: Far): void {
  const mail = program.command('mail').summary('read what was written and answered').argument('[words...]').allowUnknownOption()
  mail.action((words: string[]) => refuse(far.url, ['mail', ...words.slice(0, 1)].join(' '), words[1]))
  mail
    .command('list')
    .summary('list all letters of a run with what became of them, and the answers')
    .argument('<run>')
    .option('--site <name>', 'those about one site')
    .option('--failed', 'those that were refused, came back, or are uncertain')
    .option('--json', 'as data')
    .action((run: string, options: ListOptions) => listLetters(far, run, options))
  mail
    .command('thread')
    .summary('show the conversation with a site, in the order of time')
    .argument('<run>')
    .requiredOption('--site <name>', 'with this site, its management and its NGI')
    .option('--json', 'as data')
    .action((run: string, options: Json & { site: string }) => showThread(far, run, options))
}

async function showStatus({ api, out }: Far, run: string | undefined, { json }: Json): Promise<void> {
  if (run === undefined) {
    const { runs } = await api.read(runsPage)
    if (json) return printJson({ out }, runs)
    return out(runs.length === 0 ? 'There are no runs that concern you.\n' : runsTable(runs))
  }
  const status = Status.parse(JSON.parse((await api.file(statusFile, { params: { run } })).toString('utf8')))
  if (json) return printJson({ out }, status)
  out(statusText(status))
}

type ScoreOptions = Json & { site?: string; explain?: true }

async function showScore(far: Far, run: string, { site, explain, json }: ScoreOptions): Promise<void> {
  const sites = site === undefined ? await allScores(far, run) : [await scoreOf(far, run, site)]
  if (json) return printJson(far, site === undefined ? sites : sites[0])
  far.out(explain ? sites.map((score) => explainSite(score)).join('\n') : lightsTable(sites))
}

async function scoreOf({ api }: Far, run: string, site: string): Promise<SiteScore> {
  const { score } = await api.read(challengePage, { params: { run, site } })
  return score as SiteScore
}

/** Of the report for the CSIRT, or else of those for one's own NGIs. */
async function allScores({ api }: Far, run: string): Promise<SiteScore[]> {
  const { documents } = await api.read(reportsPage, { params: { run } })
  const audiences = documents.map(({ audience }) => audience)
  const own = audiences.includes('csirt') ? ['csirt'] : audiences.filter((one) => one.startsWith('ngi:'))
  const files = await Promise.all(own.map((audience) => api.file(documentFile, { params: { run }, query: { audience, format: 'json' } })))
  return files.flatMap((file) => documentSchemas.run.parse(JSON.parse(file.toString('utf8')).content).sites as SiteScore[])
}

async function showAccess({ api, out }: Far, run: string, { json }: Json): Promise<void> {
  const found = await api.read(accessPage, { params: { run } })
  if (json) return printJson({ out }, found)
  if (found.services.length === 0) return out('Nobody was asked yet: the first round comes after the first alert went out.\n')
  const rows = found.services.map((one) => [
    ...[one.site, `${one.service} ${one.endpoint}`, one.attacker, one.control, one.revoked ?? '-'],
    ...[utcWords(one.sinceMs), one.askedMs === null ? '-' : utcWords(one.askedMs), one.banned ?? '-'],
  ])
  out(table([['SITE', 'SERVICE', 'MALICIOUS', 'CONTROL', 'REVOKED', 'SO SINCE', 'LAST ASKED', 'BANNED'], ...rows]))
  out('\nA refusal is a ban only when the control identity is accepted in the same round.\n')
}

type ReportOptions = { audience: string; format: string; out?: string }

async function writeReport(far: Far, run: string, { audience, format, out }: ReportOptions): Promise<void> {
  const body = await far.api.file(documentFile, { params: { run }, query: { audience, format } })
  if (out === undefined) {
    if (body.includes(0)) throw new InputError(`${format} is not text: say where to with --out FILE`, [])
    return far.out(body.toString('utf8'))
  }
  const file = resolve(far.cwd, out)
  writeWhole(file, body)
  far.out(`${file}\n`)
}

type ListOptions = Json & { site?: string; failed?: true }

async function listLetters({ api, out }: Far, run: string, { site, failed, json }: ListOptions): Promise<void> {
  const { letters } = await api.read(lettersPage, { params: { run } })
  const all = (letters as LetterRow[]).filter(({ who }) => site === undefined || who === site)
  const rows = failed ? all.filter(({ state }) => failedStates.includes(state)) : all
  if (json) return printJson({ out }, rows)
  out(lettersText(run, rows, all))
}

async function showThread({ api, out }: Far, run: string, { site, json }: Json & { site: string }): Promise<void> {
  const { threads, score } = await api.read(challengePage, { params: { run, site } })
  if (json) return printJson({ out }, { run, with: site, threads })
  if (threads.length === 0) return out(`Nothing was written to ${visible(site)} yet, and nothing came.\n`)
  const { timeZone } = score as SiteScore
  out(threadsText(threads as unknown as { role: Entry['role']; entries: Entry[] }[], { name: site, timeZone }))
}
