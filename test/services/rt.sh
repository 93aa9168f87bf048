#!/bin/bash
# Request Tracker 5 with SQLite and its REST2 API, by its own standalone server on 127.0.0.1.
# Usage: rt.sh WORK start|stop   (PORT= in the environment, else a free one)
#   rt.sh WORK pause|resume    the server takes connections and answers nothing; and again
# Debian packages: request-tracker5 rt5-db-sqlite rt5-standalone (--no-install-recommends: no web server, no mail server)
# State lies below WORK/rt; `. WORK/rt/env` sets RT_URL (the address of REST2) and the token files
#   RT_ROBOT     our account: privileged, with the rights that the framework needs on the queues exercise and other, and no more
#   RT_SITE      a site's account: unprivileged, may reply to tickets that it requested
#   RT_NOBODY  privileged, without a right on any queue
# The queue `exercise` has the custom fields `SSC label` and `Classification`. Mail that RT sends is appended to WORK/rt/outbox.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
R=$WORK/rt
LIB=/usr/share/request-tracker5

configure() { # PORT
  mkdir -p "$R"/{conf.d,mason,session,log,tokens}
  chmod 700 "$R/tokens"
  cat > "$R/RT_SiteConfig.pm" <<CONF
Set(\$rtname, 'helpdesk.example'); Set(\$Organization, 'helpdesk.example');
Set(\$WebDomain, '127.0.0.1'); Set(\$WebPort, $1); Set(\$WebPath, '');
Set(\$DatabaseType, 'SQLite'); Set(\$DatabaseName, '$R/rt.sqlite');
Set(\$DatabaseUser, ''); Set(\$DatabasePassword, ''); Set(\$DatabaseAdmin, '');
Set(\$WebSessionClass, 'Apache::Session::File');
Set(\$CorrespondAddress, 'rt\@helpdesk.example'); Set(\$CommentAddress, 'rt-comment\@helpdesk.example');
Set(\$OwnerEmail, 'root\@helpdesk.example');
Set(\$MailCommand, 'sendmailpipe'); Set(\$SendmailPath, '$R/sendmail'); Set(\$SendmailArguments, '-oi -t');
Set(\$LogToSyslog, undef); Set(\$LogToFile, 'info'); Set(\$LogDir, '$R/log'); Set(\$LogToFileNamed, 'rt.log'); Set(\$LogToSTDERR, undef);
Set(\$Timezone, 'UTC');
\$RT::MasonDataDir = '$R/mason'; \$RT::MasonSessionDir = '$R/session';
1;
CONF
  printf '#!/bin/sh\n{ echo "From rt $(date -u)"; cat; echo; } >> "%s/outbox"\n' "$R" > "$R/sendmail"
  chmod 755 "$R/sendmail"
  export RT_SITE_CONFIG=$R/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$R/conf.d
}

# Schema and initial data; then accounts with their tokens, queues, fields and rights.
seed() {
  [ ! -s "$R/seeded" ] || return 0
  rm -f "$R/rt.sqlite"
  rt-setup-database-5 --action init --skip-create > "$R/log/setup" 2>&1 || rt-setup-database-5 --action init > "$R/log/setup" 2>&1 ||
    give_up "$R" "$R/log/setup"
  (umask 077 && perl -I"$LIB/lib" - "$R/tokens" > "$R/log/seed" 2>&1) <<'PERL' || give_up "$R" "$R/log/seed"
use strict; use RT -init; require RT::AuthToken;
my $folder = shift; my $sys = RT->SystemUser;
sub ok { my ($id, $words) = @_; $id or die "failed: $words\n"; $id }
sub user {
  my ($name, $privileged) = @_; my $user = RT::User->new($sys);
  ok($user->Create(Name => $name, EmailAddress => "$name\@site.example", Privileged => $privileged));
  ok($user->PrincipalObj->GrantRight(Right => 'ManageAuthTokens', Object => $RT::System));
  my ($done, $words, $token) = RT::AuthToken->new(RT::CurrentUser->new($user))->Create(Owner => $user->id, Description => 'tests');
  ok($done, $words);
  open(my $file, '>', "$folder/$name") or die $!; print $file "$token\n"; close($file);
  return $user;
}
my ($robot, $site, $outsider) = (user('robot', 1), user('site', 0), user('outsider', 1));
for my $name ('exercise', 'other') {
  my $queue = RT::Queue->new($sys);
  ok($queue->Create(Name => $name, CorrespondAddress => "$name\@helpdesk.example", CommentAddress => "$name-comment\@helpdesk.example"));
  for my $right (qw(SeeQueue CreateTicket ShowTicket ShowTicketComments ReplyToTicket CommentOnTicket ModifyTicket SeeCustomField ModifyCustomField)) {
    ok($robot->PrincipalObj->GrantRight(Right => $right, Object => $queue));
  }
  my $requestors = $queue->RoleGroup('Requestor');
  ok($requestors->PrincipalObj->GrantRight(Right => $_, Object => $queue)) for qw(SeeQueue ShowTicket ReplyToTicket);
  next unless $name eq 'exercise';
  for my $field ('SSC label', 'Classification') {
    my $cf = RT::CustomField->new($sys);
    ok($cf->Create(Name => $field, Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket'));
    ok($cf->AddToObject($queue));
  }
}
PERL
  echo done > "$R/seeded"
}

answers() { [ "$(curl -s -m 5 -o /dev/null -w '%{http_code}' -H "Authorization: token $(cat "$R/tokens/robot")" "http://127.0.0.1:$1/REST/2.0/rt")" = 200 ]; }

serve() { # PORT
  configure "$1"
  seed
  # Starlet: it forks ten workers, all in one group.
  SSC_SERVICE=$R setsid perl -I"$LIB/lib" "$LIB/libexec/rt-server" --host 127.0.0.1 --port "$1" > "$R/log/server" 2>&1 < /dev/null &
  echo $! > "$R/pid"
  if until_true 200 answers "$1"; then
    {
      echo "export RT_URL=http://127.0.0.1:$1/REST/2.0"
      echo "export RT_ROBOT=$R/tokens/robot"
      echo "export RT_SITE=$R/tokens/site"
      echo "export RT_OUTSIDER=$R/tokens/outsider"
    } > "$R/env"
    return
  fi
  sweep "$R"
  return 1
}

start() {
  if [ -s "$R/env" ] && alive "$R/pid"; then cat "$R/env"; return; fi
  mkdir -p "$R/log"
  with_port serve || give_up "$R" "$R/log/server"
  cat "$R/env"
}

stop() {
  signal CONT
  sweep "$R"
  rm -f "$R/pid" "$R/env"
}

signal() {
  local pids
  pids=$(members "$R")
  # shellcheck disable=SC2086
  [ -z "$pids" ] || kill "-$1" $pids
}

case ${2:-} in start) start ;; stop) stop ;; pause) signal STOP ;; resume) signal CONT ;; *) echo "usage: $0 WORK start|stop|pause|resume" >&2; exit 2 ;; esac
