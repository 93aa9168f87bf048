#!/bin/sh
# Keeps the folders of jobs where the commands run: keep.sh VERB FOLDER ARGUMENT... FOLDER/jobs/<label>/ is made before
# condor_submit is asked and thereby keeps a second submission out; it holds `id`, and the output that is brought back.
set -u
umask 077
LC_ALL=C
export LC_ALL
verb=$1 root=$2
shift 2

known() {
  id=$(head -c 40 "$1/id" 2>/dev/null)
  case $id in '' | *[!0-9.]*) return 1 ;; esac
}

# begin LABEL SCRIPT SECONDS: says `mine`, `id <id>` when it was submitted before, `stale` when somebody began it long ago and
# it is ours to settle now, or `held`.
begin() {
  job=$root/jobs/$1 patience=$3
  mkdir -p "$root/jobs" || exit 1
  if mkdir "$job" 2>/dev/null; then cp "$2" "$job/job.sh" && echo mine; return; fi
  [ -d "$job" ] || { echo "$job cannot be made" >&2; exit 1; }
  until known "$job"; do
    patience=$((patience - 1))
    if [ ! -d "$job" ]; then echo again; return; fi
    if [ "$patience" -lt 0 ]; then settle "$2"; return; fi
    sleep 1
  done
  echo "id $id"
}

settle() {
  if [ -n "$(find "$job" -prune -mmin +10 2>/dev/null)" ] && mkdir "$job/taken" 2>/dev/null; then
    cp "$1" "$job/job.sh" && echo stale
  else
    echo held
  fi
}

# note LABEL ID: the script is spooled by now, and may hold a secret.
note() {
  job=$root/jobs/$1
  printf '%s\n' "$2" > "$job/id.$$" && mv "$job/id.$$" "$job/id" && rm -f "$job/job.sh" && echo noted
}

drop() {
  for one; do
    case $one in '' | .* | */*) continue ;; esac
    rm -rf "$root/jobs/$one"
  done
  echo dropped
}

output() {
  [ ! -f "$root/jobs/$1/output" ] || head -c "$2" "$root/jobs/$1/output"
}

check() {
  for tool in condor_submit condor_q condor_history condor_rm condor_transfer_data condor_ping; do
    command -v "$tool" > /dev/null || echo "problem there is no command $tool: install HTCondor's client commands, or name their folder in path"
  done
  mkdir -p "$root/jobs" 2>/dev/null && [ -w "$root/jobs" ] || echo "problem the folder $root cannot be made or written: set the option folder"
  echo end
}

case $verb in begin | note | drop | output | check) "$verb" "$@" ;; esac
