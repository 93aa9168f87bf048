#!/bin/sh
# The mock incident of a security exercise. It is harmless: it sends signed heartbeats, carries out the few harmless tasks
# that stand below in carry_out and nothing else, and ends by itself at its expiry, with or without a network.
# It needs no privilege. It writes only into a folder of its own below the working folder, which it removes, and marker
# files into the working folder. Nothing that comes over the network is ever run, and only signed lines are obeyed.
set +axv
# No word is ever a pattern for file names.
set -f
umask 077
LC_ALL=C
export LC_ALL

NOTICE=@NOTICE@
CONTACT=@CONTACT@
NAME=@NAME@
RUN=@RUN@
JOB=@JOB@
# Base addresses of the listener, and the challenge's own endpoints: no other address is ever asked.
LISTENERS=@LISTENERS@
ENDPOINTS=@ENDPOINTS@
# What this job may be told, with the bounds of the number where one belongs to it.
DECLARED=@DECLARED@
TRACES=@TRACES@
CPU_SECONDS=@CPU_SECONDS@
EXPIRES=@EXPIRES@
LIFE=@LIFE@
HEARTBEAT=@HEARTBEAT@
SILENCE=@SILENCE@
CHILDREN=@CHILDREN@
# What the run's tasks and its stop are signed with: for openssl, and as two numbers in hex.
PUBLIC_KEY=@PUBLIC_KEY@
MODULUS=@MODULUS@
EXPONENT=@EXPONENT@

say() {
  printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1"
}

# Puts the $1-th of the words that follow into `picked`.
pick() {
  [ "$1" -ge 1 ] && [ "$1" -lt $# ] || return 1
  shift "$1"
  picked=$1
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

# Whether process $1 is still a living child of this one: meanwhile its number may have gone to a stranger.
is_mine() {
  [ -n "$proc" ] || { kill -0 "$1" 2>/dev/null; return; }
  state=Z parent=
  { read -r id name state parent rest <"/proc/$1/stat"; } 2>/dev/null
  [ "$parent" = "$$" ] && [ "$state" != Z ]
}
