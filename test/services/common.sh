# Sourced by the scripts of the grid's services: ports, accounts, and the end of processes.
. "$(dirname "${BASH_SOURCE[0]}")/free-port.sh"

# The unprivileged account of grid jobs when the services run as root; it is made when it is missing.
POOL=ssc-pool

alive() { [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }

# until_true TENTHS COMMAND...: asks ten times a second.
until_true() {
  local left=$1
  shift
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}

# Whether the process of the pid file $2, and nobody else, listens on port $1.
listens() { alive "$2" && ss -ltnpH "sport = :$1" | grep -q "pid=$(cat "$2"),"; }

accepts() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# with_port FUNCTION: calls it with PORT, or with free ports until it gets one before others do.
with_port() {
  if [ -n "${PORT:-}" ]; then
    if accepts "$PORT"; then echo "somebody else listens on port $PORT" >&2; return 1; fi
    "$1" "$PORT"
    return
  fi
  for _ in 1 2 3; do
    if "$1" "$(free_port)"; then return 0; fi
  done
  return 1
}

# give_up DIR FILE...: ends what a start in vain left, shows the ends of the logs, and leaves.
give_up() {
  sweep "$1" || true
  shift
  { tail -n 20 "$@" 2>/dev/null || true; } >&2
  exit 1
}

# The local account that grid identities are mapped to.
account() {
  if [ "$(id -u)" != 0 ]; then id -un; return; fi
  # Others may be making it at this moment, and hold the lock of the accounts.
  until_true 100 made_account || { echo "the account $POOL cannot be made" >&2; return 1; }
  echo "$POOL"
}

made_account() { id "$POOL" > /dev/null 2>&1 || useradd -r -U -M -s /bin/sh -d / "$POOL" 2>/dev/null; }

# members DIR [PID...]: the processes of the service in folder DIR, one pid a line: those that carry SSC_SERVICE=DIR, which daemons
# hand down to jobs, those of its pid files (sshd writes over its environment), those that work below DIR, those named; with all
# their descendants, and never the caller or one of its ancestors.
members() {
  local folder=$1 seeds pid
  shift
  seeds=$(
    {
      grep -lazxF "SSC_SERVICE=$folder" /proc/[0-9]*/environ | cut -d/ -f3
      find /proc -maxdepth 2 -name cwd -lname "$folder/*" | cut -d/ -f3
      for pid in $(cat "$folder"/pid "$folder"/*.pid "$folder"/*/pid); do
        # Not one that has the number of a process of long ago.
        grep -qaF "$folder/" "/proc/$pid/cmdline" && echo "$pid"
      done
    } 2>/dev/null
  )
  seeds="$* $seeds"
  ps -eo pid=,ppid=,stat= | awk -v seeds="${seeds//$'\n'/ }" -v self=$$ '
    { parent[$1] = $2; if ($3 ~ /^Z/) over[$1] = 1 }
    END {
      count = split(seeds, list, " ")
      for (i = 1; i <= count; i++) seed[list[i]] = 1
      for (pid = self; pid > 0; pid = parent[pid]) delete seed[pid]
      for (pid in parent) {
        if (pid in over) continue
        for (up = pid; up > 1; up = parent[up]) if (up in seed) { print pid; break }
      }
    }'
}

# Ends all processes of the service in folder $1: asks, and after a second does not ask. Who was seen once stays a member,
# though its parent ends first.
sweep() {
  local round left=
  for round in $(seq 100); do
    # shellcheck disable=SC2086
    left=$(members "$1" $left)
    [ -n "$left" ] || return 0
    # shellcheck disable=SC2086
    if [ "$round" = 1 ]; then kill $left 2>/dev/null || true; fi
    # shellcheck disable=SC2086
    if [ "$round" -gt 10 ]; then kill -KILL $left 2>/dev/null || true; fi
    sleep 0.1
  done
  echo "processes of $1 do not end: $left" >&2
  return 1
}
