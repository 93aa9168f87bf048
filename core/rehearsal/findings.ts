import type { KeyItem, Question } from '../domain/scenario.ts'

/** What there is to be found at a simulated site. */
export type Traces = { identity: string; pilot?: string | undefined; label: string; addresses: readonly string[]; host: string }

/** The answer of a team that found this share of it, from 0 to 1; with nothing found it says so. */
export function answerTo({ key }: Question, traces: Traces, share: number): string {
  const found = key.slice(0, Math.ceil(key.length * share)).map((item) => wordsOf(item, traces))
  if (found.length === 0) return 'We have looked into it, and our log files do not tell.'
  return ['We have looked into the log files of our batch system and of the worker node, and found:', ...found].join('\n')
}

function wordsOf(item: KeyItem, { identity, pilot = identity, label, addresses, host }: Traces): string {
  if ('anyOf' in item) return item.anyOf[0]!
  const words: Record<typeof item.fact, string> = {
    identity,
    pilot,
    label,
    'native-id': label,
    host,
    address: addresses.join(' '),
    name: 'ssc-agent',
  }
  return words[item.fact]
}

/** As a worker node is called: a bare word would not be told from any other. */
export function wholeName(host: string): string {
  return host.includes('.') ? host : `${host}.site.example`
}
