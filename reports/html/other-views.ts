import type { Acknowledgement, Certificate, Comparison, ContactReport, Metrics } from '../../core/domain/document.ts'
import { durationOf, rubricsWords, timeRows, unlikeWords, windowWords } from '../../core/domain/document-words.ts'
import { durationWords } from '../../core/domain/text.ts'
import { countView } from './words.ts'

const roles = { site: 'security contact', manager: 'general contact', ngi: 'NGI', vo: 'VO', ca: 'CA', nren: 'NREN' } as Record<
  string,
  string
>

const depths = [
  'nothing arrives',
  'it receives',
  'a machine answers',
  'a person answers',
  'a person who knows the subject',
  'a person who can investigate',
]

export function certificateView(data: Certificate) {
  const { run, scenario, title, site, country, ngi, issuer, signature } = data
  return { run, scenario, title, site, country, ngi, issuer, window: windowWords(data.window), signature: signature ?? null }
}

export function acknowledgementView({ run, title, window, issuer, criterion, sites, of }: Acknowledgement) {
  return { run, title, window: windowWords(window), issuer, criterion, sites, of }
}

export function comparisonView({ rubric, runs, sites }: Comparison) {
  return {
    rubric,
    unlike: unlikeWords({ runs }) ?? null,
    runs: runs.map((one) => ({
      ...{ run: one.run, title: one.title, scenario: one.scenario, window: windowWords(one.window), sites: one.sites },
      ...{ origin: one.origin ?? null, counts: countView(one.lights), coverage: one.coverage, times: timeRows(one.times) },
    })),
    sites: sites.map(({ site, country, ngi, lights, headsUp }) => ({
      ...{ site, country, ngi },
      cells: lights.map((light, i) => ({ light, headsUp: durationOf(headsUp[i]) })),
    })),
  }
}

export function metricsView({ by, rubrics, periods }: Metrics) {
  return {
    by,
    rubrics: rubricsWords({ rubrics }),
    periods: periods.map(({ period, runs, sites, lights, times, contacts, coverage }) => ({
      ...{ period, runs: runs.join(', ') || '–', sites, counts: countView(lights), contacts, coverage },
      times: timeRows(times),
    })),
  }
}

export function contactsView({ run, title, contacts }: ContactReport) {
  const rows = contacts.map((one) => ({
    ...{ who: one.who, role: roles[one.role] ?? one.role, address: one.address, accepted: one.accepted, words: one.words },
    ...{ refused: one.refused, bounced: one.bounced, human: one.human, automatic: one.automatic },
    first: one.firstAnswer === undefined ? '–' : durationWords(one.firstAnswer.wallMs),
    working: one.firstAnswer === undefined ? null : durationWords(one.firstAnswer.workingMs),
    depth: one.depth === undefined ? 'not known' : `${one.depth} · ${depths[one.depth]}`,
  }))
  const failing = contacts.filter((one) => one.refused + one.bounced > 0).length
  const answered = contacts.filter((one) => one.human > 0).length
  return { run, title, rows, failing, answered, count: contacts.length }
}
