/**
 * What the commands' words mean. The shapes are those of excman.cpp and lbapi.cpp, and the texts of
 * glite_wmsui_cmd_err.conf (italiangrid/org.glite.wms:org.glite.wms-ui.commands); what the server says comes after them.
 * `credential`: ours is missing or has run out · `unreachable`: it came to nothing before a job was started ·
 * `lost`: a connection broke · `refusal`: the request is not one that can be done.
 */
export type FaultKind = 'credential' | 'denied' | 'unreachable' | 'lost' | 'refusal' | 'unclear'
export type Fault = { kind: FaultKind; words: string }

/** The first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, FaultKind])[] = [
  [/successfully registered .{0,200}but an error occurred while transferring/i, 'refusal'],
  [
    /proxy (?:file )?not found|proxy validity error|proxy (?:credential )?has expired|proxy certificate (?:validity|not found)/i,
    'credential',
  ],
  [/unable to find voms extension|user certificate not found|ui_proxy_/i, 'credential'],
  [/not authori[sz]ed|authori[sz]ation (?:error|fault|failed)|access denied|permission denied/i, 'denied'],
  [/unable to find any endpoint|unable to delegate the credential|unable to contact any/i, 'unreachable'],
  [/connection refused|no route to host|network is unreachable|host not found|name or service not known/i, 'unreachable'],
  [/connection failed|timed? ?out|connection reset|broken pipe|lb_api_open_all|unable to open connection/i, 'lost'],
  [/\bjdl\b|syntax error|mandatory attribute|wrong (?:attribute|format|option|value)|option error|sandbox|freequota/i, 'refusal'],
]

export function faultOf(text: string): Fault {
  const words = shorten(text)
  return { kind: MEANINGS.find(([pattern]) => pattern.test(words))?.[1] ?? 'unclear', words }
}

/** Whether the bookkeeping knows no such job. `ENOENT` is its answer when nothing matches a query. */
export function isUnknownJob(text: string): boolean {
  return /no matching jobs? found|(?:getstatus|unable to retrieve the (?:job )?status).{0,600}no such file or directory/i.test(
    shorten(text),
  )
}

/** One line of at most 800 characters, without control characters and rows of signs: fit for a log. */
export function shorten(text: string): string {
  const line = text
    .slice(0, 20_000)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .replaceAll(/[=*-]{5,}/g, '')
    .trim()
  return line.length > 800 ? `${line.slice(0, 800)}…` : line
}
