#!/usr/bin/env bash
# Starts and stops fake-gcs-server, which plays Google Cloud Storage's JSON API, for tests.
#
#   fakegcs.sh start DIR
#   fakegcs.sh stop DIR
#
# One process serves plain HTTP on a free port of 127.0.0.1. Its objects are in its memory, and gone
# when it stops. It asks nobody for credentials.
#
# start writes DIR/env, to be sourced:
#   ARTREPO_TEST_GCS_ENDPOINT  127.0.0.1:PORT, plain HTTP (what STORAGE_EMULATOR_HOST is set to)
#   ARTREPO_TEST_GCS_BUCKET    a bucket that exists: artifacts
#   ARTREPO_TEST_GCS_PID       the process
# stop ends the process and removes all that start made.
#
# Exit codes: 0 done, 77 skipped (no Go to build the server with), 1 failed, 2 usage.
set -u

SERVERS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/common.sh
. "$SERVERS_DIR/common.sh"

BUCKET=artifacts

usage() {
    say "usage: fakegcs.sh start DIR | fakegcs.sh stop DIR"
    exit 2
}

# Sets PORT and PID of a server that answers.
launch() {
    for _ in 1 2 3 4 5; do
        PORT=$(free_port) || return 1
        # The addresses that it hands out (of upload sessions) have to be its own.
        "$BINARY" -backend memory -data "$DIR/no-data" -scheme http -host 127.0.0.1 \
            -port "$PORT" -public-host "127.0.0.1:$PORT" -external-url "http://127.0.0.1:$PORT" \
            -log-level warn >"$DIR/fakegcs.log" 2>&1 </dev/null &
        PID=$!
        PIDS="$PIDS $PID"
        wait_for "$PID" curl -fs "http://127.0.0.1:$PORT/_internal/healthcheck" && return 0
        end_processes "$BINARY" "$PID"
    done
    tail -n 20 "$DIR/fakegcs.log" >&2
    say "fake-gcs-server does not answer"
    return 1
}

create_bucket() {
    curl -fsS -o /dev/null -H 'Content-Type: application/json' -d "{\"name\": \"$BUCKET\"}" \
        "http://127.0.0.1:$PORT/storage/v1/b?project=test"
}

start() {
    BINARY=$(need_binary fake-gcs-server) || exit $?
    # Whatever fails from here on, nothing is left running.
    # shellcheck disable=SC2086 # split into the processes started
    trap 'end_processes "$BINARY" $PIDS' EXIT

    launch || exit 1
    create_bucket || die "could not create the bucket $BUCKET"
    {
        export_line ARTREPO_TEST_GCS_ENDPOINT "127.0.0.1:$PORT"
        export_line ARTREPO_TEST_GCS_BUCKET "$BUCKET"
        export_line ARTREPO_TEST_GCS_PID "$PID"
    } >"$DIR/env.new" && keep_server || exit 1
}

stop() {
    end_processes "$(binary_of fake-gcs-server)" "$ARTREPO_TEST_GCS_PID"
    rm -f "$DIR"/{env,fakegcs.log}
}

run_action "$@"
