#!/bin/bash
# A real DiracX for the tests, with SQLite, an object store and a pilot of the tests' own, on 127.0.0.1 only.
# Usage: diracx.sh WORK install|start|stop   `install` makes the Python environment from PyPI that `start` needs, about a minute.
# DIRACX_VENV= in the environment is where that lies (else WORK/diracx-venv); PORT= the service's, the store takes the next one (else free ones).
# Debian packages: python3 python3-venv git curl procps iproute2 zstd. State lies below WORK/diracx; `. WORK/diracx/env` sets DIRACX_URL,
# DIRACX_STORE, DIRACX_TOKEN (may submit), DIRACX_POWERLESS (may not), DIRACX_EXPIRED (files of tokens), DIRACX_LEDGER (JobName of each job begun).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")/diracx" && pwd)
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
S=$WORK/diracx
VENV=${DIRACX_VENV:-$WORK/diracx-venv}
VERSION=0.7.0
CS=git+file://$S/cs

install() {
  python3 -m venv "$VENV"
  "$VENV/bin/pip" install -q --disable-pip-version-check diracx-{core,db,logic,routers,cli,client,api,testing}==$VERSION
}

# Once: keys, and a VO with one group and one user.
prepare() {
  mkdir -p "$S"/{db,objects,jobs,tokens}
  if [ ! -d "$S/cs" ]; then
    export HOME=$S GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test@test.example GIT_COMMITTER_NAME=test GIT_COMMITTER_EMAIL=test@test.example
    "$VENV/bin/dirac" internal generate-cs "$CS"
    "$VENV/bin/dirac" internal add-vo "$CS" --vo=ops --idp-url=https://idp.example --idp-client-id=test --default-group=user
    "$VENV/bin/dirac" internal add-user "$CS" --vo=ops --group=user --sub=75212b23-14c2-47be-9374-eb0113b0575e --preferred-username=mallory
    "$VENV/bin/python" -m diracx.logic rotate-jwk --jwks-path "$S/jwks.json"
    chmod 600 "$S/jwks.json"
  fi >> "$S/log" 2>&1
}

settings() {
  eval "$("$VENV/bin/python" -m diracx.db generate-local-urls "$S/db")"
  export DIRACX_CONFIG_BACKEND_URL=$CS DIRACX_SERVICE_AUTH_TOKEN_KEYSTORE=file://$S/jwks.json DIRACX_SERVICE_AUTH_TOKEN_ISSUER=http://127.0.0.1:$1
  # 32 bytes in base64 for addresses: what a Fernet key is.
  DIRACX_SERVICE_AUTH_STATE_KEY=$(head -c 32 /dev/urandom | base64 | tr '+/' '-_')
  export DIRACX_SERVICE_AUTH_STATE_KEY DIRACX_SANDBOX_STORE_BUCKET_NAME=sandboxes
  export DIRACX_SANDBOX_STORE_S3_CLIENT_KWARGS='{"endpoint_url":"http://127.0.0.1:'$(($1 + 1))'","aws_access_key_id":"test","aws_secret_access_key":"test"}'
}

# run_as PID-FILE COMMAND...: in a session of its own.
run_as() {
  local pid=$1
  shift
  setsid "$@" >> "$S/log" 2>&1 < /dev/null &
  echo $! > "$S/$pid"
}

# It listens before it has read its configuration, and says 503 until then. The token goes into no argument list.
answers() {
  printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' "$(cat "$S/tokens/good")" |
    curl -q -s -f -o /dev/null --config - --data '{"search":[]}' "$1/api/jobs/search"
}

launch() {
  local url=http://127.0.0.1:$1
  settings "$1"
  run_as store.pid "$VENV/bin/python" "$HERE/object-store.py" $(($1 + 1)) "$S/objects"
  until_true 100 listens $(($1 + 1)) "$S/store.pid" || return 1
  run_as pid "$VENV/bin/uvicorn" --factory diracx.testing.routers:create_app --host 127.0.0.1 --port "$1" --log-level warning
  until_true 600 listens "$1" "$S/pid" || { sweep "$S"; return 1; }
  "$VENV/bin/python" "$HERE/sign-tokens.py" "$S/tokens" 2>> "$S/log" || return 1
  until_true 300 answers "$url" || return 1
  touch "$S/jobs/ledger"
  DIRACX_URL=$url DIRACX_CREDENTIALS_PATH=$S/tokens/credentials.json run_as pilot.pid \
    "$VENV/bin/python" "$HERE/pilot.py" "$url" "$S/tokens/pilot" "$S/db/jobdb.db" "$S/jobs"
  printf 'export DIRACX_URL=%s\nexport DIRACX_STORE=http://127.0.0.1:%s\n' "$url" $(($1 + 1)) > "$S/env"
  printf 'export DIRACX_TOKEN=%s\nexport DIRACX_POWERLESS=%s\nexport DIRACX_EXPIRED=%s\nexport DIRACX_LEDGER=%s\n' \
    "$S/tokens/good" "$S/tokens/powerless" "$S/tokens/expired" "$S/jobs/ledger" >> "$S/env"
}

start() {
  [ -x "$VENV/bin/uvicorn" ] || { echo "there is no DiracX in $VENV: run '$0 $WORK install' first" >&2; exit 2; }
  if alive "$S/pid" && alive "$S/store.pid" && alive "$S/pilot.pid"; then cat "$S/env"; return; fi
  stop
  prepare || { tail -20 "$S/log" >&2; exit 1; }
  export SSC_SERVICE=$S
  with_port launch || { tail -20 "$S/log" >&2; exit 1; }
  cat "$S/env"
}

stop() {
  sweep "$S"
  rm -f "$S"/{pid,store.pid,pilot.pid,env}
}

case ${2:-} in install) install ;; start) start ;; stop) stop ;; *) echo "usage: $0 WORK install|start|stop" >&2; exit 2 ;; esac
