#!/bin/bash
# Interrupted runs: the right exit code, nothing half-written.
. "$(dirname "$0")/artctl_env.bash"

# A pipe whose writer stays, so that artctl waits for more of standard input.
mkfifo pipe

interrupt() {
    wanted=$1
    signal=$2
    (sleep 60 >pipe) &
    writer=$!
    # The subshell's "&" would have SIGINT ignored; env gives its default action back.
    env --default-signal="$signal" artctl put - "signal/$signal" <pipe 2>"$work/err" >"$work/out" &
    program=$!
    sleep 1
    kill -s "$signal" "$program"
    wait "$program"
    got=$?
    kill "$writer" 2>/dev/null
    checks=$((checks + 1))
    [ "$got" -eq "$wanted" ] || die "exit code $got instead of $wanted after SIG$signal"
    says 'artctl put: '
    run 3 artctl stat "signal/$signal"
    no_leftovers "$store"
}

interrupt 130 INT
interrupt 143 TERM
interrupt 129 HUP

# ---- the timeout ----

run 5 sh -c 'sleep 5 | artctl put --timeout 300ms - late'
run 3 artctl stat late

# ---- a reader that has seen enough ----

head -c 20000000 /dev/zero >zeros
run 0 artctl put --archive none zeros zeros
checks=$((checks + 1))
{
    artctl cat zeros 2>"$work/err"
    echo $? >status
} | head -c 10 >"$work/out"
[ "$(cat status)" = 141 ] || die "exit code $(cat status) instead of 141 for a closed pipe"
check test ! -s "$work/err"
run 1 sh -c 'artctl version >/dev/full'
says 'standard output'
run 1 sh -c 'artctl cat zeros >/dev/full'
says 'standard output'

# ---- progress is for terminals ----

run 0 artctl put --archive none zeros progress
check test ! -s "$work/err"
if command -v script >/dev/null; then
    run 0 script -qec 'artctl put --archive tar:0 zeros progress && artctl ls progress' /dev/null
    grep -q 'progress' "$work/out" || die 'no result on a terminal'
fi

passed
