#!/bin/sh
# A node: runs the job of folder $1 and writes down how it ended.
. "$(dirname "$0")/common.sh"
job=$1
cd "$job/sandbox" || exit 1
put "$job" node $$
echo "begun $(get "$job" SscLabel)" >> "$S/ledger"
setsid /bin/sh job.sh < /dev/null > output 2> error &
pid=$!
put "$job" pid "$pid"
[ "$(get "$job" JobStatus)" = 3 ] || put "$job" JobStatus 2
wait "$pid"
code=$?
kill -s KILL -- "-$pid" 2>/dev/null
if [ "$(get "$job" JobStatus)" = 3 ]; then
  mv "$job" "$S/history/"
elif [ "$code" -gt 128 ]; then
  put "$job" ExitBySignal true; put "$job" ExitSignal $((code - 128)); put "$job" JobStatus 4
else
  put "$job" ExitBySignal false; put "$job" ExitCode "$code"; put "$job" JobStatus 4
fi
