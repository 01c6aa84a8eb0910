#!/usr/bin/env bash
# Starts and stops MinIO, an S3 server that still takes Signature Version 2, for tests.
#
#   minio.sh start DIR [DATA_PARENT]
#   minio.sh stop DIR
#
# One process serves a fresh data directory over plain HTTP on a free port of 127.0.0.1. The data
# lies in DIR/data, or in a new directory below DATA_PARENT (such as /dev/shm). Virtual-hosted
# addressing works as BUCKET.s3.localhost:PORT.
#
# start writes DIR/env, to be sourced:
#   ARTREPO_TEST_MINIO_ENDPOINT    127.0.0.1:PORT, plain HTTP
#   ARTREPO_TEST_MINIO_ACCESS_KEY, ARTREPO_TEST_MINIO_SECRET_KEY, ARTREPO_TEST_MINIO_REGION
#   ARTREPO_TEST_MINIO_BUCKET      a bucket that exists: artifacts
#   ARTREPO_TEST_MINIO_VIRTUAL_DOMAIN  s3.localhost
#   ARTREPO_TEST_MINIO_DATA        its data directory, whose format is MinIO's own
#   ARTREPO_TEST_MINIO_PID         the process
# stop ends the process and removes all that start made.
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
    say "usage: minio.sh start DIR [DATA_PARENT] | minio.sh stop DIR"
    exit 2
}

# Sets PORT and PID of a server that answers. It takes no configuration of its user's, and calls
# nobody.
launch() {
    local console
    for _ in 1 2 3 4 5; do
        PORT=$(free_port) && console=$(free_port) || return 1
        env -i PATH="$PATH" HOME="$DIR" MINIO_ROOT_USER=$ACCESS_KEY \
            MINIO_ROOT_PASSWORD=$SECRET_KEY MINIO_DOMAIN=$VIRTUAL_DOMAIN MINIO_BROWSER=off \
            MINIO_UPDATE=off MINIO_CALLHOME_ENABLE=off \
            "$BINARY" server --quiet --address "127.0.0.1:$PORT" \
            --console-address "127.0.0.1:$console" "$DATA" >"$DIR/minio.log" 2>&1 </dev/null &
        PID=$!
        PIDS="$PIDS $PID"
        wait_for "$PID" curl -fs "http://127.0.0.1:$PORT/minio/health/ready" && return 0
        end_processes "$BINARY" "$PID"
    done
    tail -n 20 "$DIR/minio.log" >&2
    say "MinIO does not answer"
    return 1
}

create_bucket() {
    curl -fsS -o /dev/null --aws-sigv4 "aws:amz:$REGION:s3" --user "$ACCESS_KEY:$SECRET_KEY" \
        -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' -X PUT "http://127.0.0.1:$PORT/$BUCKET"
}

start() {
    PIDS=
    BINARY=$(need_binary minio) || exit $?
    [ ! -e "$DIR/env" ] || die "$DIR/env is there already: stop that server first"
    mkdir -p "$DIR" || exit 1
    DIR=$(cd "$DIR" && pwd)
    if [ -n "$DATA_PARENT" ]; then
        DATA=$(mktemp -d "$DATA_PARENT/artrepo-minio.XXXXXX") || exit 1
    else
        DATA=$DIR/data
    fi
    # Whatever fails from here on, nothing is left running.
    trap 'end_processes "$BINARY" $PIDS; rm -rf "$DATA"' EXIT
    mkdir -p "$DATA" || exit 1

    launch || exit 1
    create_bucket || die "could not create the bucket $BUCKET"
    {
        export_line ARTREPO_TEST_MINIO_ENDPOINT "127.0.0.1:$PORT"
        export_line ARTREPO_TEST_MINIO_ACCESS_KEY "$ACCESS_KEY"
        export_line ARTREPO_TEST_MINIO_SECRET_KEY "$SECRET_KEY"
        export_line ARTREPO_TEST_MINIO_REGION "$REGION"
        export_line ARTREPO_TEST_MINIO_BUCKET "$BUCKET"
        export_line ARTREPO_TEST_MINIO_VIRTUAL_DOMAIN "$VIRTUAL_DOMAIN"
        export_line ARTREPO_TEST_MINIO_DATA "$DATA"
        export_line ARTREPO_TEST_MINIO_PID "$PID"
    } >"$DIR/env.new" && mv "$DIR/env.new" "$DIR/env" || exit 1
    trap - EXIT
}

stop() {
    [ -r "$DIR/env" ] || die "no server was started in $DIR"
    # shellcheck disable=SC1091 # written by start
    . "$DIR/env"
    end_processes "$(binary_of minio)" "$ARTREPO_TEST_MINIO_PID"
    rm -rf "$ARTREPO_TEST_MINIO_DATA" "$DIR/.minio"
    rm -f "$DIR"/{env,minio.log}
    rmdir "$DIR" 2>/dev/null
    return 0
}

ACTION=${1:-} DIR=${2:-} DATA_PARENT=${3:-}
[ -n "$DIR" ] || usage
case $ACTION in
start) start ;;
stop) stop ;;
*) usage ;;
esac
