import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import type { Appeal, Light, Score } from '../../domain/report.ts'
import { visibleText } from '../../domain/text.ts'
import { isTimeZone, momentWords } from '../../domain/zone.ts'
import { pageHeaders } from '../page.ts'

/** What a site sees of itself; times are shown in its zone. */
export type OwnLights = {
  run: string
  site: string
  timeZone: string
  contact: { name: string; address: string }
  scores: readonly Score[]
  appeals: readonly Appeal[]
}

/** What was typed, and why it was not taken. */
export type Typed = { expectation: string; text: string; problems: readonly string[] }

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const css = ['../genuine.css', './report.css', './appeal.css'].map(read).join('')
const template = Handlebars.create().compile(read('./appeal.hbs'), { strict: true, knownHelpersOnly: true })

export const appealHeaders: Readonly<Record<string, string>> = { ...pageHeaders(css), 'x-robots-tag': 'noindex, nofollow' }

/** A letter and a word, so that nobody needs colours. */
const lightWords: Record<Light, { letter: string; word: string }> = {
  green: { letter: 'G', word: 'green' },
  amber: { letter: 'A', word: 'amber' },
  red: { letter: 'R', word: 'red' },
  grey: { letter: '?', word: 'grey: not known' },
  pending: { letter: '…', word: 'not decided yet' },
}

const noProblems: Typed = { expectation: '', text: '', problems: [] }

/** The site's lights, and the form with which it appeals. */
export function appealPage(own: OwnLights, typed: Typed = noProblems): string {
  const title = typed.problems.length > 0 ? 'Not sent yet' : 'Results of the site'
  const choices = own.scores
    .filter(({ light }) => light !== 'pending')
    .map(({ expectation, title: name }) => ({ expectation, name, isChosen: expectation === typed.expectation }))
  return render(own, { title, form: { choices, text: typed.text, problems: typed.problems, isWrong: typed.problems.length > 0 } })
}

/** What is said to a site whose appeal was taken. */
export function takenPage(own: OwnLights, appeal: string): string {
  return render(own, { title: 'Your appeal is here', taken: appeal })
}

type View = {
  title: string
  form?: {
    choices: { expectation: string; name: string; isChosen: boolean }[]
    text: string
    problems: readonly string[]
    isWrong: boolean
  }
  taken?: string
}

function render(own: OwnLights, { title, form, taken }: View): string {
  const moment = (at: number) => momentWords(at, isTimeZone(own.timeZone) ? own.timeZone : 'UTC').replace(/:\d{2} /, ' ')
  const nameOf = (expectation: string) => own.scores.find((one) => one.expectation === expectation)?.title ?? expectation
  const { run, site, timeZone, contact } = own
  return template({
    ...{ title, run, site, timeZone, contact },
    lights: own.scores.map((score) => ({ ...lineOf(score), deadline: score.deadline === undefined ? false : moment(score.deadline) })),
    appeals: own.appeals.map(({ appeal, expectation, at, answered }) => ({
      ...{ appeal, about: nameOf(expectation), came: moment(at) },
      answer:
        answered === undefined
          ? false
          : { word: answered.granted ? 'granted' : 'declined', at: moment(answered.at), words: answered.words },
    })),
    form: form ?? false,
    taken: taken ?? false,
    css: new Handlebars.SafeString(css),
  })
}

function lineOf({ title, light, points, outOf, reason }: Score) {
  const { letter, word } = lightWords[light]
  return {
    title,
    light,
    letter,
    word,
    points: points === null ? `worth up to ${outOf} points` : `${points} of ${outOf} points`,
    reason: visibleText(reason),
  }
}
