#!/bin/bash
# Servers that cannot be reached as the repository file says: each one clear line that says what to
# do, and nothing left behind.
. "$(dirname "$0")/artctl_env.bash"
need_s3

prefix=artctl-connection-$$-$RANDOM
s3_repository plain.yaml
printf '%s' "$(cat "$ARTREPO_TEST_S3_CA")" >"$SECRETS_DIR/s3/ca"
echo 'no certificate' >"$SECRETS_DIR/s3/not-a-ca"
sed -e "s/endpoint: .*/endpoint: $ARTREPO_TEST_S3_TLS_ENDPOINT/" -e '/insecure/d' plain.yaml >untrusted.yaml
sed '/bucket:/a\  caSecret: {name: s3, key: ca}' untrusted.yaml >tls.yaml
sed 's/key: ca}/key: not-a-ca}/' tls.yaml >bad-ca.yaml
sed "s/endpoint: .*/endpoint: $ARTREPO_TEST_S3_ENDPOINT/" tls.yaml >tls-to-plain.yaml
sed "s/endpoint: .*/endpoint: $ARTREPO_TEST_S3_TLS_ENDPOINT/" plain.yaml >plain-to-tls.yaml
sed 's/region: .*/region: mars-north-1/' plain.yaml >wrong-region.yaml
sed 's/endpoint: .*/endpoint: no-such-host.invalid/' plain.yaml >no-host.yaml

s3() {
    local file=$1
    shift
    artctl --secrets-dir "$SECRETS_DIR" --retries 0 -r "$file" "$@"
}
trap 's3 plain.yaml -q rm -R "$prefix/" >"$work/out" 2>&1; rm -rf "$work"' EXIT
make_tree tree

# TLS with the store's own authority works, for one request and for many parts.
run 0 s3 tls.yaml put tree "$prefix/tree.tgz"
run 0 s3 tls.yaml get "$prefix/tree.tgz" back
same_tree tree back
head -c 12000000 /dev/urandom >big
run 0 s3 tls.yaml put --archive none big "$prefix/big"
run 0 s3 tls.yaml get --archive none "$prefix/big" big-back
check cmp big big-back

# refused FILE CODE TEXT: a put and a get fail with this exit code and text, and leave nothing.
refused() {
    fails "$2" "$3" s3 "$1" put --archive none big "$prefix/refused"
    fails "$2" "$3" s3 "$1" get "$prefix/tree.tgz" refused
    check test ! -e refused
    no_leftovers .
    run 3 s3 plain.yaml stat "$prefix/refused"
}
refused untrusted.yaml 1 caSecret
refused bad-ca.yaml 1 caSecret
refused tls-to-plain.yaml 1 'insecure: true'
refused plain-to-tls.yaml 1 insecure
refused no-host.yaml 5 no-such-host.invalid

# The server tells its region, and is believed.
run 0 s3 wrong-region.yaml put tree "$prefix/region.tgz"
run 0 s3 wrong-region.yaml get "$prefix/region.tgz" back-region
same_tree tree back-region

passed
