
# Carries out what was judged good. This list is all that the agent can do; `result` becomes what the next heartbeat tells.
carry_out() {
  outcome=done seen=
  case $order in
    idle) ;;
    report) observe ;;
    mark) mark "$number" || outcome=failed ;;
    spawn)
      spawn "$number" || outcome=failed
      count_children
      number=$alive
      ;;
    contact) contact "$number" || outcome=failed ;;
    load) load "$number" || outcome=failed ;;
    move-listener) if pick "$number" $LISTENERS; then place=$number; else outcome=failed; fi ;;
    stop) stopped=yes ;;
    *) return 0 ;;
  esac
  say "task $task: $order $outcome"
  [ "$number" != - ] || number=
  [ "$task" = 0 ] || result="{\"task\":$task,\"outcome\":\"$outcome\"${number:+,\"number\":$number}${seen:+,\"report\":$seen}}"
}

# Who and where this job is. The batch system's own number comes first, then that of the grid's gateway or work load system.
observe() {
  batch=${SLURM_JOB_ID:-${PBS_JOBID:-${LSB_JOBID:-${JOB_ID:-}}}}
  batch=${batch:-${GRID_GLOBAL_JOBID:-${CREAM_JOBID:-${PANDAID:-${DIRACJOBID:-}}}}}
  uid=$(id -u | tr -cd '0-9' | cut -c 1-10)
  batch=$(printf '%s' "$batch" | tr -cd 'A-Za-z0-9._:@\133\135/+-' | cut -c 1-200)
  folder=$(pwd | tr -cd 'A-Za-z0-9._:@/+,=-' | cut -c 1-300)
  seen="{\"uid\":\"$uid\",\"batchJob\":\"$batch\",\"folder\":\"$folder\"}"
}

# A marker for the investigators. It never touches what is there already, be it a link or a device.
mark() {
  file=ssc-exercise-marker-$1
  [ ! -e "$file" ] && [ ! -L "$file" ] || return 1
  set -C
  { markers="$markers $file"; printf '%s\n' "$NOTICE" "Questions: $CONTACT" "Job: $JOB"; } 2>/dev/null >"$file"
  marked=$?
  set +C
  return "$marked"
}

# $1 more children that sleep until the expiry; never more than 10 in a life.
spawn() {
  [ "$left" -gt 0 ] && [ $((spawned + $1)) -le 10 ] || return 1
  wanted=$((spawned + $1))
  while [ "$spawned" -lt "$wanted" ]; do
    "$sleeper" "$left" >/dev/null 2>&1 &
    children="$children $!"
    spawned=$((spawned + 1))
  done
}

count_children() {
  alive=0
  for child in $children; do
    if is_mine "$child"; then alive=$((alive + 1)); fi
  done
}

# A sleep under a telling name, where the machine's sleep does not mind how it is called.
name_sleeper() {
  sleeper=sleep
  [ -n "$own" ] && ln -s "$(command -v sleep)" "$own/ssc-exercise-sleep" 2>/dev/null || return 0
  if "$own/ssc-exercise-sleep" 0 2>/dev/null; then sleeper=$own/ssc-exercise-sleep; fi
}

# One GET to the $1-th endpoint; what it says is thrown away.
contact() {
  pick "$1" $ENDPOINTS || return 1
  request GET "$picked"
  number=$status
}

# $1 seconds of one processor at the lowest priority, one load at a time. It ends by the limit of its own processor time, and
# at once when this process is gone, however that came. That it is done says that it was begun.
load() {
  [ -z "$burner" ] || ! is_mine "$burner" || return 1
  [ $((burned + $1)) -le "$CPU_SECONDS" ] || return 1
  command -v nice >/dev/null 2>&1 || return 1
  burned=$((burned + $1))
  nice -n 19 /bin/sh -c '
    trap exit XCPU
    ulimit -S -t "$1" && ulimit -H -t $(($1 + 1)) || exit
    while kill -0 "$2" 2>/dev/null; do
      turns=10000
      while [ "$turns" -gt 0 ]; do turns=$((turns - 1)); done
    done' ssc-exercise-load "$1" "$$" >/dev/null 2>&1 &
  burner=$!
}
