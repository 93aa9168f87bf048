import { readFileSync } from 'node:fs'
import Handlebars from 'handlebars'
import type { SiteAsked } from '../../app/answer-by-form.ts'
import { isTimeZone, momentWords } from '../../domain/zone.ts'
import { pageHeaders } from '../page.ts'
import type { OwnPart } from './site-form.ts'

/** What was typed into one of the forms. */
export type Answer = { letter: string; words: string; from: string; until: string }
/** What was typed and not taken, and why; or the letter whose answer was taken. */
export type Outcome = (Answer & { problems: readonly string[] }) | { taken: string }

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const css = ['../genuine.css', './report.css', './appeal.css', './site.css'].map(read).join('')
const template = Handlebars.create().compile(read('./site.hbs'), { strict: true, knownHelpersOnly: true })

export const sitePageHeaders: Readonly<Record<string, string>> = { ...pageHeaders(css), 'x-robots-tag': 'noindex, nofollow' }

/** The page of a site: what was asked of it, by when, and a form for each answer. Times are those of the site's own clock, and UTC. */
export function sitePage(link: string, own: OwnPart, outcome?: Outcome): string {
  const typed = outcome !== undefined && 'problems' in outcome ? outcome : undefined
  const taken = outcome !== undefined && 'taken' in outcome ? outcome.taken : undefined
  const zone = isTimeZone(own.timeZone) ? own.timeZone : 'UTC'
  const asked = own.asked.map((one) => askedView(one, zone, typed?.letter === one.letter ? typed : undefined))
  const isKnown = typed === undefined || own.asked.some(({ letter }) => letter === typed.letter)
  return template({
    title: typed === undefined ? (taken === undefined ? `Page of ${own.site}` : 'Thank you: your answer is here') : 'Not sent yet',
    ...{ link, run: own.run, site: own.site, contact: own.contact, zone },
    within: `${minuteWords(own.window.fromMs, zone)} and ${minuteWords(own.window.toMs, zone)}`,
    asked,
    problems: isKnown ? [] : (typed?.problems ?? []),
    isOver: own.isOver ?? false,
    takesReport: own.takesReport,
    appealLink: own.appealLink ?? false,
    css: new Handlebars.SafeString(css),
  })
}

function askedView(one: SiteAsked, zone: string, typed: (Answer & { problems: readonly string[] }) | undefined): object {
  return {
    ...{ letter: one.letter, title: one.title, text: one.text ?? false },
    ...{ asked: timeWords(one.askedMs, zone), deadline: one.deadlineMs === undefined ? false : timeWords(one.deadlineMs, zone) },
    answered: one.answeredMs === undefined ? false : timeWords(one.answeredMs, zone),
    problems: typed?.problems ?? [],
    typed: { words: typed?.words ?? '', from: typed?.from ?? '', until: typed?.until ?? '' },
    is: { acknowledgement: one.wants === 'acknowledgement', words: one.wants === 'words', window: one.wants === 'window' },
  }
}

/** `2027-01-11 10:30 +01:00 (09:30 UTC)`. */
function timeWords(at: number, zone: string): string {
  const here = minuteWords(at, zone)
  return zone === 'UTC' ? here : `${here} (${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC)`
}

/** `2027-01-11 10:30 +01:00`. */
export function minuteWords(at: number, zone: string): string {
  return momentWords(at, zone).replace(/:\d{2} /, ' ')
}
