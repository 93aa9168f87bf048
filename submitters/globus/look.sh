# Runs on the gatekeeper's host: /bin/sh -c <this> sh status|output|clean KEY..., with a key for each job: its two numbers.
# Says a line for each: ssc KEY held|gone none|begun|<end>. Held: the job manager still has the job.
what=$1
shift
contact=${GLOBUS_GRAM_JOB_CONTACT%/}
number=${contact##*/}
contact=${contact%/*}
own=${contact##*/}.$number
# Each job that is held has a folder beside that of this one.
held=${X509_USER_PROXY%/*/*}
for key; do
  folder=$HOME/.ssc-jobs/$key
  place=gone
  { [ ! -d "$held/$own" ] || [ -d "$held/$key" ]; } && place=held
  word=none
  [ -d "$folder" ] && word=begun
  [ -s "$folder/end" ] && word=$(head -c 10 "$folder/end")
  if [ "$what" = clean ] && { [ "$place" = gone ] || [ -s "$folder/end" ]; }; then
    rm -rf "$folder"
    word=cleaned
  fi
  echo "ssc $key $place $word"
  [ "$what" = output ] && [ -e "$folder/output" ] && head -c 65536 "$folder/output"
done
exit 0
