#!/bin/bash
# artctl with http and artifactory locations on a real nginx with WebDAV.
. "$(dirname "$0")/artctl_env.bash"
[ -n "${ARTREPO_TEST_NGINX:-}" ] ||
    skip "needs nginx: tests/run.sh starts it, or tests/servers/nginx.sh"

name=artctl-$$-$RANDOM
http=http://$ARTREPO_TEST_NGINX
https=https://$ARTREPO_TEST_NGINX_TLS
data=$ARTREPO_TEST_NGINX_DATA
tls=$ARTREPO_TEST_NGINX_TLS_FILES
unset SSL_CERT_FILE SSL_CERT_DIR http_proxy https_proxy
trap 'rm -rf "$data"/$name "$data"/{basic,bearer,flat,readonly,limited,noranges}/$name "$work"' EXIT

secrets=$work/secrets
mkdir -p "$secrets/web"
printf '%s\n' "$ARTREPO_TEST_NGINX_USER" >"$secrets/web/user"
printf '%s\n' "$ARTREPO_TEST_NGINX_PASSWORD" >"$secrets/web/password"
echo wrong >"$secrets/web/wrong"
printf '%s' "$ARTREPO_TEST_NGINX_CLIENT_ID" >"$secrets/web/client-id"
printf '%s' "$ARTREPO_TEST_NGINX_CLIENT_SECRET" >"$secrets/web/client-secret"
printf '%s/oauth/token' "$http" >"$secrets/web/token-url"
cp "$tls"/{ca,client,client-key,stranger,stranger-key}.pem "$secrets/web/"
chmod -R go= "$secrets" # artctl warns of secrets that others can read

# with REPOSITORY COMMAND...: artctl with that repository file, and the secrets.
with() {
    local repository=$1
    shift
    artctl --secrets-dir "$secrets" -r "$repository" "$@"
}

# repository FILE URL [YAML_LINE...]: an http location.
repository() {
    local file=$1 url=$2
    shift 2
    {
        printf 'http:\n  url: %s\n' "$url"
        [ $# -eq 0 ] || printf '  %s\n' "$@"
    } >"$file"
}

make_tree tree
echo 'hello, web' >file.txt

# ---- URLs ----

run 0 artctl put --archive none file.txt "$http/$name/file.txt"
prints "/$name/file.txt"
check cmp file.txt "$data/$name/file.txt"
run 0 artctl stat --json "$http/$name/file.txt"
json '.size == 11 and (.version | length > 0) and (.modified | length > 0)'
run 0 artctl get "$http/$name/file.txt" back.txt
check cmp file.txt back.txt
run 0 artctl get "$http/$name/file.txt" -
prints 'hello, web'
for strategy in tar zstd zip; do
    archive=()
    [ "$strategy" != zip ] || archive=(--archive zip)
    run 0 artctl put --archive "$strategy" tree "$http/$name/tree.$strategy"
    run 0 artctl get "${archive[@]}" "$http/$name/tree.$strategy" "back-$strategy"
    same_tree tree "back-$strategy"
done
# A zip from a server that gives no parts of files.
mkdir -p "$data/noranges/$name"
cp "$data/$name/tree.zip" "$data/noranges/$name/"
run 0 artctl get --archive zip "$http/noranges/$name/tree.zip" back-noranges
same_tree tree back-noranges
# Unknown length, longer than what is read ahead: in chunks.
head -c 7000000 /dev/urandom >big
check eval 'cat big | artctl put - "$http/$name/a%20b/big%2Bbin?query=kept"'
check cmp big "$data/$name/a b/big+bin"
run 0 artctl get "$http/$name/a%20b/big%2Bbin" back-big
check cmp big back-big
: >empty
run 0 artctl put --archive none empty "$http/$name/empty"
run 0 artctl get --archive none "$http/$name/empty" back-empty
check cmp empty back-empty
# A directory becomes one object for each file.
run 0 artctl put --archive none tree "$http/$name/plain"
check cmp tree/sub/random.bin "$data/$name/plain/sub/random.bin"
check test -f "$data/$name/plain/sub/déjà vu.txt"
# Overwritten as a whole.
run 0 artctl put --archive none big "$http/$name/file.txt"
run 0 artctl put --archive none file.txt "$http/$name/file.txt"
check cmp file.txt "$data/$name/file.txt"

fails 3 'nothing is at this address; check the URL' artctl get "$http/$name/none" out
fails 3 'nothing is at this address' artctl stat "$http/$name/none"
run 0 artctl get --optional "$http/$name/none" out
check test ! -e out
fails 1 "not supported: driver 'http' cannot list" artctl ls "$http/$name/"
fails 1 "not supported: driver 'http' cannot remove" artctl rm "$http/$name/file.txt"
fails 1 'takes no uploads (PUT) there' artctl put file.txt "$http/readonly/$name/x"
fails 1 'client_max_body_size' artctl put --archive none big "$http/limited/$name/x"
fails 1 'write https:// in the URL' artctl get "http://$ARTREPO_TEST_NGINX_TLS/x" out
fails 1 'write http:// in the URL' artctl get "https://$ARTREPO_TEST_NGINX/x" out
fails 5 'check the URL' artctl -q get --retries 0 "http://127.0.0.1:1/x" out

# ---- redirects ----

run 0 artctl get "$http/moved/$name/file.txt" back-moved
check cmp file.txt back-moved
fails 1 'instead of storing anything' artctl put file.txt "$http/moved/$name/x"
run 0 artctl put --archive none big "$http/sent/$name/sent"
check cmp big "$data/$name/sent"
check eval 'cat big | artctl put - "$http/sent/$name/sent-stream"'
check cmp big "$data/$name/sent-stream"
fails 1 'redirects more than 10 times' artctl get "$http/circle/x" out

# ---- a user and a password ----

fails 4 'it wants credentials; set auth.basicAuth' artctl get "$http/basic/$name/x" out
repository basic.yaml "$http/basic/$name/x" 'auth:' '  basicAuth:' \
    '    usernameSecret: {name: web, key: user}' '    passwordSecret: {name: web, key: password}'
run 0 with basic.yaml put --archive none big "/basic/$name/x"
check cmp big "$data/basic/$name/x"
run 0 with basic.yaml get "/basic/$name/x" back-basic
check cmp big back-basic
check eval 'cat big | with basic.yaml put - "/basic/$name/stream"'
check cmp big "$data/basic/$name/stream"
sed 's/key: password/key: wrong/' basic.yaml >wrong.yaml
fails 4 'check the user and the password' with wrong.yaml get "/basic/$name/x" out
run 0 artctl get "http://artrepo:pass%20word%3A1@$ARTREPO_TEST_NGINX/basic/$name/x" back-user
check cmp big back-user

# ---- a token ----

fails 4 'it wants credentials' artctl get "$http/bearer/$name/x" out
repository bearer.yaml "$http/bearer/$name/x" 'auth:' '  oauth2:' \
    '    clientIDSecret: {name: web, key: client-id}' \
    '    clientSecretSecret: {name: web, key: client-secret}' \
    '    tokenURLSecret: {name: web, key: token-url}' '    scopes: [read, write]'
run 0 with bearer.yaml put --archive none big "/bearer/$name/x"
check cmp big "$data/bearer/$name/x"
run 0 with bearer.yaml get "/bearer/$name/x" back-bearer
check cmp big back-bearer
sed 's/key: client-secret/key: wrong/' bearer.yaml >wrong.yaml
fails 4 'no such client' with wrong.yaml get "/bearer/$name/x" out
repository header.yaml "$http/bearer/$name/x" 'headers:' \
    '  - {name: Authorization, value: Bearer artrepo-test-token}'
run 0 with header.yaml get "/bearer/$name/x" back-header
check cmp big back-header

# ---- TLS ----

fails 1 'set caSecret, or SSL_CERT_FILE' artctl get "$https/$name/file.txt" out
run 0 env SSL_CERT_FILE="$ARTREPO_TEST_NGINX_CA" artctl get "$https/$name/file.txt" back-tls
check cmp file.txt back-tls
run 0 env SSL_CERT_FILE="$ARTREPO_TEST_NGINX_CA" artctl get "$http/away/$name/file.txt" back-away
check cmp file.txt back-away
run 0 env SSL_CERT_FILE="$ARTREPO_TEST_NGINX_CA" artctl put --archive none big \
    "$http/away/$name/put-away"
check cmp big "$data/$name/put-away"
fails 6 'redirects from https to plain http' \
    env SSL_CERT_FILE="$ARTREPO_TEST_NGINX_CA" artctl get "$https/plain/$name/file.txt" out
repository ca.yaml "$https/$name/file.txt" 'caSecret: {name: web, key: ca.pem}'
run 0 with ca.yaml get "/$name/file.txt" back-ca
check cmp file.txt back-ca

client=https://$ARTREPO_TEST_NGINX_CLIENT_TLS/$name
repository none.yaml "$client/file.txt" 'caSecret: {name: web, key: ca.pem}'
fails 4 'it wants a client certificate; set auth.clientCert' with none.yaml get "/$name/file.txt" out
repository client.yaml "$client/file.txt" 'caSecret: {name: web, key: ca.pem}' 'auth:' \
    '  clientCert:' '    clientCertSecret: {name: web, key: client.pem}' \
    '    clientKeySecret: {name: web, key: client-key.pem}'
run 0 with client.yaml get "/$name/file.txt" back-client
check cmp file.txt back-client
run 0 with client.yaml put --archive none big "/$name/client"
check cmp big "$data/$name/client"
# To another server, by its name, the certificate is not shown.
sed "s,^  url: .*,  url: https://$ARTREPO_TEST_NGINX_CLIENT_TLS/elsewhere/$name/file.txt," \
    client.yaml >elsewhere.yaml
fails 4 'it wants a client certificate' \
    with elsewhere.yaml get "/elsewhere/$name/file.txt" out
# A certificate and a token at once.
repository both.yaml "https://$ARTREPO_TEST_NGINX_CLIENT_TLS/bearer/$name/x" \
    'caSecret: {name: web, key: ca.pem}' 'auth:' \
    '  clientCert:' '    clientCertSecret: {name: web, key: client.pem}' \
    '    clientKeySecret: {name: web, key: client-key.pem}' '  oauth2:' \
    '    clientIDSecret: {name: web, key: client-id}' \
    '    clientSecretSecret: {name: web, key: client-secret}' \
    '    tokenURLSecret: {name: web, key: token-url}'
run 0 with both.yaml get "/bearer/$name/x" back-both
check cmp big back-both
sed 's/client\.pem/stranger.pem/; s/client-key/stranger-key/' client.yaml >stranger.yaml
fails 4 'does not accept the client certificate' with stranger.yaml get "/$name/file.txt" out
sed 's/client-key/stranger-key/' client.yaml >mixed.yaml
fails 1 'does not belong to the certificate' with mixed.yaml get "/$name/file.txt" out

# ---- artifactory: a repository of its own key scheme ----

cat >artifactory.yaml <<END
artifactory:
  repoURL: $http/basic/$name/repo
  keyFormat: "{{workflow.name}}/{{pod.name}}"
  usernameSecret: {name: web, key: user}
  passwordSecret: {name: web, key: password}
END
run 0 with artifactory.yaml put --workflow wf --node wf tree
prints "/basic/$name/repo/wf/wf/tree.tgz"
check test -f "$data/basic/$name/repo/wf/wf/tree.tgz"
run 0 with artifactory.yaml get "/basic/$name/repo/wf/wf/tree.tgz" back-artifactory
same_tree tree back-artifactory
fails 1 "not supported: driver 'artifactory' cannot list" with artifactory.yaml ls "/basic/$name/"
sed 's/key: password/key: wrong/' artifactory.yaml >wrong.yaml
fails 4 'usernameSecret and passwordSecret' with wrong.yaml get "/basic/$name/x" out

# ---- raw ----

printf 'raw:\n  data: "line one\\nline two\\n"\n' >raw.yaml
run 0 with raw.yaml get any raw.txt
check eval 'printf "line one\nline two\n" | cmp - raw.txt'
fails 1 "not supported: driver 'raw' cannot put" with raw.yaml put file.txt any

no_leftovers "$work/cwd"
echo "$checks checks passed"
