# Sourced by the fake commands. FAKE_CONDOR is the folder of the one schedd that they all talk to: `mode`, `queue/<cluster>/`,
# `history/<cluster>/`, `ledger` (a line for each job that was begun), `calls` (a line for each command).
set -u
here=$(dirname "$0")
. "$here/texts.sh"
S=$FAKE_CONDOR
mkdir -p "$S/queue" "$S/history"
mode=$(cat "$S/mode" 2>/dev/null || echo ok)
echo "${0##*/} $* [${_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS:-}]" >> "$S/calls"
[ "$mode" != hanging ] || exec sleep 300

# The folder of a job $1, in the queue or, with $2, in the history.
job_in() { [ "${1##*.}" = 0 ] && [ -d "$S/${2:-queue}/${1%.*}" ] && echo "$S/${2:-queue}/${1%.*}"; }

put() { printf '%s' "$3" > "$1/$2.$$" && mv "$1/$2.$$" "$1/$2"; }
get() { cat "$1/$2" 2>/dev/null || echo undefined; }

value() {
  case $2 in
    JobStatus | HoldReasonCode | HoldReasonSubCode | ExitBySignal | ExitCode | ExitSignal | SscLabel) get "$1" "$2" ;;
    ifThenElse*) if [ "$(get "$1" JobStatus)" = 3 ]; then get "$1" RemoveReason; else get "$1" HoldReason; fi ;;
    *) echo undefined ;;
  esac
}

# tell PLACE ARGUMENT...: what condor_q and condor_history say of the jobs named, or of those that the constraint takes.
tell() {
  place=$1 ids='' wanted=''
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -pool | -name | -match) shift ;;
      -constraint) wanted=${2#SscLabel == \"}; wanted=${wanted%\"}; shift ;;
      -af:j) shift; break ;;
      *) ids="$ids $1" ;;
    esac
    shift
  done
  [ -n "$ids" ] || ids=$(cd "$S/$place" && for one in *; do [ -d "$one" ] && echo "$one.0"; done)
  for id in $ids; do
    job=$(job_in "$id" "$place") || continue
    [ -z "$wanted" ] || [ "$wanted" = "$(get "$job" SscLabel)" ] || continue
    printf '%s' "$id"
    for attribute; do printf ' %s' "$(value "$job" "$attribute")"; done
    printf '\n'
  done
}
