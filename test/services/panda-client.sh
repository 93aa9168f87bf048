#!/bin/bash
# The real panda-client, for the check of the PanDA stand-in. Usage: panda-client.sh WORK start|stop
# Needs python3 with venv (Debian: python3-venv), curl, and a package index that pip knows of. The environment lies below
# WORK/panda-client; `. WORK/panda-client/env` sets SSC_PANDA_CLIENT, which names its Python.
set -euo pipefail
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
C=$WORK/panda-client
VERSION=2.0.1

works() { [ -x "$C/venv/bin/python" ] && "$C/venv/bin/python" -c 'import importlib.util as u, sys; sys.exit(u.find_spec("pandaclient") is None)'; }

start() {
  if ! works; then
    rm -rf "$C"
    mkdir -p "$C"
    python3 -m venv "$C/venv"
    "$C/venv/bin/pip" install --quiet --disable-pip-version-check --no-input "panda-client==$VERSION" > "$C/log" 2>&1 \
      || { tail -20 "$C/log" >&2; exit 1; }
  fi
  works
  echo "export SSC_PANDA_CLIENT=$C/venv/bin/python" | tee "$C/env"
}

case ${2:-} in
  start) start ;;
  stop) rm -rf "$C" ;;
  *) echo "usage: panda-client.sh WORK start|stop" >&2; exit 2 ;;
esac
