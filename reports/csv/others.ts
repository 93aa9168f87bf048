import type { Comparison, ContactReport, Metrics } from '../../core/domain/document.ts'
import { timeNames } from '../../core/domain/document-words.ts'
import { lights } from '../../core/domain/lights.ts'
import type { Distribution } from '../../core/domain/report.ts'
import { type Cell, minutes, utc } from './cells.ts'

const timeHeadings = ['heads-up', 'containment', 'closure'].flatMap((name) => [
  ...[`${name} known`, `${name} lower quartile (min)`, `${name} median (min)`, `${name} upper quartile (min)`],
])

/** One line a contact. */
export function contactRows({ run, tlp, contacts }: ContactReport): Cell[][] {
  const counts = ['accepted', 'refused', 'bounced', 'automatic answers', 'answers by people']
  const answers = ['first answer (UTC)', 'first answer (min)', 'first answer (working min)']
  return [
    ['run', 'tlp', 'contact of', 'role', 'address', ...counts, ...answers, 'depth', 'words'],
    ...contacts.map(({ firstAnswer: first, ...one }): Cell[] => [
      ...[run, tlp, one.who, one.role, one.address, one.accepted, one.refused, one.bounced, one.automatic, one.human],
      ...[utc(first?.at), minutes(first?.wallMs), minutes(first?.workingMs), one.depth ?? '', one.words.join('; ')],
    ]),
  ]
}

/** One line for each run that a site took part in. */
export function comparisonRows({ rubric, tlp, runs, sites }: Comparison): Cell[][] {
  const rows = sites.flatMap((site) =>
    runs.flatMap(({ run, origin }, i): Cell[][] => {
      const light = site.lights[i] ?? null
      const who = [site.site, site.ngi, site.country]
      return light === null ? [] : [[rubric.id, rubric.version, tlp, run, origin ?? '', ...who, light, minutes(site.headsUp[i])]]
    }),
  )
  return [['rubric', 'version', 'tlp', 'run', 'origin', 'site', 'ngi', 'country', 'overall', 'heads-up (min)'], ...rows]
}

/** One line a period. */
export function metricsRows({ tlp, by, periods }: Metrics): Cell[][] {
  const contactHeadings = ['contacts asked', 'contacts answered', 'contacts failed']
  return [
    ['tlp', by, 'runs', 'sites', ...lights, 'known', 'of', ...contactHeadings, ...timeHeadings],
    ...periods.map(({ period, runs, sites, lights: counts, coverage, contacts, times }): Cell[] => [
      ...[tlp, period, runs.join(' '), sites, ...lights.map((light) => counts[light]), coverage.known, coverage.of],
      ...[contacts.asked, contacts.answered, contacts.failed, ...timeNames.flatMap((name) => timeCells(times[name]))],
    ]),
  ]
}

function timeCells({ values, quartiles }: Distribution): Cell[] {
  return [values.length, ...[0, 1, 2].map((i) => minutes(quartiles?.[i]))]
}
