#!/bin/sh
# Starts one job: launch.sh <label>, in the job's folder, as the leader of its own session.
# It outlives the process that started it, and writes down what became of the job. See readme.md for the files.
umask 077
label=$1

# "<pid> <start time>" of process $1: the second word tells it from a later process with the same pid.
evidence() {
  if read -r line <"/proc/$1/stat"; then
    set -- "$1" ${line##*) }
    printf '%s %s\n' "$1" "${21}"
  else
    printf '%s %s\n' "$1" "$(LC_ALL=C ps -o lstart= -p "$1" | tr -s ' ' _)"
  fi 2>/dev/null
}

# Written aside and renamed, so that nobody reads half of it.
write() {
  cat >"$1.$$" && mv "$1.$$" "$1"
}

if [ "$2" = agent ]; then
  evidence $$ | write agent
  # Whoever cancels writes `cancelled` first and then looks for `agent`: one of the two sees the other.
  [ ! -e cancelled ] || exit 143
  exec /bin/sh script.sh
fi

# A hard link is made once, and with its content: a second launcher of the same label ends here.
evidence $$ >"claim.$$"
ln "claim.$$" started 2>/dev/null
claimed=$?
rm -f "claim.$$"
[ "$claimed" -eq 0 ] || exit 0
printf 'started %s\n' "$label" >>../../ledger

# A job cannot fill the disk: 10 MiB a file.
ulimit -f 20480
# A signal to the whole group is for the job; this shell waits to write down how it ended.
trap : TERM INT HUP
/bin/sh "$0" "$label" agent >output 2>&1 </dev/null
code=$?
printf '%s\n' "$code" | write exit
# As a batch system does: what the job left running ends with it.
trap '' TERM
kill -TERM 0
