import { ruleRows, timeRows } from '../../core/domain/document-words.ts'
import type { Distribution, Report, Signature, TimeName } from '../../core/domain/report.ts'
import { durationWords } from '../../core/domain/text.ts'
import { utcWords } from '../../core/domain/zone.ts'
import { type Content, line, mono, section, table } from './parts.ts'

export function timesPart(times: Readonly<Record<TimeName, Distribution>>): Content[] {
  return [
    table(
      [
        ['time', 28],
        ['known', 18],
        ['lower quartile', 18],
        ['median', 18],
        ['upper quartile', 18],
      ],
      timeRows(times).map(({ name, known, lower, middle, upper }) => [name, known, lower, middle, upper]),
    ),
  ]
}

export function outagesPart(outages: Report['outages']): Content[] {
  const rows = outages.map((one) => [utcWords(one.fromMs), durationWords(one.untilMs - one.fromMs), one.what])
  const none = line('There was none.')
  return section('Our own outages', [
    rows.length === 0
      ? none
      : table(
          [
            ['from', 25],
            ['for', 15],
            ['what', 60],
          ],
          rows,
        ),
  ])
}

export function methodPart({ rubric, rules }: Pick<Report, 'rubric' | 'rules'>): Content[] {
  const { from, to } = rules.workingHours
  return section('How it was judged', [
    line(`Rubric ${rubric.id}, version ${rubric.version}: ${rubric.title}. Working hours are ${from}–${to} of the site's own time.`),
    table(
      [
        ['expected', 28],
        ['of', 16],
        ['points', 9],
        ['within', 17],
        ['late', 15],
        ['source', 22],
      ],
      ruleRows(rules).map((one) => [
        ...[one.title, `${one.of}${one.mandatory ? ', mandatory' : ''}`, String(one.points)],
        ...[one.within, one.late, one.source],
      ]),
    ),
  ])
}

export function signaturePart(signature: Signature | undefined, chains: readonly string[]): Content[] {
  const signed = signature === undefined ? ['Not signed.'] : [`${signature.algorithm}, key ${signature.publicKey}`, signature.value]
  return section('Chains and signature', [...chains, ...signed].map(mono))
}
