#!/bin/sh
# Runs on the login host, for an account's jobs: login.sh VERB FOLDER ARGUMENT... What it finds goes to stdout, one line each,
# ended by the line `end`; what slurm complains of goes to stderr.
# FOLDER/jobs/<label>/ is made before sbatch is asked and thereby keeps a second submission out; it holds `id`, what the job
# writes (`begun/`, `output`, `exit`), and `cancelled`. FOLDER/ids/<id> leads from a job's id to it.
set -u
umask 077
LC_ALL=C
export LC_ALL
unset X509_USER_PROXY X509_CERT_DIR BEARER_TOKEN_FILE
user=$(id -un) || exit 1
home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)
if [ -n "$home" ]; then HOME=$home; fi
export HOME
verb=$1 root=$2
shift 2
case $root in /*) ;; *) root=$HOME/$root ;; esac

# Whether the id of the job in folder $1 was written down, by the submission or by the job itself.
known() {
  id=
  if [ -s "$1/begun/id" ]; then id=$(head -c 20 "$1/begun/id"); elif [ -s "$1/id" ]; then id=$(head -c 20 "$1/id"); fi
  case $id in '' | *[!0-9]*) return 1 ;; esac
  ln -s "../jobs/${1##*/}" "$root/ids/$id" 2>/dev/null
  return 0
}

note() {
  printf '%s\n' "$2" > "$1/id.$$" && mv "$1/id.$$" "$1/id" && known "$1"
}

# Looks the job in folder $1 up by its name; another folder's job of this name is a stranger. Fails when slurm does not answer.
recall() {
  found=$(squeue -h -t all -u "$user" --name="${1##*/}" -o '%i|%Z') || return 1
  id=$(printf '%s\n' "$found" | id_of "$1")
  if [ -z "$id" ]; then
    id=$(sacct -n -X -P -u "$user" --name="${1##*/}" -o JobIDRaw,WorkDir -S now-14days 2>/dev/null | id_of "$1")
  fi
  if [ -n "$id" ]; then note "$1" "$id"; fi
}

# The id in the first of the lines `<id>|<folder>` whose folder is $1.
id_of() {
  while IFS='|' read -r number folder; do
    case $number in '' | *[!0-9]*) continue ;; esac
    if [ "$folder" = "$1" ]; then echo "$number"; return; fi
  done
}

# Whether a submission began so long ago that whoever did it is no more.
stale() {
  [ -n "$(find "$1" -prune -mmin +10 2>/dev/null)" ]
}

submit() {
  job=$root/jobs/$1 script=$2 patience=$3
  shift 3
  mkdir -p "$root/jobs" "$root/ids" || { echo unable; return; }
  if mkdir "$job" 2>/dev/null; then send "$@"; return; fi
  [ -d "$job" ] || { echo "$job cannot be made" >&2; echo unable; return; }
  # Somebody else submits it at this moment, or ended while doing it.
  until known "$job"; do
    patience=$((patience - 1))
    if [ ! -d "$job" ]; then echo again; return; fi
    if [ "$patience" -lt 0 ]; then settle "$@"; return; fi
    sleep 1
  done
  echo "id $id"
}

settle() {
  recall "$job" || { echo unsure; return; }
  if known "$job"; then echo "id $id"; return; fi
  if stale "$job" && mkdir "$job/taken" 2>/dev/null; then send "$@"; else echo unsure; fi
}

send() {
  said=$(sbatch --parsable --no-requeue --ntasks=1 --chdir="$job" --output=output --job-name="${job##*/}" "$@" "$script" "$job" 2>"$job/refusal")
  code=$?
  head -c 2000 "$job/refusal" >&2
  id=${said%%;*}
  case $code/$id in
    0/ | 0/*[!0-9]*) ;;
    0/*) note "$job" "$id"; echo "id $id"; return ;;
    *) if refused; then rm -rf "$job"; echo "refused"; return; fi ;;
  esac
  # Slurm may have taken it all the same.
  if recall "$job" && known "$job"; then echo "id $id"; else echo unsure; fi
}

# Whether sbatch's complaint says that there is no job: it was answered with no, or never got through.
refused() {
  [ "$code" -lt 128 ] || return 1
  ! grep -Eiq 'timed out|zero bytes|(send|receive|shutdown) failure|connection reset|unexpected m' "$job/refusal"
}

look_up() {
  job=$root/jobs/$1
  if [ ! -d "$job" ]; then echo none; return; fi
  if known "$job"; then echo "id $id"; return; fi
  recall "$job" || { echo unsure; return; }
  if known "$job"; then echo "id $id"; elif stale "$job"; then echo none; else echo unsure; fi
}

# What the folders tell, then what slurm tells, then accounting of those that slurm has forgotten.
status() {
  list='' left=''
  for one; do
    job=$root/ids/$one
    if [ ! -d "$job" ]; then echo "none $one"; continue; fi
    code=$(head -c 20 "$job/exit" 2>/dev/null | tr -dc 0-9)
    mark=-
    if [ -e "$job/cancelled" ]; then mark=cancelled; fi
    echo "ours $one $mark ${code:--}"
    list=$list,$one
    if [ -z "$code" ]; then left="$left $one"; fi
  done
  [ -n "$list" ] || return 0
  # Slurm refuses a question for one unknown id alone, older ones for any: each id is named twice, else all of the account are asked for.
  if ! said=$(squeue -h -t all -u "$user" -j "${list#,}$list" -o '%i|%T|%r' 2>&1); then
    case $said in
      *'Invalid job id'*) said=$(squeue -h -t all -u "$user" -o '%i|%T|%r') || exit 1 ;;
      *) printf '%s\n' "$said" >&2; exit 1 ;;
    esac
  fi
  printf '%s\n' "$said" | sed 's/^/state /'
  forgotten=
  for one in $left; do
    case "
$said" in *"
$one|"*) ;; *) forgotten=$forgotten,$one ;; esac
  done
  [ -z "$forgotten" ] || account "${forgotten#,}"
}

account() {
  if said=$(sacct -n -X -P -j "$1" -o JobIDRaw,State,ExitCode 2>&1); then printf '%s\n' "$said" | sed 's/^/acct /'; return; fi
  # Without accounting the folder is all that is left.
  case $said in *disabled*) ;; *) command -v sacct > /dev/null && echo "acct-failed $said" | head -n 1 ;; esac
}

cancel() {
  for one; do
    job=$root/ids/$one
    if [ ! -d "$job" ]; then echo "none $one"; continue; fi
    if [ -e "$job/exit" ]; then echo "over $one"; continue; fi
    name=$(readlink "$job")
    # The name keeps it from a later job that got the same id.
    if said=$(scancel --user="$user" --jobname="${name##*/}" "$one" 2>&1); then
      : > "$job/cancelled"
      echo "cancelled $one"
    else
      case $said in *'Invalid job id'*) echo "over $one" ;; *) printf 'failed %s %s\n' "$one" "$said" | head -n 1 ;; esac
    fi
  done
}

output() {
  if [ ! -d "$root/ids/$1" ]; then exit 4; fi
  [ ! -f "$root/ids/$1/output" ] || head -c "$2" "$root/ids/$1/output"
}

clean() {
  for one; do
    name=$(readlink "$root/ids/$one") || continue
    name=${name##*/}
    case $name in '' | .*) continue ;; esac
    rm -rf "$root/jobs/$name" && rm -f "$root/ids/$one"
  done
}

probe() {
  squeue -h -u "$user" -o %i > /dev/null && sbatch --test-only "$@" --wrap=true 2>&1 && echo accepted
}

check() {
  for tool in sbatch squeue scancel; do
    command -v "$tool" > /dev/null || echo "problem there is no command $tool: install slurm's client commands, or name their folder in path"
  done
  mkdir -p "$root/jobs" "$root/ids" 2>/dev/null && [ -w "$root" ] || echo "problem the folder $root cannot be made or written"
  said=$(squeue -h -u "$user" -o %i 2>&1) || printf 'problem slurm does not answer: %s\n' "$said" | head -n 1
}

case $verb in
  submit | look_up | status | cancel | clean | probe | check) "$verb" "$@" && echo end ;;
  output) output "$@" ;;
esac
