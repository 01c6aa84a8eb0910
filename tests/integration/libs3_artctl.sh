#!/bin/bash
# artctl with the libs3 plug-in (`driver: libs3`), against MinIO: what it stores the driver s3 reads,
# and the other way round.
. "$(dirname "${BASH_SOURCE[0]}")/artctl_env.bash"
plugins=${ARTREPO_BUILD:-.}/plugins
[ -e "$plugins/artrepo_libs3.so" ] || skip "needs the libs3 plug-in, which is built with libs3-dev"
[ -n "${ARTREPO_TEST_MINIO_ENDPOINT:-}" ] ||
    skip "needs MinIO: tests/run.sh starts one, or tests/servers/minio.sh"

prefix=artctl-$$-$RANDOM
mkdir -p "$work/secrets/s3"
printf '%s\n' "$ARTREPO_TEST_MINIO_ACCESS_KEY" >"$work/secrets/s3/accesskey"
printf '%s' "$ARTREPO_TEST_MINIO_SECRET_KEY" >"$work/secrets/s3/secretkey"
chmod -R go= "$work/secrets" # artctl warns of secrets that others can read
cat >s3.yaml <<END
s3:
  endpoint: $ARTREPO_TEST_MINIO_ENDPOINT
  bucket: $ARTREPO_TEST_MINIO_BUCKET
  insecure: true
  accessKeySecret: {name: s3, key: accesskey}
  secretKeySecret: {name: s3, key: secretkey}
  keyFormat: "$prefix/{{workflow.name}}"
END
sed 's/^s3:/s3:\n  driver: libs3/' s3.yaml >libs3.yaml

s3() { artctl --secrets-dir "$work/secrets" -r s3.yaml "$@"; }
libs3() { artctl --plugin-dir "$plugins" --secrets-dir "$work/secrets" -r libs3.yaml "$@"; }
trap 's3 -q rm -R "$prefix/" >"$work/out" 2>&1; rm -rf "$work"' EXIT

make_tree tree
mv 'tree/two words.txt' tree/two_words.txt
mv 'tree/sub/déjà vu.txt' 'tree/sub/déjà_vu.txt'

# ---- archives and plain trees, across the drivers ----

for strategy in tar tar:0 zstd zip; do
    archive=()
    [ "$strategy" != zip ] || archive=(--archive zip)
    run 0 libs3 put --archive "$strategy" tree "$prefix/$strategy"
    run 0 libs3 get "${archive[@]}" "$prefix/$strategy" "back-$strategy"
    same_tree tree "back-$strategy"
    run 0 s3 get "${archive[@]}" "$prefix/$strategy" "s3-$strategy"
    same_tree tree "s3-$strategy"
    run 0 s3 put --archive "$strategy" tree "$prefix/$strategy"
    run 0 libs3 get "${archive[@]}" "$prefix/$strategy" "again-$strategy"
    same_tree tree "again-$strategy"
done
for driver in libs3 s3; do
    run 0 "$driver" put --archive none tree "$prefix/plain-$driver"
    run 0 libs3 get "$prefix/plain-$driver" "plain-$driver"
    run 0 s3 get "$prefix/plain-$driver" "plain-$driver-s3"
    check diff -r "plain-$driver" "plain-$driver-s3"
    for file in plain.txt nothing two_words.txt sub/random.bin sub/déjà_vu.txt; do
        check cmp "tree/$file" "plain-$driver/$file"
    done
done
run 0 libs3 put --workflow wf tree
prints "$prefix/wf/tree.tgz"

# ---- the other verbs ----

run 0 libs3 ls -l "$prefix"
cp "$work/out" ls-libs3
run 0 s3 ls -l "$prefix"
check diff "$work/out" ls-libs3
run 0 libs3 stat --json "$prefix/plain-s3/sub/random.bin"
json '.size == 3000000 and (.version | length == 32) and (.modified | length > 0)'
check cmp <(libs3 cat "$prefix/plain-s3/sub/random.bin") tree/sub/random.bin
check eval 'libs3 put - "$prefix/pipe" <tree/sub/random.bin'
check eval 'cat tree/sub/random.bin | libs3 put - "$prefix/pipe"'
check eval 'libs3 cat "$prefix/pipe" | cmp - tree/sub/random.bin'
run 0 libs3 rm -R "$prefix/plain-libs3/"
run 3 s3 ls "$prefix/plain-libs3"
run 3 libs3 stat "$prefix/nothing"
run 3 libs3 ls "$prefix/nothing"

# ---- limits ----

head -c 34000000 /dev/urandom >large
run 0 libs3 put --archive none large "$prefix/large"
run 0 libs3 get "$prefix/large" back-large
check cmp large back-large
fails 1 'use the driver s3' libs3 put large "$prefix/large.tgz"
run 3 s3 stat "$prefix/large.tgz"

# ---- settings ----

variant() { # SED COMMAND...: with the repository file changed
    sed "$1" libs3.yaml >variant.yaml
    shift
    artctl --plugin-dir "$plugins" --secrets-dir "$work/secrets" -r variant.yaml "$@"
}
fails 1 caSecret variant '/insecure:/a\  caSecret: {name: s3, key: ca}' ls
fails 1 roleARN variant '/insecure:/a\  roleARN: arn:aws:iam::1:role/x' ls
fails 1 no-such-bucket variant 's/bucket: .*/bucket: no-such-bucket/' put tree k
fails 5 127.0.0.1:1 variant 's/endpoint: .*/endpoint: 127.0.0.1:1/' --retries 0 ls
fails 1 'there is no driver' artctl --secrets-dir "$work/secrets" -r libs3.yaml ls
echo wrong >"$work/secrets/s3/secretkey"
fails 4 SignatureDoesNotMatch libs3 put tree "$prefix/denied"
printf '%s' "$ARTREPO_TEST_MINIO_SECRET_KEY" >"$work/secrets/s3/secretkey"
run 3 libs3 stat "$prefix/denied"

passed
