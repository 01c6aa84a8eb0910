#!/bin/bash
# Nothing secret is ever shown: not at the most verbose level, in neither log format, not in JSON,
# not in an error, also where a server sends back what it was sent. What is secret is taken from the
# settings and from the requests themselves, which are recorded on the way to the store.
. "$(dirname "$0")/artctl_env.bash"
need_s3
command -v python3 >/dev/null || skip "needs python3"

export EXECUTOR_RETRY_BACKOFF_DURATION=10ms
prefix=secrets-$$-$RANDOM
here=$tests/integration
said=$work/said
recorded=$work/recorded
: >"$said"
mkdir "$work/servers"
mkfifo "$work/alive"
exec {alive}<>"$work/alive"
trap 'kill $servers 2>/dev/null; rm -rf "$work"' EXIT
servers=

# start NAME ARGUMENT...: a recorder; sets $port.
start() {
    local name=$1
    shift
    python3 "$here/recorder.py" "$recorded" "$work/servers/$name" "$@" <"$work/alive" &
    servers="$servers $!"
    for _ in $(seq 100); do
        [ -s "$work/servers/$name" ] && break
        sleep 0.1
    done
    port=$(cat "$work/servers/$name") || fail "no recorder for $name"
}

# ---- what is secret ----

session_token=session-token-7f3a9c1e5b
identity_token=eyJhbGciOiJub25lIn0.web-identity-5d1b
role_secret=role-secret-key-1c8e44
role_token=role-session-token-90aa17
customer_password=customer-password-e2b7
header_value='Bearer header-value-3b6d02'
password=basic-password-c41f
inline=inline-secret-77aa
basic=$(printf 'someone:%s' "$password" | base64 -w0)

s3_repository plain.yaml
mkdir -p "$SECRETS_DIR/more"
printf '%s' "$session_token" >"$SECRETS_DIR/more/session"
printf '%s' "$customer_password" >"$SECRETS_DIR/more/customer"
printf 'someone' >"$SECRETS_DIR/more/user"
printf '%s' "$password" >"$SECRETS_DIR/more/password"
printf '%s' "$identity_token" >"$work/identity"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout "$work/key.pem" \
    -out "$SECRETS_DIR/more/ca" 2>"$work/openssl" || fail "$(cat "$work/openssl")"

start s3 forward "$ARTREPO_TEST_S3_ENDPOINT"
s3_port=$port
start tls forward "$ARTREPO_TEST_S3_ENDPOINT" "$SECRETS_DIR/more/ca" "$work/key.pem"
tls_port=$port
cat >"$work/sts.xml" <<END
<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials>
<AccessKeyId>$ARTREPO_TEST_S3_ACCESS_KEY</AccessKeyId>
<SecretAccessKey>$role_secret</SecretAccessKey><SessionToken>$role_token</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
END
start sts answer 200 "$work/sts.xml"
sts_port=$port
cat >"$work/echo.xml" <<END
<Error><Code>SignatureDoesNotMatch</Code><Message>Sent: @HEADERS@</Message>
<StringToSign>@HEADERS@</StringToSign><SignatureProvided>@HEADERS@</SignatureProvided></Error>
END
start echo answer 403 "$work/echo.xml"
echo_port=$port

# ---- what is done ----

# noisy NAME COMMAND...: runs artctl in every way that says much; it may fail.
noisy() {
    local name=$1 format json
    shift
    for format in logfmt json; do
        for json in '' --json; do
            printf '== %s %s %s\n' "$name" "$format" "$json" >>"$said"
            # shellcheck disable=SC2086 # no word or one
            timeout 120 artctl -vvv --log-format "$format" $json --stats --retries 1 \
                --secrets-dir "$SECRETS_DIR" "$@" >>"$said" 2>&1
            checks=$((checks + 1))
        done
    done
}

# everything REPOSITORY: all that artctl does with a store.
everything() {
    local file=$1
    noisy "$file" -r "$file" config
    noisy "$file" -r "$file" put tree "$prefix/tree.tgz"
    noisy "$file" -r "$file" put --archive none tree "$prefix/tree"
    rm -rf back
    noisy "$file" -r "$file" get "$prefix/tree.tgz" back
    noisy "$file" -r "$file" get "$prefix/missing" nowhere
    noisy "$file" -r "$file" explain "$prefix/tree.tgz"
    noisy "$file" -r "$file" stat "$prefix/tree.tgz"
    noisy "$file" -r "$file" ls -l "$prefix"
    noisy "$file" -r "$file" cat "$prefix/tree/plain.txt"
    noisy "$file" -r "$file" save --template template.json --root root
    noisy "$file" -r "$file" load --template template.json --root root
    noisy "$file" -r "$file" rm -R "$prefix/"
}

mkdir -p root tree
echo plain >tree/plain.txt
echo output >root/output.txt
cat >template.json <<END
{"name": "t", "inputs": {"artifacts": [{"name": "in", "path": "/in", "s3": {"key": "$prefix/tree.tgz"}}]},
 "outputs": {"artifacts": [{"name": "out", "path": "/output.txt"}]}}
END

# to FILE ENDPOINT [SED_EXPRESSION...]: another endpoint, and more settings.
to() {
    local file=$1 endpoint=$2
    shift 2
    sed -e "s/endpoint: .*/endpoint: $endpoint/" "$@" plain.yaml >"$file"
}
to static.yaml "127.0.0.1:$s3_port"
everything static.yaml
printf '  sessionTokenSecret: {name: more, key: session}\n' | cat static.yaml - >session.yaml
everything session.yaml
to echo.yaml "127.0.0.1:$echo_port"
everything echo.yaml
to nobody.yaml 127.0.0.1:1
noisy nobody -r nobody.yaml get "$prefix/tree.tgz" nowhere
to customer.yaml "localhost:$tls_port" -e '/insecure:/d'
cat >>customer.yaml <<END
  caSecret: {name: more, key: ca}
  encryptionOptions:
    enableEncryption: true
    serverSideCustomerKeySecret: {name: more, key: customer}
END
everything customer.yaml
to identity.yaml "127.0.0.1:$s3_port" -e '/Secret:/d'
printf '  useSDKCreds: true\n' >>identity.yaml
(
    export AWS_WEB_IDENTITY_TOKEN_FILE=$work/identity AWS_ROLE_ARN=arn:aws:iam::1:role/r
    export AWS_ENDPOINT_URL_STS=http://127.0.0.1:$sts_port
    everything identity.yaml
)
(
    export AWS_ACCESS_KEY_ID=$ARTREPO_TEST_S3_ACCESS_KEY
    export AWS_SECRET_ACCESS_KEY=$ARTREPO_TEST_S3_SECRET_KEY
    export AWS_SESSION_TOKEN=$session_token AWS_REGION=$ARTREPO_TEST_S3_REGION
    export AWS_ENDPOINT_URL_S3=http://127.0.0.1:$echo_port
    noisy url put tree "s3://$ARTREPO_TEST_S3_BUCKET/$prefix/tree.tgz"
    noisy url get "s3://$ARTREPO_TEST_S3_BUCKET/$prefix/tree.tgz" nowhere
)

# Over HTTP: values of headers, a password in the settings and in the URL.
cat >headers.yaml <<END
http:
  url: http://127.0.0.1:$echo_port/x
  headers:
    - {name: Authorization, value: $header_value}
END
printf 'http: {url: "http://someone:%s@127.0.0.1:%s/x"}\n' "$inline" "$echo_port" >user.yaml
cat >basic.yaml <<END
http:
  url: http://127.0.0.1:$echo_port/x
  auth:
    basicAuth:
      usernameSecret: {name: more, key: user}
      passwordSecret: {name: more, key: password}
END
for file in headers.yaml user.yaml basic.yaml; do
    noisy "$file" -r "$file" config
    noisy "$file" -r "$file" put tree "$prefix"
    noisy "$file" -r "$file" get "$prefix" nowhere
    noisy "$file" -r "$file" explain "$prefix"
done
noisy url get "http://someone:$inline@127.0.0.1:$echo_port/y" nowhere
# What is wrong with a file is said without its secrets.
sed "s/secretKeySecret: .*/secretKeySecret: $inline/" plain.yaml >inline.yaml
noisy inline -r inline.yaml put tree "$prefix/tree.tgz"
printf 's3: {endpoint: x, bucket: b, secretKey: %s}\n' "$inline" >unknown.yaml
noisy unknown -r unknown.yaml config
printf 'http: {url: "http://x", headers: {name: a, value: %s}}\n' "$inline" >type.yaml
noisy type -r type.yaml config

# ---- what must not be there ----

# What was sent: signatures, whole Authorization headers, tokens and keys of customers.
tr -d '\r' <"$recorded" | grep -a -iE '^(authorization|x-amz-security-token|x-amz-(copy-source-)?server-side-encryption-customer-key):' |
    sed 's/^[^:]*: *//' | sort -u >"$work/sent"
grep -ao 'Signature=[0-9a-f]*' "$recorded" | sed 's/.*=//' | sort -u >"$work/signatures"
{
    cat "$work/sent" "$work/signatures"
    printf '%s\n' "$ARTREPO_TEST_S3_SECRET_KEY" "$session_token" "$identity_token" "$role_secret" \
        "$role_token" "$customer_password" "$password" "$basic" "${header_value#* }" "$inline"
    grep -v -- '-----' "$work/key.pem"
} >"$work/needles"

# The recording is of use: each kind of secret was sent, and the log had much to say.
for needle in "$session_token" "$identity_token" "$role_token" "${header_value#* }" "$basic"; do
    check grep -aqF -e "$needle" "$recorded"
done
check test "$(wc -l <"$work/signatures")" -gt 50
check grep -aqi '^x-amz-server-side-encryption-customer-key:' "$recorded"
check test "$(grep -c 'store operation' "$said")" -gt 100
check grep -q '"msg":"Load artifact"' "$said"
check grep -q 'msg="Save artifact"' "$said"
check grep -q '"code":"access-denied"' "$said"

if grep -anF -f "$work/needles" "$said" >"$work/check"; then
    die "a secret is shown"
fi
checks=$((checks + 1))

passed
