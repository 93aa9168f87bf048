#!/bin/bash
# A Slurm of one node for the tests (munged, slurmctld, slurmd), on 127.0.0.1 only. Usage: slurm.sh WORK start|stop
# PORT= in the environment is the controller's, the node takes the next one; else both are free ones.
# SLURM_MIN_JOB_AGE= seconds that an ended job is remembered (else 300). There is no accounting: sacct refuses.
# Debian packages: slurmctld slurmd slurm-client munge iproute2 procps. State lies below WORK/slurm; `. WORK/slurm/env` sets SLURM_CONF and SLURM_QUEUE.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
WORK=$(mkdir -p "$1" && cd "$1" && pwd)
S=$WORK/slurm
# A path of a unix socket has at most 107 characters.
[ ${#S} -le 85 ] || { echo "slurm.sh: the path of WORK is too long for a unix socket: $S" >&2; exit 2; }

# As root munged has an account of its own.
as_munge() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid munge --regid munge --clear-groups "$@"; else "$@"; fi
}

start_munged() {
  if alive "$S/munge/pid"; then return; fi
  [ -s "$S/munge/key" ] || head -c 1024 /dev/urandom > "$S/munge/key"
  chmod 400 "$S/munge/key"
  if [ "$(id -u)" = 0 ]; then chown -R munge: "$S/munge"; fi
  as_munge munged --force --key-file="$S/munge/key" --socket="$S/munge/socket" --pid-file="$S/munge/pid" \
    --log-file="$S/munge/log" --seed-file="$S/munge/seed" 2> "$S/log/munged"
}

configure() {
  local node
  node=$(hostname -s)
  # A job has its submitter's environment: this adds what it is recognised by when it has to end.
  printf '#!/bin/sh\necho export SSC_SERVICE=%s\n' "$S" > "$S/mark-job"
  chmod 755 "$S/mark-job"
  cat > "$S/slurm.conf" <<CONF
ClusterName=ssc
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$1
SlurmdPort=$(($1 + 1))
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$S/munge/socket
StateSaveLocation=$S/state
SlurmdSpoolDir=$S/spool
SlurmctldPidFile=$S/slurmctld.pid
SlurmdPidFile=$S/slurmd.pid
SlurmctldLogFile=$S/log/slurmctld
SlurmdLogFile=$S/log/slurmd
MinJobAge=${SLURM_MIN_JOB_AGE:-300}
ProctrackType=proctrack/pgid
TaskPlugin=task/none
TaskProlog=$S/mark-job
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2
SelectType=select/cons_tres
ReturnToService=2
MpiDefault=none
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc) RealMemory=1000 State=UNKNOWN
PartitionName=ops Nodes=$node Default=YES MaxTime=INFINITE State=UP
CONF
}

launch() {
  if accepts $(($1 + 1)); then echo "somebody else listens on port $(($1 + 1))" >&2; return 1; fi
  configure "$1"
  rm -f "$S"/slurm*.pid
  slurmctld -f "$S/slurm.conf" 2>> "$S/log/console" || return 1
  until_true 100 listens "$1" "$S/slurmctld.pid" || return 1
  slurmd -f "$S/slurm.conf" 2>> "$S/log/console" || return 1
  until_true 100 listens $(($1 + 1)) "$S/slurmd.pid" || { kill "$(cat "$S/slurmctld.pid")"; return 1; }
  printf 'export SLURM_CONF=%s\nexport SLURM_QUEUE=ops\n' "$S/slurm.conf" > "$S/env"
}

idle() { SLURM_CONF=$S/slurm.conf sinfo -h -o %t 2>/dev/null | grep -qx idle; }

start() {
  if alive "$S/slurmctld.pid" && alive "$S/slurmd.pid"; then cat "$S/env"; return; fi
  stop
  mkdir -p "$S"/{state,spool,log,munge}
  chmod 755 "$S" "$S/munge"
  export SSC_SERVICE=$S
  start_munged
  with_port launch && until_true 300 idle || give_up "$S" "$S"/log/* "$S/munge/log"
  cat "$S/env"
}

stop() {
  sweep "$S"
  rm -f "$S"/slurm*.pid "$S/munge/pid" "$S/env"
}

case ${2:-} in start) start ;; stop) stop ;; *) echo "usage: $0 WORK start|stop" >&2; exit 2 ;; esac
