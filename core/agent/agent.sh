#!/bin/sh
# The mock incident of a security exercise. It is harmless: it sends signed heartbeats, obeys the two answers 'go on'
# and 'stop', keeps some sleeping children, and ends by itself at its expiry, with or without a network.
# It needs no privilege and writes only into a folder of its own below the working folder, which it removes.
set +axv
umask 077
LC_ALL=C
export LC_ALL

NOTICE=@NOTICE@
CONTACT=@CONTACT@
JOB=@JOB@
URL=@URL@
NAME=@NAME@
EXPIRES=@EXPIRES@
LIFE=@LIFE@
HEARTBEAT=@HEARTBEAT@
SILENCE=@SILENCE@
CHILDREN=@CHILDREN@

say() {
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1"
}

# HMAC-SHA256 (RFC 2104) of standard input. The two pads are the secret: they stand here alone and go through the
# builtin printf into a pipe, so that no argument list, environment or file shows them.
hmac() {
  rest=$({ printf @INNER_PAD@; cat; } | sha256sum)
  rest=${rest%% *}
  [ "${#rest}" -eq 64 ] || return 1
  digest=
  while [ -n "$rest" ]; do
    tail=${rest#??}
    byte=$((0x${rest%"$tail"}))
    digest="$digest\\$((byte / 64))$((byte / 8 % 8))$((byte % 8))"
    rest=$tail
  done
  rest=$({ printf @OUTER_PAD@; printf "$digest"; } | sha256sum)
  printf '%s\n' "${rest%% *}"
}

# Replaces the shell by the tool: body on standard input; the answer, a new line and the HTTP status on standard output
# (wget shows the status on standard error). No tool follows a redirection or reads the user's configuration.
post() {
  ulimit -f 64
  case $1 in
    curl)
      exec curl -q -g -sS --max-time 10 -A "$NAME" -H 'content-type: application/json' -H 'expect:' \
        -H "x-ssc-signature: $signature" --data-binary @- -w '\n%{http_code}' "$URL"
      ;;
    wget)
      # The limit of wget is one for each step, so that a slow listener could hold it for long.
      if timeout -s KILL 5 true 2>/dev/null; then set -- timeout -s KILL 12 wget; else set -- wget; fi
      help=$(wget --help 2>&1)
      for flag in --max-redirect=0 --no-config --no-netrc --no-hsts; do
        case $help in *"${flag%=*}"*) set -- "$@" "$flag" ;; esac
      done
      exec "$@" -q -S -O - -t 1 -T 10 -U "$NAME" --header 'content-type: application/json' \
        --header "x-ssc-signature: $signature" --post-file "$own/body" "$URL"
      ;;
    python3)
      exec python3 -I -c '
import signal, sys, urllib.request as u
signal.alarm(12)
url, signature, name = sys.argv[1:]
opener = u.OpenerDirector()
for handler in ("ProxyHandler", "HTTPHandler", "HTTPSHandler"):
    if hasattr(u, handler): opener.add_handler(getattr(u, handler)())
headers = {"content-type": "application/json", "x-ssc-signature": signature, "user-agent": name}
answer = opener.open(u.Request(url, sys.stdin.buffer.read(), headers), timeout=10)
sys.stdout.buffer.write(answer.read(300) + b"\n" + str(answer.getcode()).encode())
' "$URL" "$signature" "$NAME"
      ;;
    node)
      exec node -e '
setTimeout(() => process.exit(1), 10000)
const [url, signature, name] = process.argv.slice(1)
const body = require("fs").readFileSync(0)
const headers = { "content-type": "application/json", "content-length": body.length, "x-ssc-signature": signature, "user-agent": name }
const client = require(url.startsWith("https:") ? "https" : "http")
const request = client.request(url, { method: "POST", headers }, (answer) => {
  const parts = []
  let size = 0
  answer.on("data", (part) => (size += part.length) > 300 ? process.exit(1) : parts.push(part))
  answer.on("end", () => process.stdout.write(Buffer.concat(parts) + "\n" + answer.statusCode, () => process.exit(0)))
})
request.on("error", () => process.exit(1))
request.end(body)
' "$URL" "$signature" "$NAME"
      ;;
  esac
  exit 1
}

# Sends one heartbeat, with a farewell when one is given; `said` becomes go on, stop, odd or silent.
beat() {
  said=silent
  sequence=$((sequence + 1))
  set -- "${1:+,\"farewell\":\"$1\"}" $tools
  [ -n "$own" ] && [ $# -gt 1 ] || return 0
  at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  printf '{"job":"%s","sequence":%s,"host":"%s","pid":%s,"at":"%s"%s}' "$JOB" "$sequence" "$host" "$$" "$at" "$1" >"$own/body" || return 0
  signature=$(hmac <"$own/body") || return 0
  post "$2" <"$own/body" >"$own/answer" 2>"$own/error" &
  sender=$!
  wait "$sender" && listen "$2"
  sender=
  [ "$said" = silent ] || return 0
  # Perhaps another tool finds the way.
  failed=$2
  shift 2
  tools="$*${1:+ }$failed"
}

# The last status line of those that wget showed.
status_of_wget() {
  status=
  while read -r word number rest; do
    case $word in HTTP/*) status=$number ;; esac
  done
  printf '%s' "$status"
}

# Reads the answer that tool $1 got. Only status 200 and these very words count.
listen() {
  answer=$(cat "$own/answer" && printf .)
  answer=${answer%.}
  [ "$1" != wget ] || answer=$answer$newline$(status_of_wget <"$own/error")
  [ "${answer##*"$newline"}" = 200 ] || return 0
  case ${answer%"$newline"*} in
    'go on') said='go on' ;;
    stop) said=stop ;;
    *) said=odd ;;
  esac
}

# Counts $1 seconds at least, though the clock be set back; `left` becomes the rest of the life.
tick() {
  now=$(date +%s)
  case $now in '' | *[!0-9]*) now=$((last + $1)) ;; esac
  step=$((now - last))
  [ "$step" -ge "$1" ] || step=$1
  elapsed=$((elapsed + step))
  last=$now
  left=$((LIFE - elapsed))
  [ "$left" -le $((EXPIRES - now)) ] || left=$((EXPIRES - now))
}

# Ends with exit code $2 after a farewell for the reason $1; without a reason, silently.
finish() {
  trap '' TERM INT HUP
  kill $sender $pause $children 2>/dev/null
  say "ends: ${1:-the listener was silent for too long}"
  [ -z "$1" ] || beat "$1"
  # Who ended the job is worth some more tries: perhaps the listener is just being started again.
  tick 0
  asked=$elapsed
  while [ "$1 $said" = 'signal silent' ] && [ -n "$own" ] && [ -n "$tools" ] && [ "$left" -gt 0 ] && [ $((elapsed - asked)) -lt 10 ]; do
    sleep 1
    beat signal
    tick 1
  done
  [ -z "$own" ] || { rm -f "$own/body" "$own/answer" "$own/error"; rmdir "$own"; }
  exit "$2"
}

# The sleep runs aside, so that a signal is answered at once.
nap() {
  sleep "$1" >/dev/null 2>&1 &
  pause=$!
  wait "$pause"
  pause=
}

printf '%s\n' "$NOTICE" "Questions: $CONTACT"
newline='
'
sender= pause= children= tools= said= sequence=0 elapsed=0 heard=0
host=$(uname -n | tr -cd 'A-Za-z0-9._-' | cut -c 1-200)
host=${host:-unknown}
for tool in curl wget python3 node; do
  if command -v "$tool" >/dev/null 2>&1; then tools="$tools${tools:+ }$tool"; fi
done
[ -n "$tools" ] || say 'no heartbeats: this machine has none of curl, wget, python3 and node'
own=./ssc-agent.$$
mkdir "$own" || { say 'no heartbeats: this folder cannot be written'; own=; }
# A printf that is a program would show the secret in its arguments.
[ "$(command -v printf)" = printf ] || { say 'no heartbeats: the shell has no printf of its own'; tools=; }
command -v sha256sum >/dev/null 2>&1 || { say 'no heartbeats: this machine has no sha256sum'; tools=; }

trap 'finish signal 143' TERM INT HUP
last=$(date +%s)
last=${last:-0}
tick 0
while [ "$CHILDREN" -gt 0 ] && [ "$left" -gt 0 ]; do
  sleep "$left" >/dev/null 2>&1 &
  children="$children $!"
  CHILDREN=$((CHILDREN - 1))
done
while [ "$left" -gt 0 ]; do
  before=$said
  beat ''
  tick 0
  [ "$said" = "$before" ] || case $said in
    odd) say 'answer not understood: ignored' ;;
    silent) say 'no answer' ;;
    *) say "heartbeat $sequence answered: $said" ;;
  esac
  # An answer that is not understood keeps nothing alive: it may come from a proxy.
  [ "$said" != 'go on' ] || heard=$elapsed
  [ "$said" != stop ] || finish told 0
  [ $((elapsed - heard)) -lt "$SILENCE" ] || finish '' 0
  [ "$left" -gt 0 ] || break
  wanted=$HEARTBEAT
  [ "$wanted" -le "$left" ] || wanted=$left
  nap "$wanted"
  tick "$wanted"
done
finish expired 0
