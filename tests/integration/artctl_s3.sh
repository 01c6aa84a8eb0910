#!/bin/bash
# artctl against a real S3 server: repository file, URLs with and without one, wrong settings.
. "$(dirname "$0")/artctl_env.bash"
need_s3

bucket=$ARTREPO_TEST_S3_BUCKET
prefix=artctl-$$-$RANDOM
s3_repository repository.yaml "$prefix/{{workflow.name}}"
make_tree tree

s3() {
    artctl --secrets-dir "$SECRETS_DIR" -r repository.yaml "$@"
}
trap 's3 -q rm -R "$prefix/" >"$work/out" 2>&1; rm -rf "$work"' EXIT

# ---- a repository file ----

for strategy in tar zstd zip; do
    archive=()
    [ "$strategy" != zip ] || archive=(--archive zip)
    run 0 s3 put --archive "$strategy" tree "$prefix/$strategy"
    run 0 s3 get "${archive[@]}" "$prefix/$strategy" "back-$strategy"
    same_tree tree "back-$strategy"
done
run 0 s3 put --workflow wf tree
prints "$prefix/wf/tree.tgz"
check test "$(s3 cat "$prefix/wf/tree.tgz" | tar tzf - | head -1)" = tree
run 0 s3 put --archive none tree "$prefix/plain"
run 0 s3 get "$prefix/plain" back-plain
check cmp tree/sub/random.bin back-plain/sub/random.bin
run 0 s3 ls -l "$prefix/plain"
check test "$(wc -l <"$work/out")" -eq 7
run 0 s3 stat --json "$prefix/plain/sub/random.bin"
json '.size == 3000000 and (.version | length > 0) and (.modified | length > 0)'
run 0 s3 stat "$prefix/plain"
run 3 s3 stat "$prefix/nothing"
run 3 s3 ls "$prefix/nothing"
run 3 s3 rm "$prefix/nothing"
for key in 'two words' 'per%20cent' 'plus+plus' 'schlüssel' 'q?a=b&c#d'; do
    run 0 bash -c 'echo "$1" >file' sh "$key"
    run 0 s3 put --archive none file "$prefix/odd/$key"
    run 0 s3 cat "$prefix/odd/$key"
    prints "$key"
    run 0 s3 ls "$prefix/odd/$key"
    prints "$prefix/odd/$key"
done
run 0 s3 rm -R "$prefix/odd/"
run 3 s3 ls "$prefix/odd/"

# Unknown length, several parts, more than one in flight.
head -c 23000000 /dev/urandom >big
check eval 'cat big | s3 put - "$prefix/big"'
check eval 's3 cat "$prefix/big" | cmp - big'
run 0 s3 put --stats --archive none big "$prefix/big"
says 'bound by'
run 0 s3 get --stats "$prefix/big" back-big
check cmp big back-big

# ---- URLs ----

# The bucket of the repository file: its endpoint and its secrets.
run 0 s3 stat "s3://$bucket/$prefix/big"
run 0 s3 put --archive none tree/plain.txt "s3://$bucket/$prefix/url.txt"
run 0 s3 ls "s3://$bucket/$prefix/url.txt"
prints "$prefix/url.txt"
# No file: the environment.
(
    export AWS_ACCESS_KEY_ID=$ARTREPO_TEST_S3_ACCESS_KEY
    export AWS_SECRET_ACCESS_KEY=$ARTREPO_TEST_S3_SECRET_KEY
    export AWS_REGION=$ARTREPO_TEST_S3_REGION
    export AWS_ENDPOINT_URL_S3=http://$ARTREPO_TEST_S3_ENDPOINT
    run 0 artctl cat "s3://$bucket/$prefix/url.txt"
    prints plain
    run 0 artctl put tree "s3://$bucket/$prefix/tree.tgz"
    run 0 artctl get "s3://$bucket/$prefix/tree.tgz" back-url
    same_tree tree back-url
    run 0 artctl rm "s3://$bucket/$prefix/tree.tgz"
    run 3 artctl stat "s3://$bucket/$prefix/tree.tgz"
    fails 2 'names no key' artctl stat "s3://$bucket/"
    run 1 artctl ls "s3://no-such-bucket-$$/key"
    # A bucket that is not there is a wrong setting, and no missing artifact.
    run 1 artctl get --optional "s3://no-such-bucket-$$/key" back-none
    AWS_SECRET_ACCESS_KEY=wrong run 4 artctl ls "s3://$bucket/$prefix"
    AWS_SECRET_ACCESS_KEY=wrong run 4 artctl --json put tree "s3://$bucket/$prefix/denied"
    json '.error | .code == "access-denied" and .httpStatus == 403'
    AWS_ACCESS_KEY_ID=nobody run 4 artctl stat "s3://$bucket/$prefix/url.txt"
) || exit 1

# ---- wrong settings ----

fails 1 no-such-bucket s3 -r <(sed "s/bucket: .*/bucket: no-such-bucket/" repository.yaml) put tree k
fails 5 127.0.0.1:1 s3 --retries 0 -r <(sed 's/endpoint: .*/endpoint: 127.0.0.1:1/' repository.yaml) \
    get k back-none
check test ! -e back-none
mv "$SECRETS_DIR/s3/secretkey" secretkey
fails 3 "$SECRETS_DIR/s3/secretkey" s3 ls
mv secretkey "$SECRETS_DIR/s3/secretkey"
echo wrong >"$SECRETS_DIR/s3/secretkey"
fails 4 '' s3 put tree "$prefix/denied"
printf '%s' "$ARTREPO_TEST_S3_SECRET_KEY" >"$SECRETS_DIR/s3/secretkey"
run 3 s3 stat "$prefix/denied"

passed
