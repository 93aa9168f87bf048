# What the fake job systems share. Their state lies in the folder FAKE_STATE: `mode` (one word, absent = all is well), `ledger`
# (a line for each job that was begun) and jobs/<number>/ with id, label, script.sh, pid, out, exit, cancelled and purged.
# Jobs are real: processes of their own session on this machine.
umask 077
state=${FAKE_STATE:?}

mode() {
  if [ -e "$state/mode" ]; then cat "$state/mode"; else echo ok; fi
}

# A service that listens and never answers.
hang_if_told() {
  [ "$(mode)" != hanging ] || exec sleep 120
}

# new_job LABEL: makes the folder `job` with its `number`.
new_job() {
  mkdir -p "$state/jobs"
  number=1
  while ! mkdir "$state/jobs/$number" 2>/dev/null; do number=$((number + 1)); done
  job=$state/jobs/$number
  printf '%s\n' "$1" >"$job/label"
}

# start_job SCRIPT ID: runs the script in the folder `job`, and waits until it is there.
start_job() {
  cp "$1" "$job/script.sh"
  printf '%s\n' "$2" >"$job/id"
  printf 'started %s\n' "$(cat "$job/label")" >>"$state/ledger"
  setsid sh "$lib/runner.sh" "$job" </dev/null >/dev/null 2>&1 &
  until [ -s "$job/pid" ]; do sleep 0.02; done
}

# job_of ID: sets `job`; false when there is none, or no longer.
job_of() {
  for job in "$state"/jobs/*/; do
    job=${job%/}
    [ ! -e "$job/id" ] || [ -e "$job/purged" ] || [ "$(cat "$job/id")" != "$1" ] || return 0
  done
  return 1
}

lives() {
  kill -0 -- "-$(cat "$job/pid")" 2>/dev/null
}

# The state of `job`: running, cancelled or done; then `code` holds the exit code.
word_of() {
  code=
  if [ -e "$job/exit" ]; then
    code=$(cat "$job/exit")
    word=done
  elif [ -e "$job/cancelled" ] && ! lives; then
    word=cancelled
  else
    word=running
  fi
}

# As a batch system does: politely, then by force.
cancel_job() {
  : >"$job/cancelled"
  for signal in TERM KILL; do
    kill -s "$signal" -- "-$(cat "$job/pid")" 2>/dev/null
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      lives || return 0
      sleep 0.05
    done
  done
}
