# What each of the fake commands begins with.
lib=$(cd "$(dirname "$0")/.." && pwd)
. "$lib/lib.sh"
. "$lib/glite-wms/texts.sh"
[ "$1" != --version ] || exit 0
hang_if_told
lb=https://lb.wms.example:9000

# cleared ID: whether the job's output was fetched for good; the bookkeeping still knows it.
cleared() {
  for one in "$state"/jobs/*/; do
    if [ -e "$one/purged" ] && [ "$(cat "$one/id")" = "$1" ]; then return 0; fi
  done
  return 1
}

# named ID: the state as the bookkeeping calls it, in `name`; false when it knows no such job.
named() {
  name=Cleared
  cleared "$1" && return 0
  job_of "$1" || return 1
  word_of
  case $word in
    running) name=Running ;;
    cancelled) name=Cancelled ;;
    done) name=Done ;;
  esac
}
