#!/usr/bin/env bash
# Starts and stops VersityGW, an S3 server over a directory, for tests.
#
#   versitygw.sh start DIR [DATA_PARENT]
#   versitygw.sh stop DIR
#
# Two processes serve the same fresh data directory on free ports of 127.0.0.1: one plain
# HTTP, one TLS with a certificate for localhost, *.s3.localhost and 127.0.0.1 signed by a CA
# made on the spot. The data lies in DIR/data, or in a new directory below DATA_PARENT (such
# as /dev/shm). Virtual-hosted addressing works as BUCKET.s3.localhost:PORT.
#
# start writes DIR/env, to be sourced:
#   ARTREPO_TEST_S3_ENDPOINT      127.0.0.1:PORT, plain HTTP
#   ARTREPO_TEST_S3_TLS_ENDPOINT  127.0.0.1:PORT, TLS
#   ARTREPO_TEST_S3_CA            PEM file to trust for the TLS endpoint
#   ARTREPO_TEST_S3_ACCESS_KEY, ARTREPO_TEST_S3_SECRET_KEY, ARTREPO_TEST_S3_REGION
#   ARTREPO_TEST_S3_BUCKET        a bucket that exists: artifacts
#   ARTREPO_TEST_S3_VIRTUAL_DOMAIN  s3.localhost
#   ARTREPO_TEST_S3_DATA          directory whose subdirectories are the buckets
#   ARTREPO_TEST_S3_PIDS          the two processes
# With ARTREPO_TEST_S3_SIDECAR set, what S3 knows of an object is kept in files beside the data.
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
BUCKET=artifacts
VIRTUAL_DOMAIN=s3.localhost

usage() {
    say "usage: versitygw.sh start DIR [DATA_PARENT] | versitygw.sh stop DIR"
    exit 2
}

# launch NAME [SERVER OPTION...]: sets PORT and PID of a server that answers /health.
launch() {
    local name=$1 scheme=http
    shift
    [ $# -eq 0 ] || scheme=https
    for _ in 1 2 3 4 5; do
        PORT=$(free_port) || return 1
        ROOT_ACCESS_KEY=$ACCESS_KEY ROOT_SECRET_KEY=$SECRET_KEY \
            "$BINARY" --quiet --keep-alive --health /health --region "$REGION" \
            --virtual-domain "$VIRTUAL_DOMAIN" --port "127.0.0.1:$PORT" "$@" \
            posix "${POSIX_OPTIONS[@]}" "$DATA/buckets" >"$DIR/$name.log" 2>&1 </dev/null &
        PID=$!
        PIDS="$PIDS $PID"
        wait_for "$PID" curl -fsk "$scheme://127.0.0.1:$PORT/health" && return 0
        end_processes "$BINARY" "$PID"
        ! refused_file_system "$DIR/$name.log" || keep_metadata_beside_data || return 1
    done
    tail -n 20 "$DIR/$name.log" >&2
    say "VersityGW ($name) does not answer"
    return 1
}

# VersityGW keeps what S3 knows of an object in extended attributes, and ends at once where
# the file system takes none (tmpfs takes them since Linux 6.6): then in files beside the data.
refused_file_system() {
    grep -q 'xattrs are not supported' "$1"
}

keep_metadata_beside_data() {
    mkdir -p "$DATA/metadata" && POSIX_OPTIONS=(--sidecar "$DATA/metadata")
}

create_bucket() {
    signed_request -X PUT "http://$1/$BUCKET"
}

# VersityGW wants x-amz-content-sha256, which curl's signing leaves out before 8.
signed_request() {
    curl -fsS -o /dev/null --aws-sigv4 "aws:amz:$REGION:s3" --user "$ACCESS_KEY:$SECRET_KEY" \
        -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$@"
}

start() {
    BINARY=$(need_binary versitygw) || exit $?
    need_certificates "$VIRTUAL_DOMAIN"
    if [ -n "$DATA_PARENT" ]; then
        DATA=$(mktemp -d "$DATA_PARENT/artrepo-versitygw.XXXXXX") || exit 1
    else
        DATA=$DIR/data
    fi
    # Whatever fails from here on, nothing is left running.
    trap 'end_processes "$BINARY" $PIDS; rm -rf "$DATA"' EXIT
    mkdir -p "$DATA/buckets" || exit 1
    POSIX_OPTIONS=()
    # An attribute of ext4 holds 4 KiB, which is too little for an object of some thousand parts.
    [ -z "${ARTREPO_TEST_S3_SIDECAR:-}" ] || keep_metadata_beside_data || exit 1

    launch http || exit 1
    http_pid=$PID http_endpoint=127.0.0.1:$PORT
    launch tls --cert "$DIR/tls/server.pem" --key "$DIR/tls/server-key.pem" || exit 1
    tls_pid=$PID tls_endpoint=127.0.0.1:$PORT
    create_bucket "$http_endpoint" || die "could not create the bucket $BUCKET"

    {
        export_line ARTREPO_TEST_S3_ENDPOINT "$http_endpoint"
        export_line ARTREPO_TEST_S3_TLS_ENDPOINT "$tls_endpoint"
        export_line ARTREPO_TEST_S3_CA "$DIR/tls/ca.pem"
        export_line ARTREPO_TEST_S3_ACCESS_KEY "$ACCESS_KEY"
        export_line ARTREPO_TEST_S3_SECRET_KEY "$SECRET_KEY"
        export_line ARTREPO_TEST_S3_REGION "$REGION"
        export_line ARTREPO_TEST_S3_BUCKET "$BUCKET"
        export_line ARTREPO_TEST_S3_VIRTUAL_DOMAIN "$VIRTUAL_DOMAIN"
        export_line ARTREPO_TEST_S3_DATA "$DATA/buckets"
        export_line ARTREPO_TEST_S3_PIDS "$http_pid $tls_pid"
    } >"$DIR/env.new" && keep_server || exit 1
}

stop() {
    # shellcheck disable=SC2086 # split into the two
    end_processes "$(binary_of versitygw)" $ARTREPO_TEST_S3_PIDS
    rm -rf "$(dirname "$ARTREPO_TEST_S3_DATA")" "$DIR/tls"
    rm -f "$DIR"/{env,http.log,tls.log,openssl.log}
}

run_action "$@"
