/**
 * What the client's words mean. The shapes are those of ExceptionFactory.cpp, BaseException.h and VOMSWrapper.cpp
 * (italiangrid/cream-client-api-c) and of cli_service*.cpp (italiangrid/cream-cli); the texts inside come from the service.
 * `credential`: ours is missing or has run out · `unreachable`: no connection came about, so nothing was done ·
 * `lost`: a connection broke · `busy`: the service takes nothing now · `refusal`: it took the request and said no.
 */
export type FaultKind = 'credential' | 'denied' | 'unreachable' | 'lost' | 'busy' | 'refusal' | 'unclear'
export type Fault = { kind: FaultKind; words: string }

/** The first that fits counts. */
const MEANINGS: readonly (readonly [RegExp, FaultKind])[] = [
  [
    /problems with proxyfile|proxy has expired|certificate file .{0,300} is not|error in certificate|unable to open the file/i,
    'credential',
  ],
  [/not authori[sz]ed|authori[sz]ation (?:error|fault|failed|failure)|permission denied|access denied/i, 'denied'],
  [/connection refused|no route to host|network is unreachable|host not found|get host by name|\berror 11[13]\b/i, 'unreachable'],
  [/certificate verify failed|handshake|ssl_connect/i, 'unreachable'],
  // The credential is delegated first: when that fails, no job was registered.
  [/connection to service \[[^\]]{0,300}gridsite-delegation[^\]]{0,50}\] failed/i, 'unreachable'],
  [/methodname=\[jobstart\]/i, 'lost'],
  [/connection to service \[|eof detected during communication|received null fault|timeout|timed out/i, 'lost'],
  [
    /submissions? (?:is|are|was|were) (?:currently )?disabled|jobsubmissiondisabled|system error|not available|too (?:busy|many)|overload/i,
    'busy',
  ],
  [/error sending file/i, 'busy'],
  [
    /syntax error|error (?:processing|in|while processing|submitting) |will not submit|methodname=\[|wrong format|parsing the command/i,
    'refusal',
  ],
]

export function faultOf(text: string): Fault {
  const words = shorten(text)
  return { kind: MEANINGS.find(([pattern]) => pattern.test(words))?.[1] ?? 'unclear', words }
}

/** One line of at most 600 characters, without control characters: fit for a log. */
export function shorten(text: string): string {
  const line = text
    .slice(0, 20_000)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
  return line.length > 600 ? `${line.slice(0, 600)}…` : line
}
