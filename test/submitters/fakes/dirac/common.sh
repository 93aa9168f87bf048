# Sourced by the stand-ins for DIRAC's commands. What they print is constructed from the format strings in DIRAC's sources
# (src/DIRAC/Interfaces/scripts/dirac_wms_*.py, src/DIRAC/Interfaces/API/Dirac.py, DErrno.py); nothing of it was recorded.
# Jobs are real processes. DIRAC_FAKE = folder of their state; DIRAC_FAKE_MODE = denied, expired, dead or hanging.
set -u
JOBS=$DIRAC_FAKE/jobs
mkdir -p "$JOBS"

# The words of what would keep a command from being carried out; nothing when all is well.
fault() {
  case ${DIRAC_FAKE_MODE:-} in
    expired) echo "Can't find proxy ( 1101 : Proxy expired)" ;;
    dead) echo "Can't connect to dips://dirac.example:9132/WorkloadManagement/JobManager: [Errno 111] Connection refused" ;;
    hanging) sleep 600 ;;
    *) if [ "${DIRAC_FAKE_MODE:-}" = denied ] || [ -e "$DIRAC_FAKE/banned" ]; then echo 'Unauthorized query ( 1111 : )'; fi ;;
  esac
}

exists() { case $1 in *[!0-9]*|'') return 1 ;; esac; [ -d "$JOBS/$1" ]; }
told() { exists "$1" && [ "$(cat "$JOBS/$1/status")" != Deleted ]; }
status() { cat "$JOBS/$1/status"; }
over() { case $(status "$1") in Done|Failed|Killed|Deleted) return 0 ;; *) return 1 ;; esac; }

# become ID STATUS MINOR: appears at once and whole.
become() {
  printf '%s\n' "$3" > "$JOBS/$1/minor"
  printf '%s\n' "$2" > "$JOBS/$1/status.new"
  mv "$JOBS/$1/status.new" "$JOBS/$1/status"
}

# end_job ID STATUS: ends the processes of a job that is not over.
end_job() {
  over "$1" || become "$1" Killed 'Marked for termination'
  if [ -s "$JOBS/$1/group" ]; then kill -KILL "-$(cat "$JOBS/$1/group")" 2> /dev/null; fi
  [ "$2" = Killed ] || become "$1" "$2" 'Marked for deletion'
}

# Python's list of strings, and the ids with commas between them.
commas() { echo "$*" | tr ' ' ','; }
