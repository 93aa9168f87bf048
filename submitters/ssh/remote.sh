# Runs on the site's host: sh <this> <folder> <verb> <arguments>. See readme.md for the files and the answers.
umask 077
LC_ALL=C
export LC_ALL
root=$1
verb=$2
shift 2
case $root in /*) ;; *) root=$PWD/$root ;; esac
jobs=$root/jobs

has() { command -v "$1" >/dev/null 2>&1; }

# "<pid> <start time>" of a process that lives and is no zombie: the second word tells it from a later one with that pid.
evidence() {
  if [ -r /proc/self/stat ]; then
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    set -- "$1" ${line##*) }
    case $2 in Z | X) return 1 ;; esac
    echo "$1 ${21}"
  else
    set -- "$1" $(ps -o stat= -o lstart= -p "$1" 2>/dev/null)
    case $2 in '' | Z*) return 1 ;; esac
    echo "$1 $3-$4-$5-$6-$7"
  fi
}

# Sets `known` and `pid` from what the launcher wrote. The job can write there, too: kill(1) takes 0, 1 and -1 for many others.
read_started() {
  read -r known <"$1/started" || return 1
  pid=${known%% *}
  case $pid in '' | *[!0-9]* | 0* | 1 | ????????????*) return 1 ;; esac
} 2>/dev/null

# Does anybody live of the launcher's process group? A child that the agent left behind counts until `exit` is written.
group_lives() {
  read_started "$1" || return 1
  [ "$(evidence "$pid")" != "$known" ] || return 0
  # The launcher is gone: its pid cannot be given again while its group has members, so a process of that number is another.
  ! kill -s 0 "$pid" 2>/dev/null || return 1
  [ ! -e "$1/exit" ] && kill -s 0 -- "-$pid" 2>/dev/null
}

state_of() {
  job=$jobs/$1
  [ -d "$job" ] || { echo missing; return; }
  cancelled=
  [ ! -e "$job/cancelled" ] || cancelled=' cancelled'
  if [ -s "$job/exit" ]; then
    echo "exit $(head -c 10 "$job/exit" | tr -cd 0-9)$cancelled"
  elif [ ! -e "$job/started" ]; then
    echo "waiting$cancelled"
  elif group_lives "$job"; then
    echo running
  elif [ -s "$job/exit" ]; then
    # It ended while we looked.
    echo "exit $(head -c 10 "$job/exit" | tr -cd 0-9)$cancelled"
  else
    echo "gone$cancelled"
  fi
}

tell() { for label; do echo "ssc $label $(state_of "$label")"; done; }

# Written aside and renamed, so that nobody reads half of it.
put() { cat >"$1.$$" && mv "$1.$$" "$1"; }

# The leader of a new session: launch <label>. Of many for one label, the one that makes the hard link goes on; the link is
# there at once with its content, which a folder would not be.
launch() {
  cd "$jobs/$1" || exit 1
  evidence $$ >"claim.$$"
  ln "claim.$$" started 2>/dev/null
  claimed=$?
  rm -f "claim.$$"
  [ "$claimed" -eq 0 ] || exit 0
  # Whoever cancels writes `cancelled` first and then looks for `started`: one of the two sees the other.
  [ ! -e cancelled ] || exit 0
  echo "started $1" >>"$root/ledger"
  # A job cannot fill the disk: 10 MiB a file.
  ulimit -f 20480
  # A signal to the whole group is for the job; this shell waits to write down how it ended.
  trap : TERM INT HUP
  HOME=$PWD /bin/sh script.sh >output 2>&1 </dev/null
  echo $? | put exit
  # As a batch system does: what the job left running ends with it.
  trap '' TERM
  kill -s TERM 0
}

# submit <label> <folder with script.sh and remote.sh>
submit() {
  lacking=
  for tool in setsid ln mv mkdir cat head tr; do has "$tool" || lacking="$lacking $tool"; done
  [ -r /proc/self/stat ] || has ps || lacking="$lacking ps(or-/proc)"
  [ -z "$lacking" ] || { echo "ssc-lacking$lacking"; exit 0; }
  mkdir -p "$jobs/$1" || exit 1
  # A job that was begun keeps the script that it runs.
  [ -e "$jobs/$1/started" ] || { put "$jobs/$1/remote.sh" <"$2/remote.sh" && put "$jobs/$1/script.sh" <"$2/script.sh"; } || exit 1
  # Out of the session of this connection: it must outlive it.
  setsid /bin/sh "$jobs/$1/remote.sh" "$root" launch "$1" </dev/null >/dev/null 2>&1 &
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ ! -e "$jobs/$1/started" ] || break
    nap
  done
  tell "$1"
}

nap() { sleep 0.1 2>/dev/null || sleep 1; }

signal_all() {
  signal=$1
  shift
  for label; do
    ! group_lives "$jobs/$label" || kill -s "$signal" -- "-$pid" 2>/dev/null
  done
}

any_lives() { for label; do ! group_lives "$jobs/$label" || return 0; done; return 1; }

# cancel <tenths of a second> <label>...
cancel() {
  patience=$1
  shift
  for label; do
    case $(state_of "$label") in running | waiting) : >"$jobs/$label/cancelled" ;; esac
  done
  signal_all TERM "$@"
  while [ "$patience" -gt 0 ] && any_lives "$@"; do nap; patience=$((patience - 1)); done
  signal_all KILL "$@"
  patience=20
  while [ "$patience" -gt 0 ] && any_lives "$@"; do nap; patience=$((patience - 1)); done
  tell "$@"
}

# output <label> <bytes>
output() {
  [ -d "$jobs/$1" ] || exit 44
  [ ! -e "$jobs/$1/output" ] || head -c "$2" "$jobs/$1/output"
}

clean() {
  for label; do
    case $(state_of "$label") in running) ;; *) rm -rf -- "${jobs:?}/$label" ;; esac
  done
  tell "$@"
}

case $verb in
  submit | launch | cancel | output | clean) "$verb" "$@" ;;
  status) tell "$@" ;;
  *) exit 2 ;;
esac
