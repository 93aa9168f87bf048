#!/bin/sh
# The batch script: slurm hands it out to the node, with the job's folder as its argument. Slurm keeps a copy of it, and the
# job follows below, so that nothing else needs to reach the node. It runs twice: first as the keeper of the job's folder,
# then, with SSC_PART set, as the job itself.
if [ "${SSC_PART:-}" != job ]; then
  umask 077
  folder=$1
  # Of two batch jobs of one label the first one runs.
  if ! mkdir "$folder/begun"; then
    echo 'a job of this label was begun already: this one does nothing' >&2
    exit 75
  fi
  printf '%s\n' "$SLURM_JOB_ID" > "$folder/begun/id"
  # Caught, not ignored: the job gets the signal as well, and the keeper stays to write down how it ended.
  trap : TERM INT HUP
  SSC_PART=job /bin/sh "$0" < /dev/null
  code=$?
  printf '%s\n' "$code" > "$folder/exit.new" && mv "$folder/exit.new" "$folder/exit"
  exit "$code"
fi
unset SSC_PART
# --- the job ---
