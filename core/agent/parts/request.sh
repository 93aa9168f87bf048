
# HMAC-SHA256 (RFC 2104) of standard input. The two pads are the secret: they stand here alone and go through the
# builtin printf into a pipe, so that no argument list, environment or file shows them.
hmac() {
  rest=$({ printf @INNER_PAD@; cat; } | sha256sum)
  rest=${rest%% *}
  [ "${#rest}" -eq 64 ] || return 1
  digest=
  while [ -n "$rest" ]; do
    tail=${rest#??}
    byte=$((0x${rest%"$tail"}))
    digest="$digest\\$((byte / 64))$((byte / 8 % 8))$((byte % 8))"
    rest=$tail
  done
  rest=$({ printf @OUTER_PAD@; printf "$digest"; } | sha256sum)
  printf '%s\n' "${rest%% *}"
}

# Replaces the shell by the tool $1. The method $2 is POST, with the file `body`, or GET; $3 is the address. The answer goes
# to the file `answer`, the HTTP status to standard output (wget shows it on standard error).
# No tool follows a redirection or reads the user's configuration, and none may write a file of more than 64 blocks.
send() {
  ulimit -f 64
  tool=$1 method=$2 address=$3
  type='content-type: application/json' signed="x-ssc-signature: $signature"
  case $tool in
    curl)
      set -- -q -g -sS --max-time 10 -A "$NAME" -o "$own/answer" -w '%{http_code}'
      [ "$method" = GET ] || set -- "$@" -H "$type" -H "$signed" -H 'expect:' --data-binary "@$own/body"
      exec curl "$@" "$address"
      ;;
    wget)
      set -- -q -S -O "$own/answer" -t 1 -T 10 -U "$NAME" "$address"
      [ "$method" = GET ] || set -- --header "$type" --header "$signed" --post-file "$own/body" "$@"
      exec $wget "$@"
      ;;
    python3) exec python3 -I -B -c @REQUEST_PY@ "$method" "$address" "$NAME" "$own/answer" "$signature" "$own/body" ;;
    node) exec node -e @REQUEST_JS@ "$method" "$address" "$NAME" "$own/answer" "$signature" "$own/body" ;;
  esac
  exit 1
}

# Finds the tools that can send, in the order in which they are tried.
find_tools() {
  for tool in curl wget python3 node; do
    command -v "$tool" >/dev/null 2>&1 || continue
    [ "$tool" != wget ] || know_wget || continue
    tools="$tools${tools:+ }$tool"
  done
}

# Which flags this wget knows. One that cannot be kept from following a redirection (that of busybox) is not used.
know_wget() {
  help=$(wget --help 2>&1)
  case $help in *--max-redirect*) ;; *) return 1 ;; esac
  wget=wget
  # The limit of wget is one for each step, so that a slow listener could hold it for long.
  if timeout -s KILL 5 true 2>/dev/null; then wget='timeout -s KILL 12 wget'; fi
  for flag in --max-redirect=0 --no-config --no-netrc --no-hsts; do
    case $help in *"${flag%=*}"*) wget="$wget $flag" ;; esac
  done
}

# One request with the method $1 to the address $2, by the first of the tools, aside: so a signal is answered at once.
# True when the tool was content; `status` becomes the HTTP status, or 0 when there is none.
request() {
  # A special builtin such as `:` would end the shell where this file cannot be written.
  printf '' >"$own/answer"
  send "${tools%% *}" "$1" "$2" >"$own/status" 2>"$own/error" &
  sender=$!
  wait "$sender"
  sent=$?
  sender=
  status=
  case $tools in
    wget*) read_status_of_wget <"$own/error" ;;
    *) read -r status <"$own/status" ;;
  esac
  case $status in [1-9][0-9][0-9]) ;; *) status=0 ;; esac
  [ "$sent" -eq 0 ]
}

# The last of the status lines that it showed.
read_status_of_wget() {
  while read -r word number rest; do
    case $word in HTTP/*) status=$number ;; esac
  done
}

# What no line can hold becomes '?', so that nothing which a shell would drop can be overlooked.
read_answer() {
  answer=$(tr -c ' -~\n' '?' <"$own/answer")
}
