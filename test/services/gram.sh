#!/bin/bash
# A Globus GRAM5 gatekeeper with the fork job manager for the tests, on 127.0.0.1 only.
# Usage: gram.sh WORK start|stop   (PORT= in the environment, else a free one; GRAM_LOG= the job manager's log levels)
# Debian packages: globus-gatekeeper globus-gram-job-manager globus-gram-job-manager-scripts globus-gram-job-manager-fork-setup-poll
# globus-gram-client-tools globus-gass-copy-progs socat gcc libc6-dev iproute2 procps, and those of ca.sh, which it starts when needed.
# State lies below WORK/gram; `. WORK/gram/env` sets GRAM_CONTACT, GRAM_PORT, GRAM_LOGS (a folder) and LD_PRELOAD, without which
# the clients' callback ports are open to the network: source it around Globus' programs alone.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/common.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
G=$WORK/gram
SAFE_PATH=/usr/sbin:/usr/bin:/sbin:/bin

# configure PORT
configure() {
  cat > "$G/job-manager.conf" <<CONF
-globus-toolkit-version 6.2
-globus-gatekeeper-host localhost
-globus-gatekeeper-port $1
-state-file-dir $G/state
-globus-job-dir $G/jobs
-log-pattern $G/log/jm_\$(LOGNAME).log
-log-levels ${GRAM_LOG:-FATAL|ERROR|WARN|INFO}
-x509-cert-dir $WORK/ca/certificates
-extra-envvars GLOBUS_HOSTNAME,SSC_SERVICE
CONF
  # Without LOGNAME the job manager ends without a word.
  cat > "$G/job-manager" <<RUN
#!/bin/sh
export PATH=$SAFE_PATH HOME=$G/home GLOBUS_HOSTNAME=localhost SSC_SERVICE=$G LD_PRELOAD=$G/loopback.so
export LOGNAME=\$(id -un) USER=\$(id -un)
exec /usr/sbin/globus-job-manager "\$@" 2>> $G/log/job-manager
RUN
  chmod 755 "$G/job-manager"
  local service
  for service in jobmanager jobmanager-fork; do
    echo "stderr_log,local_cred - $G/job-manager globus-job-manager -conf $G/job-manager.conf -type fork" > "$G/services/$service"
  done
  cat > "$G/gatekeeper.conf" <<CONF
-inetd
-home /usr
-e /usr/sbin
-grid_services $G/services
-gridmap $WORK/ca/gridmap
-x509_cert_dir $WORK/ca/certificates
-x509_user_cert $WORK/ca/host.pem
-x509_user_key $WORK/ca/host.key
-logfile $G/log/gatekeeper
-launch_method fork_and_exit
CONF
}

# The gatekeeper cannot be told an address, so socat listens for it; and it hands all of its environment to the job manager.
launch() {
  configure "$1"
  env -i PATH=$SAFE_PATH HOME="$G/home" TMPDIR="$G/tmp" GLOBUS_HOSTNAME=localhost SSC_SERVICE="$G" setsid socat \
    "TCP-LISTEN:$1,bind=127.0.0.1,reuseaddr,fork,backlog=100" "EXEC:/usr/sbin/globus-gatekeeper -conf $G/gatekeeper.conf,nofork" \
    >> "$G/log/socat" 2>&1 < /dev/null &
  echo $! > "$G/pid"
  until_true 100 settled "$1" && listens "$1" "$G/pid" || return 1
  cat > "$G/env" <<ENV
export GRAM_CONTACT=localhost:$1/jobmanager-fork
export GRAM_PORT=$1
export GRAM_LOGS=$G/log
export LD_PRELOAD=$G/loopback.so
ENV
}

settled() { listens "$1" "$G/pid" || ! alive "$G/pid"; }

start() {
  if alive "$G/pid"; then cat "$G/env"; return; fi
  "$HERE/ca.sh" "$WORK" start > /dev/null
  mkdir -p "$G"/{services,home,state,jobs,log,tmp}
  chmod 755 "$G" "$G/services"
  [ -s "$G/loopback.so" ] || gcc -shared -fPIC -O1 -o "$G/loopback.so" "$HERE/loopback.c" -ldl
  # A job manager never works as root.
  if [ "$(id -u)" = 0 ]; then chown "$(account):" "$G"/{home,state,jobs,log}; chmod 1777 "$G/tmp"; fi
  with_port launch || give_up "$G" "$G/log/socat"
  cat "$G/env"
}

stop() {
  sweep "$G"
  rm -f "$G/pid" "$G/env"
}

case ${2:-} in start) start ;; stop) stop ;; *) echo "usage: $0 WORK start|stop" >&2; exit 2 ;; esac
