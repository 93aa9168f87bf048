import type { Ran } from '../../core/domain/reach.ts'
import type { ProbeResult } from '../../core/domain/submitter.ts'
import { plainLine } from '../../core/domain/text.ts'

/**
 * `no`: refused for good · `again`: certainly nothing was begun, and it may work later · `ours`: our credential or our trust,
 * which says nothing of the site · `unsure`: the request may have arrived.
 */
export type Meaning = 'no' | 'again' | 'ours' | 'unsure'

/**
 * GRAM5's error numbers, as ranges: https://gridcf.org/gct-docs/latest/gram5/user/index.html, "Errors", and the texts of
 * libglobus_gram_protocol. What is not named is `unsure`: above all 10 (the transfer broke), 79, 89, 110, 111 and 126.
 */
const MEANINGS: readonly (readonly [Meaning, readonly (readonly [number, number])[]])[] = [
  // 7 and 161-164: not let in. 5, 67: the executable. 93: no such service. The others: the description, or what is not offered.
  [
    'no',
    [
      [1, 2],
      [4, 7],
      [13, 15],
      [18, 20],
      [26, 26],
      [35, 46],
      [48, 60],
      [67, 67],
      [81, 81],
      [84, 87],
      [92, 93],
    ],
  ],
  [
    'no',
    [
      [96, 106],
      [112, 112],
      [134, 134],
      [138, 138],
      [141, 148],
      [161, 161],
      [163, 166],
    ],
  ],
  // The client could not read its own description.
  ['no', [[255, 255]]],
  // 12: no connection. 47, 61-66, 71, 157: the job manager could not begin. 94: it is ending. 162: the site could not decide.
  [
    'again',
    [
      [12, 12],
      [47, 47],
      [61, 66],
      [71, 71],
      [94, 94],
      [157, 157],
      [162, 162],
    ],
  ],
  // Proxies that cannot be read or have run out. 254: the client could not begin (`gram_init failure`).
  [
    'ours',
    [
      [29, 30],
      [131, 131],
      [254, 254],
    ],
  ],
]

function meaningOf(number: number): Meaning {
  const found = MEANINGS.find(([, ranges]) => ranges.some(([from, to]) => from <= number && number <= to))
  return found?.[0] ?? 'unsure'
}

/** Our side did not trust the site's, or could not prove itself: the words of GSSAPI. */
const OURS =
  /gram_init failure|certificate verify failed|Can't get the local trusted CA|do not match|credential[\s\S]{0,400}expired|CRL has expired/i

/** Of what the other side said, characters. */
const MOST_READ = 20_000

/** What a failed globusrun means, in its own words: `... (error code n)`, else its exit code. */
export function readFault({ code, ...ran }: Ran): { meaning: Meaning; number: number; words: string } {
  const [out, err] = [ran.out.slice(0, MOST_READ), ran.err.slice(0, MOST_READ)]
  const said = /\(error code (\d{1,3})\)/.exec(err)?.[1]
  const number = said === undefined ? (code ?? -1) : Number(said)
  const words =
    plainLine(`${err} ${out}`.replace('globus_gram_client_callback_allow successful', '')) || `exit code ${code}, without a word`
  if (OURS.test(err)) return { meaning: 'ours', number, words }
  return { meaning: meaningOf(number), number, words }
}

type Rule = { says: RegExp; access: ProbeResult['access'] }

/** What `globusrun -a` says; in the order in which it counts. */
const RULES: readonly Rule[] = [
  { says: OURS, access: 'unknown' },
  { says: /Authentication test successful/, access: 'accepted' },
  { says: /authentication with the remote server failed|the authorization system denied the request/, access: 'refused' },
  { says: /alert certificate (revoked|unknown)|alert bad certificate|alert unknown ca|alert access denied/, access: 'refused' },
  { says: /the connection to the server failed|connecting to the job manager failed/, access: 'unreachable' },
]

export function readProbe({ out, err }: Ran): ProbeResult {
  const text = `${out.slice(0, MOST_READ)} ${err.slice(0, MOST_READ)}`
  const words = plainLine(text.replaceAll(/GRAM Authentication test failure:|GSS (failure|Major Status|Minor Status Error Chain):/g, ' '))
  return { access: RULES.find(({ says }) => says.test(text))?.access ?? 'unknown', words: words || 'it failed without a word' }
}
