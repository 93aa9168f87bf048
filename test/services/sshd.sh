#!/bin/bash
# An sshd for the tests, on 127.0.0.1 only. Usage: sshd.sh WORK start|stop|rekey   (PORT= in the environment, else a free one)
# `rekey` gives the server another host key, of which known_hosts does not know.
# Debian packages: openssh-server openssh-client iproute2 procps. State lies below WORK/sshd; `. WORK/sshd/env` sets SSH_HOST, SSH_PORT,
# SSH_USER (who runs this), SSH_KNOWN_HOSTS, SSH_USER_KEY (accepted) and SSH_OTHER_KEY (not accepted).
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
S=$WORK/sshd

make_keys() {
  mkdir -p "$S"
  local key
  for key in host_key user_key other_key; do
    [ -s "$S/$key" ] || ssh-keygen -q -t ed25519 -N '' -C "$key" -f "$S/$key"
  done
  cp "$S/user_key.pub" "$S/authorized_keys"
  # As root sshd wants its compiled-in empty folder.
  if [ "$(id -u)" = 0 ]; then mkdir -p -m 755 /run/sshd; fi
}

configure() {
  cat > "$S/config" <<CONFIG
ListenAddress 127.0.0.1
Port $1
PidFile $S/pid
HostKey $S/host_key
AuthorizedKeysFile $S/authorized_keys
AllowUsers $(id -un)
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
StrictModes no
UsePAM no
PrintMotd no
MaxStartups 200
MaxSessions 200
Subsystem sftp internal-sftp
CONFIG
  # One SetEnv counts. Jobs of a batch system of the same WORK are submitted through here.
  local conf
  conf=$(sed -n 's/^export SLURM_CONF=//p' "$WORK/slurm/env" 2>/dev/null || true)
  echo "SetEnv SSC_SERVICE=$S${conf:+ SLURM_CONF=$conf}" >> "$S/config"
  # Newer servers shut out who fails often.
  if /usr/sbin/sshd -t -f "$S/config" -o PerSourcePenalties=no 2>/dev/null; then echo 'PerSourcePenalties no' >> "$S/config"; fi
}

launch() {
  configure "$1"
  SSC_SERVICE=$S /usr/sbin/sshd -f "$S/config" -E "$S/log" || return 1
  until_true 50 listens "$1" "$S/pid" || return 1
  printf '[%s]:%s %s\n' 127.0.0.1 "$1" "$(cut -d' ' -f1,2 "$S/host_key.pub")" localhost "$1" "$(cut -d' ' -f1,2 "$S/host_key.pub")" > "$S/known_hosts"
  cat > "$S/env" <<ENV
export SSH_HOST=127.0.0.1
export SSH_PORT=$1
export SSH_USER=$(id -un)
export SSH_KNOWN_HOSTS=$S/known_hosts
export SSH_USER_KEY=$S/user_key
export SSH_OTHER_KEY=$S/other_key
ENV
}

start() {
  if alive "$S/pid"; then cat "$S/env"; return; fi
  make_keys
  with_port launch || give_up "$S" "$S/log"
  cat "$S/env"
}

rekey() {
  alive "$S/pid" || { echo "sshd.sh: it does not run" >&2; exit 1; }
  rm -f "$S/host_key" "$S/host_key.pub"
  ssh-keygen -q -t ed25519 -N '' -C host_key -f "$S/host_key"
  kill -HUP "$(cat "$S/pid")"
  until_true 100 shows_key || { tail -n 20 "$S/log" >&2; exit 1; }
}

shows_key() {
  local port
  port=$(sed -n 's/^Port //p' "$S/config")
  ssh-keyscan -T 2 -t ed25519 -p "$port" 127.0.0.1 2>/dev/null | grep -qF "$(cut -d' ' -f2 "$S/host_key.pub")"
}

stop() {
  sweep "$S"
  rm -f "$S/pid" "$S/env"
}

case ${2:-} in start) start ;; stop) stop ;; rekey) rekey ;; *) echo "usage: $0 WORK start|stop|rekey" >&2; exit 2 ;; esac
