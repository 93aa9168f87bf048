
# Chooses what checks signatures: openssl (its `dgst -verify` is there since 0.9.8), else python3. Each must first show that
# it works, so that a broken one can never be taken for a verdict.
choose_verifier() {
  verifier=
  [ -n "$own" ] && printf '%s\n' "$PUBLIC_KEY" >"$own/key" || return 0
  case $(openssl dgst -sha256 </dev/null 2>/dev/null) in
    *e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855)
      if openssl rsa -pubin -in "$own/key" -noout >/dev/null 2>&1; then verifier=openssl; fi
      ;;
  esac
  [ -z "$verifier" ] || return 0
  if python3 -I -B -c 'import base64, hashlib, signal' 2>/dev/null; then verifier=python3; fi
  [ -n "$verifier" ] || say 'this machine has neither openssl nor python3 to check a signature: every task is refused but a stop'
}

# Whether $2 is the signature of the text $1 in base64: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, section 8.2.2).
verify() {
  case $verifier in
    openssl) verify_by_openssl "$1" "$2" >/dev/null 2>&1 ;;
    python3) python3 -I -B -c @VERIFY_PY@ "$MODULUS" "$EXPONENT" "$1" "$2" >/dev/null 2>&1 ;;
    *) return 1 ;;
  esac
}

verify_by_openssl() {
  rm -f "$own/signature"
  printf '%s' "$1" >"$own/text" && printf '%s' "$2" >"$own/base64" || return 1
  openssl base64 -d -A -in "$own/base64" -out "$own/signature" || return 1
  # It reads no more of a signature than it needs, but one that is longer than the modulus is none.
  [ $(($(wc -c <"$own/signature") * 2)) -eq "${#MODULUS}" ] || return 1
  # It skips what is no base64: only the one way to write these bytes counts.
  [ "$(openssl base64 -A -in "$own/signature")" = "$2" ] || return 1
  [ "$(openssl dgst -sha256 -verify "$own/key" -signature "$own/signature" "$own/text")" = 'Verified OK' ]
}
