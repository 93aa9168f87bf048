
# Judges a line of the listener, word by word; until its signature is found good its words are only compared.
# `why` becomes empty when it is to be obeyed (`order`, `number` and `task`, its sequence), else the reason of the refusal.
# `genuine` is set when the signer made it for this agent and it is new.
judge() {
  why=malformed task=0 order= number= genuine= line=$1
  [ "${#line}" -le 4096 ] || return 0
  case $line in *[!A-Za-z0-9\ ._+/=-]*) return 0 ;; esac
  set -- $line
  case "$# $1 $2" in
    '8 ssc-task 1') judge_task "$@" ;;
    '4 ssc-stop 1') judge_stop "$@" ;;
  esac
}

# ssc-task 1 JOB SEQUENCE EXPIRES ACTION NUMBER SIGNATURE
judge_task() {
  is_count "$4" 15 && is_count "$5" 12 || return 0
  case $6 in *[!a-z-]*) return 0 ;; esac
  [ "$7" = - ] || is_count "$7" 4 || return 0
  [ "$line" = "$1 $2 $3 $4 $5 $6 $7 $8" ] || return 0
  task=$4
  why=foreign
  [ "$3" = "$JOB" ] || return 0
  # To end is harmless, so that where no signature can be checked the word alone is enough.
  if [ -z "$verifier" ]; then
    why=unverified
    [ "$6" != stop ] || { why= order=stop number=-; }
    return 0
  fi
  why=forged
  verify "$1 $2 $3 $4 $5 $6 $7" "$8" || return 0
  why=replayed
  [ "$4" -gt "$newest" ] || return 0
  # From here on it counts as seen, whatever becomes of it.
  newest=$4 genuine=yes
  why='not declared'
  is_declared "$6" "$7" || return 0
  why=expired
  [ "$5" -gt "$now" ] || return 0
  why= order=$6 number=$7
}

# ssc-stop 1 RUN SIGNATURE
judge_stop() {
  [ "$line" = "$1 $2 $3 $4" ] || return 0
  why=foreign
  [ "$3" = "$RUN" ] || return 0
  why=forged
  # Without a verifier the word alone is enough: to end is harmless.
  [ -z "$verifier" ] || verify "$1 $2 $3" "$4" || return 0
  why= order=stop number=- genuine=yes
}

# A number greater than 0 in its one way of writing, of at most $2 digits.
is_count() {
  case $1 in '' | 0* | *[!0-9]*) return 1 ;; esac
  [ "${#1}" -le "$2" ]
}

# Whether the scenario declared the action $1, and the number $2 is within its bounds.
is_declared() {
  for one in $DECLARED; do
    [ "${one%%:*}" = "$1" ] || continue
    case $one in *:*) ;; *) [ "$2" = - ]; return ;; esac
    [ "$2" != - ] || return 1
    bounds=${one#*:}
    [ "$2" -ge "${bounds%:*}" ] && [ "$2" -le "${bounds#*:}" ]
    return
  done
  return 1
}
