# Runs on the site's node, unpacked from SSC_RUN, with SSC_JOB (the script, gzip and base64) and SSC_LABEL in the environment.
# Leaves in ~/.ssc-jobs/<the job's numbers>: label, output, and `end` with the exit code, or TERM when it was asked to end.
umask 077
ulimit -f 20480
contact=${GLOBUS_GRAM_JOB_CONTACT%/}
number=${contact##*/}
contact=${contact%/*}
folder=$HOME/.ssc-jobs/${contact##*/}.$number
mkdir -p "$folder" && cd "$folder" || exit 97
# A batch system may run a job once more.
rm -f end
printf '%s\n' "$SSC_LABEL" >label
printf %s "$SSC_JOB" | base64 -d | gzip -dc >job || exit 98
unset SSC_JOB SSC_RUN SSC_LABEL
end() { printf '%s\n' "$1" >end.new && mv end.new end; }
trap 'end TERM' TERM
/bin/sh job >output 2>&1 </dev/null &
agent=$!
wait "$agent"
code=$?
# A signal ends the wait and not the agent.
while kill -0 "$agent" 2>/dev/null; do
  wait "$agent"
  code=$?
done
[ -e end ] || end "$code"
exit "$code"
