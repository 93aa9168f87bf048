#!/bin/bash
# A PostgreSQL server for the tests, on 127.0.0.1 only. Usage: postgres.sh WORK start|stop   (PORT= in the environment, else a free one)
# Debian package: postgresql (its own cluster is not used). State lies below WORK/postgres; `. WORK/postgres/env` sets DATABASE_URL.
# The server refuses to run as root: then it runs as the account postgres, which must be able to enter WORK.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/free-port.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
P=$WORK/postgres
BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
BIN=${BIN:-$(dirname "$(command -v pg_ctl || echo /nowhere/pg_ctl)")}
[ -x "$BIN/pg_ctl" ] || { echo "postgres.sh: there is no pg_ctl; install the package postgresql" >&2; exit 1; }
# A path of a unix socket has at most 107 characters.
[ ${#P} -le 85 ] || { echo "postgres.sh: the path of WORK is too long for a unix socket: $P" >&2; exit 2; }

as_owner() {
  if [ "$(id -u)" != 0 ]; then "$@"; return; fi
  (cd / && runuser -u postgres -- "$@")
}

alive() { as_owner "$BIN/pg_ctl" -D "$P/data" status > /dev/null 2>&1; }

initialise() {
  mkdir -p "$P"
  chmod 711 "$P"
  mkdir -p "$P/data" "$P/socket"
  : > "$P/log"
  if [ "$(id -u)" = 0 ]; then chown postgres: "$P/data" "$P/socket" "$P/log"; fi
  as_owner chmod 700 "$P/data" "$P/socket" ||
    { echo "postgres.sh: the account postgres cannot enter $P; choose a WORK that all may enter" >&2; exit 1; }
  [ -s "$P/data/PG_VERSION" ] || as_owner "$BIN/initdb" -D "$P/data" -U ssc --auth=trust --encoding=UTF8 --locale=C.UTF-8 > /dev/null
}

start() {
  if [ -s "$P/env" ] && alive; then cat "$P/env"; return; fi
  initialise
  local port=${PORT:-$(free_port)}
  local options="-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$P/socket -c max_connections=300"
  as_owner "$BIN/pg_ctl" -D "$P/data" -l "$P/log" -w -t 60 -o "$options" start > /dev/null || { tail -20 "$P/log" >&2; exit 1; }
  # For those who start by hand what the tests make for themselves.
  as_owner "$BIN/createdb" -h "$P/socket" -p "$port" -U ssc ssc 2>/dev/null || true
  echo "export DATABASE_URL=postgresql://ssc@127.0.0.1:$port/ssc" | tee "$P/env"
}

stop() {
  if alive; then as_owner "$BIN/pg_ctl" -D "$P/data" -m fast -w -t 60 stop > /dev/null; fi
  rm -f "$P/env"
}

case ${2:-} in start) start ;; stop) stop ;; *) echo "usage: $0 WORK start|stop" >&2; exit 2 ;; esac
