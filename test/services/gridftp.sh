#!/bin/bash
# A GridFTP server for the tests, on 127.0.0.1 only. Usage: gridftp.sh WORK start|stop   (PORT= in the environment, else a free one)
# Debian packages: globus-gridftp-server-progs globus-gass-copy-progs iproute2 procps, and those of ca.sh, which it starts when needed.
# State lies below WORK/gridftp; `. WORK/gridftp/env` sets GRIDFTP_URL (of the folder `data`), GRIDFTP_PORT and GRIDFTP_DATA.
# Below data: hello.txt, open/ (all may write), shared/ (read through the group alone), private/ (not for the mapped account).
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/common.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
G=$WORK/gridftp
DATA=$G/data

# As root the mapped account gets its rights as others get them. Without root it is the owner of all: there a folder without any
# right is the only one that it cannot enter.
serve_files() {
  mkdir -p "$DATA"/{open,shared,private}
  chmod u+rwx "$DATA/private"
  echo 'good day' > "$DATA/hello.txt"
  echo 'for everyone' > "$DATA/open/notes.txt"
  echo 'for the group' > "$DATA/shared/results.csv"
  echo 'for nobody else' > "$DATA/private/secret.txt"
  chmod 755 "$G" "$DATA"
  chmod 644 "$DATA/hello.txt" "$DATA/open/notes.txt"
  chmod 1777 "$DATA/open"
  chmod 640 "$DATA/shared/results.csv"
  chmod 600 "$DATA/private/secret.txt"
  if [ "$(id -u)" = 0 ]; then chgrp -R "$(id -gn "$1")" "$DATA/shared"; chmod 700 "$DATA/private"; else chmod 000 "$DATA/private"; fi
  chmod 750 "$DATA/shared"
}

launch() {
  local level=3
  # 1: check the identity, 2: check the rights on files, 4: never change the account
  if [ "$(id -u)" != 0 ]; then level=7; fi
  rm -f "$G/pid"
  # `-c none`: nothing of /etc is read.
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin SSC_SERVICE="$G" GLOBUS_HOSTNAME=localhost GRIDMAP="$WORK/ca/gridmap" \
    X509_CERT_DIR="$WORK/ca/certificates" X509_USER_CERT="$WORK/ca/host.pem" X509_USER_KEY="$WORK/ca/host.key" \
    setsid globus-gridftp-server -c none -s -p "$1" -control-interface 127.0.0.1 -data-interface 127.0.0.1 -auth-level $level \
    -home-dir "$DATA" -chdir-to "$DATA" -log-level ERROR,WARN,INFO -logfile "$G/log" -disable-usage-stats > "$G/console" 2>&1 < /dev/null &
  echo $! > "$G/pid"
  until_true 100 settled "$1" && listens "$1" "$G/pid" || return 1
  printf 'export GRIDFTP_URL=%s\nexport GRIDFTP_PORT=%s\nexport GRIDFTP_DATA=%s\n' "gsiftp://localhost:$1$DATA/" "$1" "$DATA" > "$G/env"
}

settled() { listens "$1" "$G/pid" || ! alive "$G/pid"; }

start() {
  if alive "$G/pid"; then cat "$G/env"; return; fi
  "$HERE/ca.sh" "$WORK" start > /dev/null
  mkdir -p "$G"
  local owner
  owner=$(account)
  serve_files "$owner"
  with_port launch || give_up "$G" "$G/console"
  cat "$G/env"
}

stop() {
  sweep "$G"
  if [ -d "$DATA/private" ]; then chmod u+rwx "$DATA/private"; fi
  rm -f "$G/pid" "$G/env"
}

case ${2:-} in start) start ;; stop) stop ;; *) echo "usage: $0 WORK start|stop" >&2; exit 2 ;; esac
