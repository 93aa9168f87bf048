#!/bin/bash
# A real pair of mail servers on 127.0.0.1: SMTP in by exim4, IMAP out by dovecot, each with a configuration of its own.
# Usage: mail.sh WORK start|stop            the ports are free ones
#   mail.sh WORK start-imap|stop-imap       dovecot alone, on the same ports; stop-imap kills it
#   mail.sh WORK pause-imap|resume-imap     dovecot takes connections and answers nothing; and again
#   mail.sh WORK renew                      INBOX of `robot` gets another UIDVALIDITY
# Debian packages: exim4-daemon-light dovecot-imapd openssl iproute2 procps (--no-install-recommends). State lies below WORK/mail; `. WORK/mail/env` sets
#   SMTP_PORT IMAP_PORT IMAPS_PORT          loopback; IMAP with STARTTLS, or TLS at once, by the certificate MAIL_CERTIFICATE for localhost
#   MAIL_PASSWORD                           of the mailboxes, each of which takes NAME and NAME+TAG at any domain
# MAILBOXES= in the environment names the mailboxes; without it they are `robot` and `second`.
# Nothing is ever sent onwards: an unknown recipient gets a 550, but `gone`, for whom a mail is taken and then comes back.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
M=$WORK/mail
# Two folders, so that each server ends by itself.
S=$M/smtp
I=$M/imap

# Both run as one unprivileged account, as which exim4 -C runs anyhow.
as_account() { if [ "$(id -u)" = 0 ]; then setpriv --reuid "$ACCOUNT" --regid "$GROUP" --clear-groups "$@"; else "$@"; fi; }

prepare() {
  ACCOUNT=$(account)
  GROUP=$(id -gn "$ACCOUNT")
  mkdir -p "$S"/{spool,log} "$I"/{run,state,box}
  [ -s "$I/password" ] || head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$I/password"
  : > "$S/users"
  : > "$I/passwd"
  local name
  for name in ${MAILBOXES:-robot second}; do
    echo "$name: $name" >> "$S/users"
    echo "$name:{PLAIN}$(cat "$I/password")" >> "$I/passwd"
  done
  [ -s "$I/certificate" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$I/key" -out "$I/certificate" 2> "$M/openssl"
  if [ "$(id -u)" = 0 ]; then chown -R "$ACCOUNT:$GROUP" "$M"; fi
}

configure_smtp() { # PORT
  cat > "$S/exim.conf" <<CONF
primary_hostname = mail.site.example
exim_user = $ACCOUNT
exim_group = $GROUP
deliver_drop_privilege
spool_directory = $S/spool
log_file_path = $S/log/%s
pid_file_path = $S/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = $1
tls_advertise_hosts =
rfc1413_query_timeout = 0s
keep_environment =
message_size_limit = 60M
smtp_accept_max = 200
smtp_accept_queue_per_connection = 0
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  accept local_parts = gone
  accept verify = recipient
  deny message = no such mailbox
begin routers
box:
  driver = accept
  local_part_suffix = +*
  local_part_suffix_optional
  local_parts = lsearch;$S/users
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = $I/box/\$local_part_data
  maildir_format
  delivery_date_add
  envelope_to_add
  return_path_add
  user = $ACCOUNT
  group = $GROUP
CONF
}

configure_imap() { # PORT TLS_PORT
  cat > "$I/dovecot.conf" <<CONF
base_dir = $I/run
state_dir = $I/state
log_path = $I/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <$I/certificate
ssl_key = <$I/key
ssl_dh =
disable_plaintext_auth = no
default_internal_user = $ACCOUNT
default_internal_group = $GROUP
default_login_user = $ACCOUNT
first_valid_uid = 1
first_valid_gid = 1
mail_location = maildir:$I/box/%n
passdb {
  driver = passwd-file
  args = username_format=%n $I/passwd
}
userdb {
  driver = static
  args = uid=$ACCOUNT gid=$GROUP home=$I/box/%n
}
service imap-login {
  chroot =
  inet_listener imap {
    port = $1
  }
  inet_listener imaps {
    port = $2
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
CONF
}

serve_smtp() { # PORT
  configure_smtp "$1"
  SSC_SERVICE=$S as_account /usr/sbin/exim4 -C "$S/exim.conf" -bd -q30s > "$S/start" 2>&1 || return 1
  if until_true 50 listens "$1" "$S/exim.pid"; then echo "$1" > "$S/port"; return; fi
  sweep "$S"
  return 1
}

serve_imap() { # PORT
  configure_imap "$1" "$(free_port)"
  start_imap
}

start_imap() {
  # A master that was killed may still be there as a process that nobody waited for.
  rm -f "$I/run/master.pid"
  SSC_SERVICE=$I setsid /usr/sbin/dovecot -F -c "$I/dovecot.conf" > "$I/start" 2>&1 < /dev/null &
  echo $! > "$I/pid"
  # shellcheck disable=SC2046
  if until_true 100 both_listen $(sed -n 's/^ *port = //p' "$I/dovecot.conf"); then return; fi
  sweep "$I"
  return 1
}

both_listen() { listens "$1" "$I/pid" && listens "$2" "$I/pid"; }

start() {
  if [ -s "$M/env" ] && alive "$S/exim.pid" && alive "$I/pid"; then cat "$M/env"; return; fi
  stop
  prepare
  with_port serve_smtp || give_up "$S" "$S/start" "$S"/log/*
  with_port serve_imap || { sweep "$S"; give_up "$I" "$I/start" "$I/log"; }
  # shellcheck disable=SC2046
  set -- $(sed -n 's/^ *port = //p' "$I/dovecot.conf")
  cat > "$M/env" <<ENV
export SMTP_PORT=$(cat "$S/port")
export IMAP_PORT=$1
export IMAPS_PORT=$2
export MAIL_PASSWORD=$(cat "$I/password")
export MAIL_CERTIFICATE=$I/certificate
ENV
  cat "$M/env"
}

stop() {
  signal CONT
  sweep "$I"
  sweep "$S"
  rm -f "$I/pid" "$S/exim.pid" "$M/env"
}

stop_imap() {
  signal KILL
  sweep "$I"
}

signal() {
  local pids
  pids=$(members "$I")
  # shellcheck disable=SC2086
  [ -z "$pids" ] || kill "-$1" $pids
}

# The UIDs are given anew, with a UIDVALIDITY of the present time.
renew() {
  stop_imap
  rm -f "$I"/box/robot/dovecot*
  sleep 1
  start_imap
}

case ${2:-} in
  start) start ;;
  stop) stop ;;
  start-imap) start_imap ;;
  stop-imap) stop_imap ;;
  pause-imap) signal STOP ;;
  resume-imap) signal CONT ;;
  renew) renew ;;
  *) echo "usage: $0 WORK start|stop|start-imap|stop-imap|pause-imap|resume-imap|renew" >&2; exit 2 ;;
esac
