#!/usr/bin/env bash
# Starts and stops toxiproxy, a TCP proxy that can delay, cut and throttle, for tests.
#
#   toxiproxy.sh start DIR
#   toxiproxy.sh stop DIR
#
# start writes DIR/env, to be sourced:
#   ARTREPO_TEST_TOXIPROXY      127.0.0.1:PORT of its HTTP interface
#   ARTREPO_TEST_TOXIPROXY_PID  its process
# The proxies are made through that interface (a listen port of 0 lets it choose; the answer
# names the port):
#   curl -d '{"name":"s3","listen":"127.0.0.1:0","upstream":"127.0.0.1:7070"}' \
#       http://$ARTREPO_TEST_TOXIPROXY/proxies
#   curl -d '{"type":"latency","attributes":{"latency":100}}' \
#       http://$ARTREPO_TEST_TOXIPROXY/proxies/s3/toxics
#
# Exit codes: 0 done, 77 skipped (no Go to build it with), 1 failed, 2 usage.
set -u

SERVERS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/common.sh
. "$SERVERS_DIR/common.sh"

usage() {
    say "usage: toxiproxy.sh start DIR | toxiproxy.sh stop DIR"
    exit 2
}

# Sets PORT and PID of a toxiproxy that answers.
launch() {
    for _ in 1 2 3 4 5; do
        PORT=$(free_port) || return 1
        "$BINARY" -host 127.0.0.1 -port "$PORT" >"$DIR/toxiproxy.log" 2>&1 </dev/null &
        PID=$!
        PIDS="$PIDS $PID"
        wait_for "$PID" curl -fs "http://127.0.0.1:$PORT/version" && return 0
        end_processes "$BINARY" "$PID"
    done
    tail -n 20 "$DIR/toxiproxy.log" >&2
    say "toxiproxy does not answer"
    return 1
}

start() {
    BINARY=$(need_binary toxiproxy) || exit $?
    # shellcheck disable=SC2086 # split into the processes started
    trap 'end_processes "$BINARY" $PIDS' EXIT
    launch || exit 1
    {
        export_line ARTREPO_TEST_TOXIPROXY "127.0.0.1:$PORT"
        export_line ARTREPO_TEST_TOXIPROXY_PID "$PID"
    } >"$DIR/env.new" && keep_server || exit 1
}

stop() {
    end_processes "$(binary_of toxiproxy)" "$ARTREPO_TEST_TOXIPROXY_PID"
    rm -f "$DIR"/{env,toxiproxy.log}
}

run_action "$@"
