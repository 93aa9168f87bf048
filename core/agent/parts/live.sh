
# Sends one heartbeat, with a farewell when one is given; `said` becomes go on, a line (in `answer`) or no answer.
beat() {
  said='no answer'
  sequence=$((sequence + 1))
  can_send || return 0
  at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  printf '{"job":"%s","sequence":%s,"host":"%s","pid":%s,"at":"%s"%s%s}' "$JOB" "$sequence" "$host" "$$" "$at" \
    "${1:+,\"farewell\":\"$1\"}" "${result:+,\"result\":$result}" >"$own/body" || return 0
  signature=$(hmac <"$own/body") || return 0
  pick "$place" $LISTENERS
  if request POST "$picked/v1/heartbeat" && [ "$status" = 200 ]; then
    # What it held has arrived. A line comes with such an answer only, so that there is never more than one result to tell.
    result=
    read_answer
    said='a line'
    [ "$answer" != 'go on' ] || said='go on'
    return 0
  fi
  move_on
  # When all addresses were tried with this tool, perhaps another finds the way.
  misses=$((misses + 1))
  [ $((misses % places)) -eq 0 ] || return 0
  set -- $tools
  failed=$1
  shift
  tools="$*${1:+ }$failed"
}

# Whether there is a tool, and the own folder, which somebody may have removed meanwhile.
can_send() {
  [ -n "$tools" ] && [ -d "$own" ]
}

move_on() {
  place=$((place % places + 1))
}

# One heartbeat and what follows from its answer; `said` becomes go on, obeyed, refused or no answer.
converse() {
  genuine=
  beat ''
  tick 0
  [ "$said" != 'a line' ] || obey
  # An answer that is not understood keeps nothing alive: it may come from a proxy.
  if [ "$said" = 'go on' ] || [ -n "$genuine" ]; then
    heard=$elapsed
    [ $((sequence % 10)) -eq 0 ] || return 0
  fi
  [ -n "$stopped" ] || look_for_stop
}

obey() {
  judge "$answer"
  said=obeyed
  if [ -z "$why" ]; then carry_out; return; fi
  said="refused: $why"
  # The next regular heartbeat tells it, so that nobody can make this agent beat faster.
  result="{\"task\":$task,\"outcome\":\"refused\",\"why\":\"$why\"}"
  [ -n "$genuine" ] || move_on
}

# Any web server among the addresses can hand out the run's signed stop, as a file. All else that is there is ignored.
look_for_stop() {
  can_send || return 0
  stop_place=$((stop_place % places + 1))
  pick "$stop_place" $LISTENERS
  request GET "$picked/v1/stop/$RUN" && [ "$status" = 200 ] || return 0
  read_answer
  case $answer in 'ssc-stop '*) judge "$answer" ;; *) return 0 ;; esac
  [ -n "$why" ] || stopped=yes
}

# Ends with exit code $2 after a farewell for the reason $1; without a reason, silently.
finish() {
  trap '' TERM INT HUP
  set +C
  # `$!`: a signal may come between a start and the next line. What was only just started is still this shell, with its trap, and
  # heeds no TERM; but what sends may have a tool of its own to end.
  for child in $sender $pause $burner $children $!; do
    how=KILL
    [ "$child" != "$sender" ] || how=TERM
    if is_mine "$child"; then kill -s "$how" "$child" 2>/dev/null; fi
  done
  say "ends: ${1:-the listener was silent for too long}"
  [ -z "$1" ] || beat "$1"
  # Who ended the job is worth some more tries: perhaps the listener is just being started again.
  tick 0
  asked=$elapsed
  while [ "$1 $said" = 'signal no answer' ] && can_send && [ "$left" -gt 0 ] && [ $((elapsed - asked)) -lt 10 ]; do
    sleep 1
    beat signal
    tick 1
  done
  # The answer to a farewell can be a stop: a full stop cancels the job as well, and either may come first.
  if [ "$said" = 'a line' ]; then
    judge "$answer"
    if [ -z "$why" ] && [ "$order" = stop ]; then stopped=yes; fi
  fi
  # After a stop nothing stays, else what the scenario leaves to the investigators.
  if [ -n "$stopped" ] || [ -z "$TRACES" ]; then rm -f $markers 2>/dev/null; fi
  [ -z "$own" ] || rm -rf "$own"
  exit "$2"
}

# The sleep runs aside, so that a signal is answered at once.
nap() {
  sleep "$1" >/dev/null 2>&1 &
  pause=$!
  wait "$pause"
  pause=
}

# Limits for this shell and all that it starts: the last fuse, far above what it needs.
limit() {
  # A tool that comes to the limit of a file's size shall get an error, and not be killed.
  if (trap '' XFSZ) 2>/dev/null; then trap '' XFSZ; fi
  ulimit -c 0
  ulimit -f 2048
  ulimit -t $((600 + LIFE / 10))
}

# All that is remembered.
remember() {
  sender= pause= burner= children= markers= stopped= said= result= genuine= signature= own= tools= wget=
  sequence=0 elapsed=0 heard=0 newest=0 spawned=0 burned=0 misses=0 place=1 stop_place=0
  last=$(date +%s)
  last=${last:-0}
  set -- $LISTENERS
  places=$#
  host=$(uname -n | tr -cd 'A-Za-z0-9._-' | cut -c 1-200)
  host=${host:-unknown}
  # Whether /proc shows the same processes: in some containers it is that of the machine outside.
  id= proc=
  { read -r id rest </proc/self/stat; } 2>/dev/null
  [ "$id" != "$$" ] || proc=yes
}

# Makes its folder and finds its tools.
prepare() {
  find_tools
  [ -n "$tools" ] || say 'no heartbeats: this machine has none of curl, wget, python3 and node'
  own=./ssc-agent.$$
  mkdir "$own" || { say 'no heartbeats: this folder cannot be written'; own=; }
  # A printf that is a program would show the secret in its arguments.
  [ "$(command -v printf)" = printf ] || { say 'no heartbeats: the shell has no printf of its own'; tools=; }
  command -v sha256sum >/dev/null 2>&1 || { say 'no heartbeats: this machine has no sha256sum'; tools=; }
  choose_verifier
  name_sleeper
}

live() {
  printf '%s\n' "$NOTICE" "Questions: $CONTACT"
  limit 2>/dev/null
  remember
  trap 'finish signal 143' TERM INT HUP
  prepare
  tick 0
  spawn "$CHILDREN"
  while [ "$left" -gt 0 ]; do
    before=$said
    converse
    [ "$said" = "$before" ] || say "heartbeat $sequence: $said"
    [ -z "$stopped" ] || finish told 0
    [ $((elapsed - heard)) -lt "$SILENCE" ] || finish '' 0
    [ "$left" -gt 0 ] || break
    # What became of a task is told at once, and the answer may bring the next one.
    [ "$said" != obeyed ] || continue
    wanted=$HEARTBEAT
    [ "$wanted" -le "$left" ] || wanted=$left
    nap "$wanted"
    tick "$wanted"
  done
  finish expired 0
}

# The last line starts it: of a file that was cut short nothing runs.
live
