#!/bin/bash
# artctl against fake-gcs-server: gs:// URLs and a repository file, every form of an artifact, odd keys,
# pages, and what there is when something is missing.
. "$(dirname "$0")/artctl_env.bash"
[ -n "${ARTREPO_TEST_GCS_ENDPOINT:-}" ] ||
    skip "needs fake-gcs-server: tests/run.sh starts it, or tests/servers/fakegcs.sh"

unset "${!GOOGLE_@}" "${!CLOUDSDK_@}" "${!GCE_METADATA_@}"
export STORAGE_EMULATOR_HOST=$ARTREPO_TEST_GCS_ENDPOINT
prefix=artctl-$$-$RANDOM
url=gs://$ARTREPO_TEST_GCS_BUCKET/$prefix
cat >repository.yaml <<YAML
gcs:
  bucket: $ARTREPO_TEST_GCS_BUCKET
  keyFormat: "$prefix/{{workflow.name}}"
YAML
gcs() {
    artctl -r repository.yaml "$@"
}
trap 'gcs -q rm -R "$prefix/" >"$work/out" 2>&1; rm -rf "$work"' EXIT
make_tree tree

# ---- a repository file ----

for strategy in tar zstd zip; do
    archive=()
    [ "$strategy" != zip ] || archive=(--archive zip)
    run 0 gcs put --archive "$strategy" tree "$prefix/$strategy"
    run 0 gcs get "${archive[@]}" "$prefix/$strategy" "back-$strategy"
    same_tree tree "back-$strategy"
done
run 0 gcs put --workflow wf tree
prints "$prefix/wf/tree.tgz"
check test "$(gcs cat "$prefix/wf/tree.tgz" | tar tzf - | head -1)" = tree

# One object for each file, 0-byte ones included. A symbolic link to a file is a copy of it, as with
# Argo's driver; others, and empty directories, are left out.
run 0 gcs put --archive none tree "$prefix/plain"
run 0 gcs get "$prefix/plain" back-plain
cp -a tree files
rm files/link
cp tree/plain.txt files/link
find files \( -type l -o -type d -empty \) -delete
check diff -r files back-plain
run 0 gcs ls -l "$prefix/plain"
check test "$(wc -l <"$work/out")" -eq 8
run 0 gcs stat --json "$prefix/plain/sub/random.bin"
json '.size == 3000000 and (.version | length > 0) and (.modified | length > 0)'
run 0 gcs stat --json "$prefix/plain/plain.txt"
json '.content_type // .contentType | startswith("text/plain")'

# ---- one object, by URL ----

run 0 artctl put --archive none tree/nothing "$url/nothing"
run 0 artctl get "$url/nothing" back-nothing
check cmp tree/nothing back-nothing
for key in 'two words' 'per%20cent' 'plus+plus' 'schlüssel' 'a/../b' 'a//b' 'dot/./x' 'x&y'; do
    run 0 bash -c 'echo "$1" >file' sh "$key"
    run 0 gcs put --archive none file "$prefix/odd/$key"
    run 0 gcs cat "$prefix/odd/$key"
    prints "$key"
done
check test "$(gcs ls "$prefix/odd/" | wc -l)" -eq 8
run 0 gcs rm -R "$prefix/odd/"
run 3 gcs ls "$prefix/odd/"

# Several chunks, with and without a length; pieces on the way back.
head -c 23000000 /dev/urandom >big
check eval 'cat big | artctl put - "$url/big"'
check eval 'artctl cat "$url/big" | cmp - big'
run 0 artctl put --stats --archive none big "$url/big"
says 'bound by'
run 0 artctl get "$url/big" back-big
check cmp big back-big
no_leftovers .

# ---- many objects: more than a page ----

mkdir many
for i in $(seq 1 1100); do echo "$i" >"many/$i"; done
run 0 artctl put --transfers 8 --archive none many "$url/many"
check test "$(artctl ls "$url/many/" | wc -l)" -eq 1100
run 0 artctl get --transfers 8 "$url/many" back-many
check diff -r many back-many
run 0 artctl rm -R "$url/many/"
run 3 artctl ls "$url/many/"

# ---- what is not there ----

echo 1 >one
run 0 artctl put --archive none one "$url/near/a1"
run 0 artctl put --archive none one "$url/near/a2"
run 3 artctl get "$url/near/a" back-near
check test ! -e back-near
run 3 artctl stat "$url/near/a"
fails 3 "no object '$prefix/none'" artctl get "$url/none" back-none
fails 1 "bucket 'no-such-bucket' does not exist" artctl put one gs://no-such-bucket/x
# A bucket that is not there is a wrong setting, and no missing artifact.
fails 1 "bucket 'no-such-bucket' does not exist" artctl get --optional gs://no-such-bucket/x back

passed
