#!/bin/bash
# A certificate authority for the tests: a host certificate of localhost, identities, proxies (RFC 3820), a CRL and a gridmap.
# Usage: ca.sh WORK start|stop
#        ca.sh WORK proxy NAME [hh:mm]   makes WORK/ca/proxy-NAME.pem anew (12:00 when no time is given)
#        ca.sh WORK expired NAME         makes WORK/ca/expired-NAME.pem, a proxy that ended an hour ago
#        ca.sh WORK allow|ban NAME       maps NAME to the local account, or no longer; servers read the gridmap at every connection
# NAME: user, control, revoked (all three mapped; the last one is on the CRL), attacker (not mapped until allowed), stranger (never mapped).
# Debian packages: openssl globus-proxy-utils. State lies below WORK/ca; `. WORK/ca/env` sets X509_CERT_DIR, PROXY_USER, DN_USER...
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
C=$WORK/ca
NAMES=(user attacker control revoked stranger)
BASE=/DC=example/DC=grid
USAGE='keyUsage=critical,digitalSignature,keyEncipherment'

dn() {
  case $1 in
    user) echo "$BASE/CN=Alice Physicist" ;;
    attacker) echo "$BASE/CN=Mallory Attacker" ;;
    control) echo "$BASE/CN=Conny Control" ;;
    revoked) echo "$BASE/CN=Rex Revoked" ;;
    stranger) echo "$BASE/CN=Sam Stranger" ;;
    *) echo "ca.sh: nobody is called ${1:-(nothing)}" >&2; return 2 ;;
  esac
}

authority() {
  [ ! -s "$C/ca.pem" ] || return 0
  openssl req -x509 -newkey rsa:2048 -nodes -sha256 -days 365 -subj "$BASE/CN=Test Authority" -keyout "$C/ca.key" -out "$C/ca.new" \
    -addext 'basicConstraints=critical,CA:TRUE' -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
  local file
  file=$C/certificates/$(openssl x509 -hash -noout -in "$C/ca.new")
  cp "$C/ca.new" "$file.0"
  cat > "$file.signing_policy" <<POLICY
access_id_CA  X509    '$BASE/CN=Test Authority'
pos_rights    globus  CA:sign
cond_subjects globus  '"$BASE/*"'
POLICY
  mv "$C/ca.new" "$C/ca.pem"
}

# issue FILE SUBJECT EXTENSIONS
issue() {
  [ ! -s "$C/$1.pem" ] || return 0
  openssl req -new -newkey rsa:2048 -nodes -subj "$2" -keyout "$C/$1.key" -out "$C/$1.csr" 2>/dev/null
  openssl x509 -req -in "$C/$1.csr" -CA "$C/ca.pem" -CAkey "$C/ca.key" -set_serial "0x$(openssl rand -hex 4)" -days 30 -sha256 \
    -extfile <(printf 'basicConstraints=critical,CA:FALSE\n%s\n%s\n' "$USAGE" "$3") -out "$C/$1.pem" 2>/dev/null
}

# A configuration for `openssl ca` with a register of its own in folder $1.
register() {
  mkdir -p "$1"
  : > "$1/index"
  echo 01 > "$1/serial"
  cat > "$1/config" <<CONFIG
[ca]
default_ca = here
[here]
database = $1/index
serial = $1/serial
new_certs_dir = $1
default_md = sha256
default_crl_days = 30
policy = any
unique_subject = no
preserve = yes
email_in_dn = no
[any]
domainComponent = optional
commonName = optional
[proxy]
$USAGE
proxyCertInfo = critical,language:id-ppl-inheritAll
CONFIG
}

revoke() {
  local list
  list=$C/certificates/$(openssl x509 -hash -noout -in "$C/ca.pem").r0
  [ ! -s "$list" ] || return 0
  register "$C/revocations"
  local ca=(openssl ca -config "$C/revocations/config" -cert "$C/ca.pem" -keyfile "$C/ca.key")
  "${ca[@]}" -revoke "$C/revoked.pem" 2>/dev/null
  "${ca[@]}" -gencrl -out "$list" 2>/dev/null
}

# proxy NAME hh:mm
proxy() {
  X509_CERT_DIR=$C/certificates grid-proxy-init -q -rfc -bits 2048 -valid "$2" -cert "$C/$1.pem" -key "$C/$1.key" -out "$C/proxy-$1.pem"
}

# grid-proxy-init cannot make what has already ended: the user's own key signs it here.
expired() {
  local folder=$C/expired-$1
  register "$folder"
  openssl req -new -newkey rsa:2048 -nodes -subj "$(dn "$1")/CN=1" -keyout "$folder/key" -out "$folder/csr" 2>/dev/null
  openssl ca -batch -notext -config "$folder/config" -extensions proxy -cert "$C/$1.pem" -keyfile "$C/$1.key" -in "$folder/csr" \
    -startdate "$(date -u -d '-2 hours' +%Y%m%d%H%M%SZ)" -enddate "$(date -u -d '-1 hour' +%Y%m%d%H%M%SZ)" -out "$folder/pem" 2>/dev/null
  cat "$folder/pem" "$folder/key" "$C/$1.pem" > "$C/expired-$1.pem"
}

# map allow|ban NAME: the file is replaced at once, so that no server ever reads half of it.
map() {
  (
    flock 9
    touch "$C/gridmap"
    { grep -vF "\"$(dn "$2")\"" "$C/gridmap" || true; } > "$C/gridmap.new"
    if [ "$1" = allow ]; then echo "\"$(dn "$2")\" $(account)" >> "$C/gridmap.new"; fi
    chmod 644 "$C/gridmap.new"
    mv "$C/gridmap.new" "$C/gridmap"
  ) 9> "$C/lock"
}

environment() {
  local name
  cat <<ENV
export X509_CERT_DIR=$C/certificates
export CA_FILE=$C/ca.pem
export GRIDMAP=$C/gridmap
export GLOBUS_HOSTNAME=localhost
ENV
  for name in "${NAMES[@]}"; do
    printf "export %s_${name^^}=%s\n" PROXY "$C/proxy-$name.pem" CERT "$C/$name.pem" KEY "$C/$name.key" DN "'$(dn "$name")'"
  done
  # As root, Globus takes a host's credential before X509_USER_PROXY, and these two name it.
  echo 'unset X509_USER_CERT X509_USER_KEY'
}

identity() {
  issue "$1" "$(dn "$1")" 'extendedKeyUsage=clientAuth'
  proxy "$1" 12:00
}

start() {
  if [ -s "$C/env" ]; then cat "$C/env"; return; fi
  mkdir -p "$C/certificates"
  chmod 755 "$C" "$C/certificates"
  authority
  issue host "$BASE/CN=localhost" "extendedKeyUsage=serverAuth,clientAuth
subjectAltName=DNS:localhost,DNS:$(hostname),IP:127.0.0.1" &
  local name pids=("$!") pid
  for name in "${NAMES[@]}"; do
    identity "$name" &
    pids+=("$!")
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  revoke
  for name in user control revoked; do map allow "$name"; done
  chmod 644 "$C"/certificates/* "$C"/*.pem
  chmod 600 "$C"/*.key "$C"/proxy-*.pem
  environment > "$C/env"
  cat "$C/env"
}

[ "$#" -ge 2 ] || set -- "$1" help
umask 077
case $2 in
  start) start ;;
  stop) rm -rf "$C" ;;
  proxy) dn "${3:-}" > /dev/null; proxy "$3" "${4:-12:00}"; echo "$C/proxy-$3.pem" ;;
  expired) dn "${3:-}" > /dev/null; expired "$3"; echo "$C/expired-$3.pem" ;;
  allow | ban) dn "${3:-}" > /dev/null; map "$2" "$3"; cat "$C/gridmap" ;;
  *) echo "usage: $0 WORK start|stop|proxy|expired|allow|ban [NAME] [hh:mm]" >&2; exit 2 ;;
esac
