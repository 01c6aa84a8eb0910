#!/usr/bin/env bash
# Starts and stops MinIO, an S3 server that encrypts, hands out temporary credentials and still takes
# Signature Version 2, for tests.
#
#   minio.sh start DIR [DATA_PARENT]
#   minio.sh stop DIR
#
# Two processes serve fresh data directories of their own on free ports of 127.0.0.1: one plain
# HTTP, and one TLS in another region, with a certificate for localhost, *.s3.localhost and 127.0.0.1
# signed by a CA made on the spot. Both have a key management of one key, for SSE-S3 and SSE-KMS. The
# data lies in DIR/data, or in a new directory below DATA_PARENT (such as /dev/shm). Virtual-hosted
# addressing works as BUCKET.s3.localhost:PORT. Both are their own STS (AssumeRole); the plain one
# also takes a web identity token (AssumeRoleWithWebIdentity), whose issuer is played by python3.
#
# start writes DIR/env, to be sourced:
#   ARTREPO_TEST_MINIO_ENDPOINT    127.0.0.1:PORT, plain HTTP
#   ARTREPO_TEST_MINIO_ACCESS_KEY, ARTREPO_TEST_MINIO_SECRET_KEY, ARTREPO_TEST_MINIO_REGION
#   ARTREPO_TEST_MINIO_BUCKET      a bucket that exists in both: artifacts
#   ARTREPO_TEST_MINIO_VIRTUAL_DOMAIN  s3.localhost
#   ARTREPO_TEST_MINIO_KMS_KEY     the id of the key of SSE-KMS
#   ARTREPO_TEST_MINIO_WEB_IDENTITY_TOKEN  file with a token; not set when there is no python3
#   ARTREPO_TEST_MINIO_TLS_ENDPOINT, ARTREPO_TEST_MINIO_TLS_REGION  the other process
#   ARTREPO_TEST_MINIO_CA          PEM file to trust for it
#   ARTREPO_TEST_MINIO_DATA        their data directories' parent; the format is MinIO's own
#   ARTREPO_TEST_MINIO_PIDS        the two processes
# stop ends the processes and removes all that start made.
#
# Exit codes: 0 done, 77 skipped (no Go to build the server with), 1 failed, 2 usage.
set -u

SERVERS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/common.sh
. "$SERVERS_DIR/common.sh"

ACCESS_KEY=artrepo-test-access
SECRET_KEY=artrepo-test-secret-0123456789
REGION=us-east-1
TLS_REGION=eu-test-1
BUCKET=artifacts
VIRTUAL_DOMAIN=s3.localhost
KMS_KEY=artrepo-test-key
CLIENT_ID=artrepo-test-client
CLIENT_SECRET=artrepo-test-client-secret

usage() {
    say "usage: minio.sh start DIR [DATA_PARENT] | minio.sh stop DIR"
    exit 2
}

# ---- web identity ----

base64_url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# write_token ISSUER FILE: a token good for a day, signed with the client's secret, as MinIO takes it.
# Its claim "policy" is what the role may do.
write_token() {
    local signed signature
    signed=$(printf '{"alg":"HS256","typ":"JWT","kid":"%s"}' "$CLIENT_ID" | base64_url).$(
        printf '{"iss":"%s","sub":"artrepo-test","aud":"%s","exp":%d,"policy":"readwrite"}' \
            "$1" "$CLIENT_ID" $(($(date +%s) + 86400)) | base64_url
    )
    signature=$(printf '%s' "$signed" | openssl dgst -sha256 -hmac "$CLIENT_SECRET" -binary |
        base64_url) && printf '%s.%s\n' "$signed" "$signature" >"$2"
}

# MinIO asks the issuer once, when it starts. Sets ISSUER_PID, and IDENTITY for its environment.
play_issuer() {
    local port issuer site=$DIR/issuer
    command -v python3 >/dev/null 2>&1 || {
        say "no python3: no web identity"
        return 0
    }
    port=$(free_port) && mkdir -p "$site/.well-known" || return 1
    issuer=http://127.0.0.1:$port
    printf '{"issuer":"%s","jwks_uri":"%s/keys"}' "$issuer" "$issuer" \
        >"$site/.well-known/openid-configuration"
    echo '{"keys":[]}' >"$site/keys"
    python3 -m http.server --bind 127.0.0.1 --directory "$site" "$port" >"$DIR/issuer.log" 2>&1 \
        </dev/null &
    ISSUER_PID=$!
    wait_for "$ISSUER_PID" curl -fs "$issuer/keys" && write_token "$issuer" "$DIR/token" || return 1
    IDENTITY=(MINIO_IDENTITY_OPENID_CONFIG_URL="$issuer/.well-known/openid-configuration"
        MINIO_IDENTITY_OPENID_CLIENT_ID="$CLIENT_ID"
        MINIO_IDENTITY_OPENID_CLIENT_SECRET="$CLIENT_SECRET")
}

end_issuer() {
    [ -z "$ISSUER_PID" ] || kill "$ISSUER_PID" 2>/dev/null
    ISSUER_PID=
}

# ---- the servers ----

# launch SCHEME REGION [VARIABLE=VALUE...]: sets PORT and PID of a server that answers. It takes no
# configuration of its user's, and calls nobody.
launch() {
    local scheme=$1 region=$2 console
    shift 2
    mkdir -p "$DATA/$scheme" "$DIR/certificates-$scheme" || return 1
    for _ in 1 2 3 4 5; do
        PORT=$(free_port) && console=$(free_port) || return 1
        env -i PATH="$PATH" HOME="$DIR" MINIO_ROOT_USER=$ACCESS_KEY \
            MINIO_ROOT_PASSWORD=$SECRET_KEY MINIO_DOMAIN=$VIRTUAL_DOMAIN MINIO_BROWSER=off \
            MINIO_REGION="$region" MINIO_KMS_SECRET_KEY="$KMS_KEY:$KMS_SECRET" \
            MINIO_UPDATE=off MINIO_CALLHOME_ENABLE=off "$@" \
            "$BINARY" server --quiet --address "127.0.0.1:$PORT" \
            --certs-dir "$DIR/certificates-$scheme" --console-address "127.0.0.1:$console" \
            "$DATA/$scheme" >"$DIR/$scheme.log" 2>&1 </dev/null &
        PID=$!
        PIDS="$PIDS $PID"
        wait_for "$PID" is_initialized "$scheme://127.0.0.1:$PORT" "$region" && return 0
        end_processes "$BINARY" "$PID"
    done
    tail -n 20 "$DIR/$scheme.log" >&2
    say "MinIO ($scheme) does not answer"
    return 1
}

# is_initialized URL REGION: it says that it is ready before it knows its users and their issuer, and
# answers 503 until it does.
is_initialized() {
    local status
    curl -fsk -o /dev/null "$1/minio/health/ready" || return 1
    status=$(curl -sk -o /dev/null -w '%{http_code}' --aws-sigv4 "aws:amz:$2:sts" \
        --user "$ACCESS_KEY:$SECRET_KEY" -d 'Action=AssumeRole&Version=2011-06-15' "$1/") || return 1
    [ "$status" != 503 ] &&
        curl -fsk -o /dev/null --aws-sigv4 "aws:amz:$2:s3" --user "$ACCESS_KEY:$SECRET_KEY" "$1/"
}

# create_bucket SCHEME REGION
create_bucket() {
    curl -fsSk -o /dev/null --aws-sigv4 "aws:amz:$2:s3" --user "$ACCESS_KEY:$SECRET_KEY" \
        -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -X PUT "$1://127.0.0.1:$PORT/$BUCKET"
}

start() {
    ISSUER_PID='' IDENTITY=()
    BINARY=$(need_binary minio) || exit $?
    KMS_SECRET=$(openssl rand -base64 32) || exit 1
    need_certificates "$VIRTUAL_DOMAIN"
    mkdir -p "$DIR/certificates-https" &&
        cp "$DIR/tls/server.pem" "$DIR/certificates-https/public.crt" &&
        cp "$DIR/tls/server-key.pem" "$DIR/certificates-https/private.key" || exit 1
    if [ -n "$DATA_PARENT" ]; then
        DATA=$(mktemp -d "$DATA_PARENT/artrepo-minio.XXXXXX") || exit 1
    else
        DATA=$DIR/data
    fi
    # Whatever fails from here on, nothing is left running.
    trap 'end_issuer; end_processes "$BINARY" $PIDS; rm -rf "$DATA"' EXIT

    play_issuer || die "could not play the issuer of web identities"
    launch http "$REGION" "${IDENTITY[@]}" || exit 1
    end_issuer
    http_endpoint=127.0.0.1:$PORT
    create_bucket http "$REGION" || die "could not create the bucket $BUCKET"
    launch https "$TLS_REGION" || exit 1
    tls_endpoint=127.0.0.1:$PORT
    create_bucket https "$TLS_REGION" || die "could not create the bucket $BUCKET by TLS"
    {
        export_line ARTREPO_TEST_MINIO_ENDPOINT "$http_endpoint"
        export_line ARTREPO_TEST_MINIO_ACCESS_KEY "$ACCESS_KEY"
        export_line ARTREPO_TEST_MINIO_SECRET_KEY "$SECRET_KEY"
        export_line ARTREPO_TEST_MINIO_REGION "$REGION"
        export_line ARTREPO_TEST_MINIO_BUCKET "$BUCKET"
        export_line ARTREPO_TEST_MINIO_VIRTUAL_DOMAIN "$VIRTUAL_DOMAIN"
        export_line ARTREPO_TEST_MINIO_KMS_KEY "$KMS_KEY"
        [ ! -e "$DIR/token" ] || export_line ARTREPO_TEST_MINIO_WEB_IDENTITY_TOKEN "$DIR/token"
        export_line ARTREPO_TEST_MINIO_TLS_ENDPOINT "$tls_endpoint"
        export_line ARTREPO_TEST_MINIO_TLS_REGION "$TLS_REGION"
        export_line ARTREPO_TEST_MINIO_CA "$DIR/tls/ca.pem"
        export_line ARTREPO_TEST_MINIO_DATA "$DATA"
        export_line ARTREPO_TEST_MINIO_PIDS "${PIDS# }"
    } >"$DIR/env.new" && keep_server || exit 1
}

stop() {
    # shellcheck disable=SC2086 # split into the two
    end_processes "$(binary_of minio)" $ARTREPO_TEST_MINIO_PIDS
    rm -rf "$ARTREPO_TEST_MINIO_DATA" "$DIR"/{tls,certificates-http,certificates-https,issuer,.minio}
    rm -f "$DIR"/{env,token,http.log,https.log,openssl.log,issuer.log}
}

run_action "$@"
