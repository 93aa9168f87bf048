import type { Command } from 'commander'
import { answerAppeal, findAppeal, type KnownAppeal, readAppeals, readAppealText } from '../app/answer-appeal.ts'
import { readAppealView } from '../app/appeal.ts'
import { APPEAL_LINK } from '../app/send-mail.ts'
import { plannedSite, readPlannedRun, streamOf } from '../app/view.ts'
import { below } from '../domain/address.ts'
import { InputError, RefusedError } from '../domain/errors.ts'
import { plainLine } from '../domain/text.ts'
import { utcWords } from '../domain/zone.ts'
import { sitesUrlOf } from '../urls.ts'
import { type Cli, printJson, table, visible } from './cli.ts'
import { shownText } from './mail/show-text.ts'
import { neverEmpty } from './run-file.ts'

type AnswerOptions = { grant?: true; decline?: true; words: string; by: string }

export function addAppeal(appeal: Command, cli: Cli): void {
  appeal.description('Sites that do not agree with a light say so on a page of their own; here their appeals are read and answered.')
  addList(appeal, cli)
  addShow(appeal, cli)
  addAnswer(appeal, cli)
  addLink(appeal, cli)
}

function addList(appeal: Command, cli: Cli): void {
  appeal
    .command('list')
    .summary('all appeals of a run, and what became of them')
    .argument('<run>')
    .option('--json', 'as data')
    .action(async (run: string, { json }: { json?: true }) => {
      const appeals = await readAppeals(await cli.instance(), run)
      if (json) return printJson(cli, appeals)
      if (appeals.length === 0) return cli.out('No site has appealed.\n')
      const rows = appeals.map((one) => [one.appeal, one.site, one.expectation, one.score?.light ?? '-', utcWords(one.at), stateOf(one)])
      cli.out(table([['APPEAL', 'SITE', 'ABOUT', 'LIGHT NOW', 'CAME', 'ANSWER'], ...rows]))
    })
}

function stateOf({ answered }: KnownAppeal): string {
  return answered === undefined ? 'waits' : answered.granted ? 'granted' : 'declined'
}

function addShow(appeal: Command, cli: Cli): void {
  appeal
    .command('show')
    .summary("one appeal: the site's words, and the light as it stands now")
    .argument('<run>')
    .argument('<appeal>', 'how its name begins')
    .action(async (run: string, begin: string) => {
      const instance = await cli.instance()
      const found = await findAppeal(instance, run, begin)
      cli.out(headText(found))
      const text = await readAppealText(instance, found)
      cli.out(text === undefined ? 'Its words were erased (ssc purge).\n' : shownText(text, { indent: '    ' }))
      if (found.answered === undefined)
        cli.out(`Answer it with: ssc appeal answer ${run} ${found.appeal} --grant|--decline --words WORDS --by NAME\n`)
    })
}

function headText({ appeal, site, expectation, at, score, answered }: KnownAppeal): string {
  const light =
    score === undefined
      ? 'nothing of that name is expected'
      : `${score.light}, ${score.points ?? 'no'} of ${score.outOf} points: ${plainLine(score.reason, 500)}`
  const lines = [
    `Appeal:   ${appeal}, of ${site}, since ${utcWords(at)}`,
    `About:    ${expectation}${score === undefined ? '' : ` (${plainLine(score.title)})`}`,
    `Light:    ${light}`,
    ...(answered === undefined
      ? []
      : [
          `Answered: ${answered.granted ? 'granted' : 'declined'} by ${plainLine(answered.by, 60)}, ${utcWords(answered.at)}: ${plainLine(answered.words, 500)}`,
        ]),
  ]
  return `${lines.join('\n')}\n\n`
}

function addAnswer(appeal: Command, cli: Cli): void {
  appeal
    .command('answer')
    .summary('answer an appeal: the site reads it on its page; the light stays as it is until you change it')
    .argument('<run>')
    .argument('<appeal>', 'how its name begins')
    .option('--grant', 'the site is right')
    .option('--decline', 'the light stays')
    .requiredOption('--words <words>', 'what the site is told')
    .option('--by <name>', 'who answers', cli.user)
    .action(async (run: string, begin: string, { grant, decline, ...options }: AnswerOptions) => {
      if ((grant === undefined) === (decline === undefined))
        throw new InputError('say either --grant or --decline. Nothing was answered.', [])
      const words = neverEmpty(options.words, '--words').slice(0, 2000)
      const by = neverEmpty(options.by, '--by')
      const found = await answerAppeal(await cli.instance(), { run, appeal: begin, granted: grant === true, words, by })
      const earlier = found.answered === undefined ? '' : ' It was answered before; this answer counts now.'
      cli.out(
        `${grant ? 'Granted' : 'Declined'}: appeal ${found.appeal} of ${found.site}. The site reads your words on its page.${earlier}\n`,
      )
      if (grant) cli.out(overrideHint(run, found))
    })
}

/** To grant is a word; what it changes is decided apart from it, with its points. */
function overrideHint(run: string, { site, expectation, score }: KnownAppeal): string {
  const now = score === undefined ? '' : `, ${visible(score.light)}`
  return `The light itself is as before${now}. Change it with: ssc override ${run} --site ${site} --expectation ${expectation} --light LIGHT --points N --reason WORDS --by NAME\n`
}

function addLink(appeal: Command, cli: Cli): void {
  appeal
    .command('link')
    .summary("show the link to a site's own page, where it sees its lights and appeals")
    .argument('<run>')
    .requiredOption('--site <name>', 'whose page')
    .action(async (name: string, { site }: { site: string }) => {
      const instance = await cli.instance()
      const run = await readPlannedRun(instance.store, name)
      const token = instance.keys.mailToken(streamOf(run, plannedSite(run, site)), APPEAL_LINK)
      if ((await readAppealView(instance, token)) === undefined)
        throw new RefusedError(`no letter went to ${site} in a run that was launched: its page is there once one did`)
      cli.out(`${below(sitesUrlOf(cli.config), `/appeal/${token}`)}\n`)
      cli.err('Whoever has this link sees the lights of the site: give it to its security contact alone.\n')
    })
}
