#!/bin/bash
# Bad input: one clear line, the right exit code, nothing half-written on either side.
. "$(dirname "$0")/artctl_env.bash"

trap 'umount "$work/cwd/small" 2>"$work/check"; rm -rf "$work"' EXIT

echo data >file
mkdir full
echo old >full/old

# nothing_stored: the repository holds no object and no remains of one.
nothing_stored() {
    checks=$((checks + 1))
    [ ! -d "$store" ] || [ -z "$(find "$store" -type f)" ] || die "something was stored"
}

# nothing_at PATH: neither the path nor remains of it.
nothing_at() {
    check test ! -e "$1"
    no_leftovers "$(dirname "$1")"
}

# ---- sources ----

for strategy in tar zstd zip none; do
    fails 3 missing artctl put --archive "$strategy" missing key
    run 0 artctl put --optional --archive "$strategy" missing key
    nothing_stored
done
mkfifo pipe
for strategy in tar none; do
    fails 1 pipe artctl put --archive "$strategy" pipe key
done
mkdir with-socket
echo x >with-socket/file
perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("with-socket/plug")) or die'
check test -S with-socket/plug
nothing_stored
for strategy in tar zip; do
    run 0 artctl put --archive "$strategy" with-socket socket
    says level=warning
    says with-socket/plug
    run 0 artctl rm -R socket
done
nothing_stored

mkdir -p locked/inside
echo x >locked/before
echo secret >locked/inside/unreadable
chmod 000 locked/inside/unreadable
for strategy in tar zstd zip; do
    fails 4 locked/inside/unreadable as_user artctl put --archive "$strategy" locked key
    nothing_stored
done
fails 4 locked/inside/unreadable as_user artctl put --archive none locked plain
fails 4 unreadable as_user artctl put --archive none locked/inside/unreadable key
run 3 artctl stat plain/inside/unreadable
run 3 artctl stat key
no_leftovers "$store"
artctl -q rm -R plain 2>/dev/null # what could be read may have been stored, each file whole
nothing_stored
chmod 644 locked/inside/unreadable

# ---- keys ----

fails 3 never artctl get never back
fails 3 never artctl cat never
fails 3 never artctl stat never
fails 3 never artctl ls never
fails 3 never artctl rm never
fails 3 never artctl rm -R never/
nothing_at back
run 0 artctl get --optional never back
nothing_at back
long=$(head -c 1024 /dev/zero | tr '\0' k)
run 0 artctl put --archive none file "$long"
run 0 artctl cat "$long"
prints data
run 0 artctl rm "$long"

# A key with ".." is either refused or stored literally, but nothing outside the store is touched.
for key in ../outside a/../../outside /../../outside; do
    artctl put --archive none file "$key" >"$work/out" 2>"$work/err"
    checks=$((checks + 1))
    case $? in
    0) run 0 artctl rm "$key" ;;
    1 | 6) ;;
    *) die "unexpected exit code for key $key" ;;
    esac
    check test -z "$(find "$work" -name outside ! -path "$store/*")"
done

# ---- destinations ----

run 0 artctl put --archive none file one
run 0 artctl put file packed
run 0 artctl put full directory
echo before >existing
run 0 artctl get one existing
check cmp file existing
mkdir empty
fails 1 empty artctl get one empty
run 0 artctl get directory empty
check cmp full/old empty/old
run 1 artctl get one full
check test "$(cat full/old)" = old
run 1 artctl get packed full
check test "$(cat full/old)" = old
fails 1 file artctl get one file/below/it
check test "$(cat file)" = data
no_leftovers .
mkdir closed
chmod 555 closed
fails 4 closed as_user artctl get "file://$store/one" closed/back
chmod 755 closed
nothing_at closed/back

# ---- archives ----

head -c 300000 /dev/urandom >random
tar czf whole.tgz random full
head -c 200000 whole.tgz >cut.tgz
{ head -c 1000 whole.tgz; head -c 200000 /dev/zero; } >damaged.tgz
for archive in cut damaged; do
    run 0 artctl put --archive none "$archive.tgz" "$archive"
    run 1 artctl get "$archive" back
    nothing_at back
    run 0 artctl get --archive none "$archive" kept
    check cmp "$archive.tgz" kept
done
run 1 artctl get --archive tar one back
nothing_at back
run 1 artctl get --archive zip one back
nothing_at back
mkdir climber
ln -s /etc climber/link
tar cf - -P --transform 's,^,../../,' file | gzip >climbing.tgz
tar czf linking.tgz climber/link --transform 's,^climber/link,x,;s,^climber/below,x/below,'
for archive in climbing linking; do
    run 0 artctl put --archive none "$archive.tgz" "$archive"
    run 6 artctl get "$archive" back
    nothing_at back
done
run 0 artctl put --archive tar:9 random limits
run 6 artctl get --max-bytes 100K limits back
nothing_at back
run 0 artctl get --max-bytes 300K limits back
head -c 20000000 /dev/zero >zeros
run 0 artctl put zeros bomb
run 6 artctl get --max-ratio 100 bomb back-zeros
nothing_at back-zeros
run 6 artctl get --max-entries 1 directory back-entries
nothing_at back-entries
run 0 artctl get --max-entries 2 directory back-entries

# ---- no space ----

if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=1m tmpfs small 2>"$work/err"; then
    run 0 artctl get limits small/fits
    run 1 artctl get bomb small/back
    nothing_at small/back
    run 1 artctl put --archive none zeros "file://$work/cwd/small/zeros"
    nothing_at small/zeros
    umount small
else
    echo "the case of a full file system is left out: it needs root and mount" >&2
fi

# ---- repository files ----

bad_file() {
    printf '%b' "$3" >bad.yaml
    fails "$1" "$2" artctl -r bad.yaml ls
}
bad_file 1 bad.yaml 's3: {bucket: [unclosed\n'
bad_file 1 bad.yaml '\tfs: tab\n'
bad_file 1 bad.yaml 'just a text\n'
bad_file 1 bad.yaml ''
bad_file 1 bad.yaml '\0\1\2'
bad_file 1 bad.yaml:2 'fs:\n  root: [a, list]\n'
bad_file 1 bad.yaml:3 's3:\n  bucket: b\n  insecure: perhaps\n'
bad_file 1 'nosuchkind' 'nosuchkind: {x: y}\n'
head -c 2000000 /dev/zero >bad.yaml
fails 1 bad.yaml artctl -r bad.yaml ls
fails 1 full artctl -r full ls
printf 'fs:\n  root: %s\n  colour: red\n' "$store" >warned.yaml
run 0 artctl -r warned.yaml ls one
says level=warning
says colour
says 3
run 0 artctl -q -r warned.yaml ls one
check test ! -s "$work/err"

# ---- modes that cannot be set ----

# Each level that modes are set below is an open directory: here are more than there may be.
few_files() { (ulimit -n 1000 && exec artctl "$@"); }
echo deep >f
tar cf deep.tar --transform "s,^f\$,$(printf 'd/%.0s' $(seq 2040))f," f
run 0 artctl put --archive none deep.tar deep.tar
run 0 artctl get --archive tar deep.tar "$work/cwd/deep"
rm -rf deep
fails 1 'cannot read directory' few_files get --archive tar --mode 750 --recurse-mode deep.tar \
    "$work/cwd/deep"
check test ! -e deep
no_leftovers .

# ---- stores ----

AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_ENDPOINT_URL=http://127.0.0.1:1
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_ENDPOINT_URL
run 5 artctl ls --retries 0 s3://pail/key
says 127.0.0.1:1
run 5 artctl --json stat --retries 0 s3://pail/key
json '.error.code == "transient" and .error.retryable'
run 5 artctl ls --retries 100 --timeout 1s s3://pail/key
fails 1 hdfs artctl -r /dev/stdin ls <<'YAML'
hdfs: {addresses: ["127.0.0.1:1"], path: /x}
YAML

passed
