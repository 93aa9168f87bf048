#!/bin/bash
# A redis-server for the tests, on 127.0.0.1 only. Usage: redis.sh WORK start|stop   (PORT= in the environment, else a free one)
# Debian package: redis-server. State lies below WORK/redis; `. WORK/redis/env` sets REDIS_URL.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/free-port.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
R=$WORK/redis

alive() { [ -s "$R/pid" ] && kill -0 "$(cat "$R/pid")" 2>/dev/null; }

start() {
  if alive; then cat "$R/env"; return; fi
  mkdir -p "$R/data"
  rm -f "$R/pid"
  local port=${PORT:-$(free_port)}
  cat > "$R/redis.conf" <<CONF
bind 127.0.0.1
port $port
protected-mode yes
daemonize yes
pidfile $R/pid
logfile $R/log
dir $R/data
appendonly yes
appendfsync everysec
save ""
CONF
  redis-server "$R/redis.conf" > /dev/null
  for _ in $(seq 100); do
    [ "$(redis-cli -h 127.0.0.1 -p "$port" ping 2>/dev/null)" = PONG ] && break
    sleep 0.05
  done
  [ "$(redis-cli -h 127.0.0.1 -p "$port" ping)" = PONG ] || { tail -20 "$R/log" >&2; exit 1; }
  echo "export REDIS_URL=redis://127.0.0.1:$port" | tee "$R/env"
}

stop() {
  if alive; then
    local pid
    pid=$(cat "$R/pid")
    kill "$pid"
    for _ in $(seq 200); do kill -0 "$pid" 2>/dev/null || break; sleep 0.05; done
  fi
  rm -f "$R/pid" "$R/env"
}

case ${2:-} in start) start ;; stop) stop ;; *) echo "usage: $0 WORK start|stop" >&2; exit 2 ;; esac
