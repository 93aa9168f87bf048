# What each of the fake commands begins with.
fakes=$(cd "$(dirname "$0")/.." && pwd)
lib=$fakes
. "$fakes/lib.sh"
. "$fakes/cream/texts.sh"
[ "$1" != --version ] || exit 0
hang_if_told

# refuse METHOD HOST: as the service was told to.
refuse() {
  case $(mode) in
    expired) expired_text; exit 1 ;;
    denied) denied_text "$1"; exit 1 ;;
    dead) dead_text "$2"; exit 1 ;;
  esac
}

# options WORD...: those that this command takes without a value; leaves the others in `ids`.
take_ids() {
  ids=
  for word; do
    case $word in
      --noint | --level | 0) ;;
      -*) option_text "$0" "$word" >&2; exit 1 ;;
      *) ids="$ids $word" ;;
    esac
  done
}
