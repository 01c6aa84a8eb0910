#!/bin/bash
# artctl explain against a real S3 server, through a recorder that counts what comes back: the verdict
# is what get does, and little of the object is read for it.
. "$(dirname "$0")/artctl_env.bash"
need_s3
command -v python3 >/dev/null || skip "needs python3"
. "$tests/integration/explain_cases.bash"

make_tree tree
ln tree/plain.txt tree/zz-hard

prefix=explain-$$-$RANDOM
mkfifo alive
exec {alive}<>alive
python3 "$tests/integration/recorder.py" recorded port forward "$ARTREPO_TEST_S3_ENDPOINT" <alive &
recorder=$!
s3_repository plain.yaml
store_command=(artctl --secrets-dir "$SECRETS_DIR" -r recorded.yaml)
trap '"${store_command[@]}" -q rm -R "$prefix/" >/dev/null 2>&1; kill $recorder; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    [ -s port ] && break
    sleep 0.1
done
sed "s/endpoint: .*/endpoint: 127.0.0.1:$(cat port)/" plain.yaml >recorded.yaml
both_stores

# costs BYTES COMMAND...: no more than that comes back from the store, headers included, and no
# less than what it says itself.
costs() {
    local most=$1 came
    shift
    rm -f recorded.answered
    run 0 "${store_command[@]}" explain --json "$@"
    came=$(awk '{sum += $1} END {print sum + 0}' recorded.answered)
    check test "$came" -le "$most"
    check test "$came" -ge "$(jq .bytesRead "$work/out")"
}
mkdir large
for i in 1 2 3 4 5 6 7 8; do head -c 5000000 /dev/urandom >large/$i; done
run 0 "${store_command[@]}" put --archive zip large "$prefix/large.zip"
tar cf large.tar large
put_raw large.tar "$prefix/large.tar"
run 0 "${store_command[@]}" put large "$prefix/large.tgz"
costs 10000 "$prefix/large.tar"
costs 10000 "$prefix/large.zip"
costs 300000 "$prefix/large.tar" --archive tar
json '.content.complete and .content.files == 8'
costs 500000 "$prefix/large.zip" --archive zip
json '.content.complete and .content.files == 8'
costs 20000000 "$prefix/large.tgz" --entries 2
json '.content.entries == 2 and (.content.complete | not)'
costs 41000000 "$prefix/large.tgz"
json '.content.complete and .content.files == 8 and .bytesRead == .size'

passed
