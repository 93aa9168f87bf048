/**
 * How a site checks its own report (as .html) with a shell, sed, openssl (3.0 or newer) and sha256sum: for those who do not want to
 * run any program of ours. The report stands in one line of the page as canonical JSON, in which `<` is written as \u003c.
 */
export const VERIFY_SITE_REPORT = String.raw`# 1. The data of the page, as it was signed
sed -n 's/.*<script type="application\/json" id="ssc-report">{"content":\(.*\),"kind":"site"}<\/script>.*/\1/p' report.html |
  sed -e ':a' -e 's/\(^\|[^\\]\)\(\(\\\\\)*\)\\u003c/\1\2</g' -e 'ta' | tr -d '\n' > report.json

# 2. The signature over it, and the key: compare its fingerprint with the one that the organisers tell you by another way
sed 's/.*"signature":{\([^}]*\)}.*/\1/' report.json > signature.txt
printf '%b' "$(sed 's/.*"publicKey":"\([^"]*\)".*/\1/' signature.txt)" > key.pem
sed 's/.*"value":"\([^"]*\)".*/\1/' signature.txt | openssl base64 -d -A > signature.bin
sed 's/"signature":{[^}]*},//' report.json | tr -d '\n' > signed.json
openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed.json -sigfile signature.bin
openssl pkey -pubin -in key.pem -outform DER | sha256sum

# 3. The chain: each fact's hash is taken over the hash before it, the chain's name, its number and its text
stream=$(sed 's/.*\],"stream":"\(challenge\/[^"]*\)"}.*/\1/' report.json)
{ sed 's/{"body":"/\n&/g' report.json; echo; } | sed -n 's/^{"body":"\(.*\)","hash":"\([0-9a-f]\{64\}\)","seq":\([0-9]*\)}.*/\3 \2 \1/p' | {
  previous=
  while read -r seq hash body; do
    body=$(printf '%s' "$body" | sed 's/\\\(["\\]\)/\1/g')
    found=$(printf '%s\n%s\n%s\n%s' "$previous" "$stream" "$seq" "$body" | sha256sum)
    [ "$found" = "$hash  -" ] && echo "fact $seq holds" || echo "fact $seq DOES NOT HOLD"
    previous=$hash
  done
}
`

/** The same for an archive: its last line is signed, and every other one is a fact. */
export const VERIFY_ARCHIVE = String.raw`# 1. The signature over its last line, and the key
zcat run.ssc.gz | tail -n 1 > last.json
printf '%b' "$(sed 's/.*"publicKey":"\([^"]*\)".*/\1/' last.json)" > key.pem
sed 's/.*"value":"\([^"]*\)".*/\1/' last.json | openssl base64 -d -A > signature.bin
sed 's/^{"end":\(.*\),"signature":{[^}]*}}$/\1/' last.json | tr -d '\n' > signed.json
openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in signed.json -sigfile signature.bin
openssl pkey -pubin -in key.pem -outform DER | sha256sum

# 2. The chains; the newest hash of each must be the one that the signed line names
zcat run.ssc.gz | sed -n 's/^{"body":"\(.*\)","hash":"\([0-9a-f]\{64\}\)","seq":\([0-9]*\),"stream":"\([^"]*\)"}$/\3 \2 \4 \1/p' | {
  previous= ; before=
  while read -r seq hash stream body; do
    [ "$stream" = "$before" ] || previous=
    body=$(printf '%s' "$body" | sed 's/\\\(["\\]\)/\1/g')
    found=$(printf '%s\n%s\n%s\n%s' "$previous" "$stream" "$seq" "$body" | sha256sum)
    [ "$found" = "$hash  -" ] && echo "$stream#$seq holds" || echo "$stream#$seq DOES NOT HOLD"
    previous=$hash ; before=$stream
  done
}
`
