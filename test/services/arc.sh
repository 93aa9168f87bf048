#!/bin/bash
# An ARC CE (A-REX with its REST interface and the fork back end) for the tests, on 127.0.0.1 only.
# Usage: arc.sh WORK start|stop   (PORT= in the environment, else a free one; ARC_REFRESH= seconds, see below)
# Debian packages: nordugrid-arc-arex curl iproute2 procps, and those of ca.sh, which it starts when needed;
# nordugrid-arc-client nordugrid-arc-plugins-arcrest for arcsub and its kin.
# State lies below WORK/arc; `. WORK/arc/env` sets ARC_URL (of A-REX), ARC_REST (of REST 1.0), ARC_PORT and ARC_CLIENT_CONF (for `arcsub -z`).
# A-REX looks at its jobs every ARC_REFRESH seconds (else 2), which at 2 takes about one core while it runs: stop it when it is done with.
# Who may use it: the gridmap of ca.sh, at every request.
set -euo pipefail
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$HERE/common.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
A=$WORK/arc
SHARE=/usr/share/arc

# configure PORT
configure() {
  local who
  who=$(account)
  cat > "$A/arc.conf" <<CONF
[common]
hostname = localhost
x509_host_key = $WORK/ca/host.key
x509_host_cert = $WORK/ca/host.pem
x509_cert_dir = $WORK/ca/certificates
[authgroup:mapped]
file = $WORK/ca/gridmap
[mapping]
map_to_user = mapped $who:$(id -gn "$who")
[lrms]
lrms = fork
[arex]
controldir = $A/control
sessiondir = $A/session
runtimedir = $A/runtime
tmpdir = $A/tmp
logfile = $A/log/arex
joblog = $A/log/jobs
pidfile = $A/arex.pid
wakeupperiod = ${ARC_REFRESH:-2}
loglevel = 3
mail = root@localhost
[arex/ws]
wsurl = https://localhost:$1/arex
logfile = $A/log/ws
pidfile = $A/ws.pid
[arex/ws/jobs]
allowaccess = mapped
[infosys]
logfile = $A/log/infosys
[infosys/glue2]
[infosys/cluster]
[queue:fork]
CONF
  printf '[common]\nproxypath=%s\ncacertificatesdirectory=%s\n' "$WORK/ca/proxy-user.pem" "$WORK/ca/certificates" > "$A/client.conf"
}

# The packaged start scripts, with what has no option: the address to listen on, how often the job states that REST tells are
# gathered (a minute apart else), and, without root, a check of the identity, since then A-REX itself would run anybody's jobs.
adapt() {
  local check=
  if [ "$(id -u)" != 0 ]; then
    check='<SecHandler name=\\"arc.authz\\" event=\\"incoming\\"><PDP name=\\"arclegacy.pdp\\"><ConfigBlock>'
    check+='<ConfigFile>$ARC_RUNTIME_CONFIG</ConfigFile><BlockName>arex/ws/jobs</BlockName></ConfigBlock></PDP></SecHandler>'
  fi
  sed -e 's#<tcp:Listen>#&<tcp:Interface>127.0.0.1</tcp:Interface><tcp:Version>4</tcp:Version>#' \
    -e "s#^ *emies_legacy_shc=\"\"#emies_legacy_shc=\"$check\"#" "$SHARE/arc-arex-ws-start" > "$A/ws-start"
  sed "s#^ *<arex:gmconfig>.*#&<arex:InfoproviderWakeupPeriod>${ARC_REFRESH:-2}</arex:InfoproviderWakeupPeriod>#" "$SHARE/arc-arex-start" > "$A/arex-start"
  # Rather stand still than be open to the network, should another version's script look different.
  grep -q '<tcp:Interface>127.0.0.1<' "$A/ws-start" || { echo "arc.sh: $SHARE/arc-arex-ws-start has no tcp:Listen" >&2; return 1; }
}

clean() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$A/tmp" SSC_SERVICE="$A" ARC_CONFIG="$A/arc.conf" TMPDIR="$A/tmp" "$@"; }

launch() {
  configure "$1"
  clean bash "$A/arex-start" >> "$A/log/console" 2>&1 < /dev/null || return 1
  clean bash "$A/ws-start" >> "$A/log/console" 2>&1 < /dev/null || true
  if ! until_true 300 serves "$1"; then sweep "$A"; return 1; fi
  cat > "$A/env" <<ENV
export ARC_URL=https://localhost:$1/arex
export ARC_REST=https://localhost:$1/arex/rest/1.0
export ARC_PORT=$1
export ARC_CLIENT_CONF=$A/client.conf
ENV
}

serves() {
  listens "$1" "$A/ws.pid" && alive "$A/arex.pid" && curl -sf -m 5 -o /dev/null --cacert "$WORK/ca/ca.pem" \
    --cert "$WORK/ca/proxy-user.pem" --key "$WORK/ca/proxy-user.pem" "https://localhost:$1/arex/rest/1.0/info"
}

start() {
  if alive "$A/arex.pid" && alive "$A/ws.pid"; then cat "$A/env"; return; fi
  stop
  "$HERE/ca.sh" "$WORK" start > /dev/null
  mkdir -p "$A"/{control,session,log,tmp}
  chmod 755 "$A" "$A/session"
  chmod 1777 "$A/tmp"
  # Without it the start script computes one of its own for minutes.
  [ -s "$A/control/dhparam.pem" ] || openssl genpkey -quiet -genparam -algorithm DH -pkeyopt group:ffdhe3072 -out "$A/control/dhparam.pem"
  adapt
  with_port launch || give_up "$A" "$A"/log/console "$A"/log/ws
  cat "$A/env"
}

stop() {
  sweep "$A"
  rm -f "$A/arex.pid" "$A/ws.pid" "$A/env"
}

case ${2:-} in start) start ;; stop) stop ;; *) echo "usage: $0 WORK start|stop" >&2; exit 2 ;; esac
