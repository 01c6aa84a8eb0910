#!/usr/bin/env bash
# Valgrind's memcheck over what tests/run.sh has built: the unit tests, the suite of drivers, what fuzzers
# once found, and artctl in the scripts of tests/integration that move artifacts.
#
#   valgrind.sh BUILD [REGULAR_EXPRESSION]     those whose name matches; all without it
#
# A test fails when it fails by itself, and when Valgrind finds an error in it, a lost block or a
# descriptor that was left open. Servers are those of the environment, as for the tests themselves; who
# finds none is skipped. The logs are in BUILD/valgrind/NAME/.
#
#   ARTREPO_VALGRIND_SECONDS     after which a test is ended (1800)
#
# Exit code: 0 when all passed, 1 otherwise, 2 usage.
set -u
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ $# -lt 1 ] || [ $# -gt 2 ] || ! build=$(cd "$1" 2>/dev/null && pwd); then
    echo "usage: valgrind.sh BUILD [REGULAR_EXPRESSION]" >&2
    exit 2
fi
pattern=${2:-.}
logs=$build/valgrind
export tests build logs

# The scripts in which artctl moves artifacts; behind a colon the store to which it does.
scripts="artctl_stores:fs artctl_stores:s3 artctl_stores:gcs artctl_stores:http
    artctl_load artctl_save artctl_stage"

# Not run: those that hold a clock to what Valgrind makes 30 times slower; s3_process, since a program that
# is not there is found out by posix_spawn() only where parent and child share memory, which they do not
# under Valgrind; and those of the executor that follow links, for which Valgrind 3.19 has no openat2.
left_out='^unit/(http/(client|tls_records)|backends/s3_(leftovers|process|provider|sts))$'
left_out="$left_out|^unit/executor/(explain|explain_vectors|save_all|transfer)$"

# What the programs that we start do is not ours; a shell under Valgrind is slow, too.
foreign='/bin/*,/usr/bin/*,/usr/local/*,/sbin/*,/usr/sbin/*,*.sh'
VALGRIND="valgrind --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \
--errors-for-leak-kinds=definite,indirect --track-fds=yes --fair-sched=try --num-callers=24 \
--trace-children=yes --trace-children-skip=$foreign --suppressions=$tests/valgrind.supp"
export VALGRIND
export ARTREPO_VALGRIND_SECONDS=${ARTREPO_VALGRIND_SECONDS:-1800}

# ---- one test ----

# Descriptors that a process opened and had at its end, but for those that it was started with.
open_descriptors() {
    awk '/Open (file|AF_INET6?|AF_UNIX|.*socket)/ { sub(/^==[0-9]+== /, ""); opened = $0; next }
        opened != "" {
            if ($0 !~ /<inherited from parent>/) print FILENAME ": " opened
            opened = ""
        }' "$@"
}

# What Valgrind says against the processes that wrote these logs.
complaints() {
    grep -H 'ERROR SUMMARY: [1-9]' "$@"
    case $1 in
    "$logs"/fuzz/*) ;; # which keep their world open from one input to the next
    *) open_descriptors "$@" ;;
    esac
}

# run_one NAME COMMAND...
run_one() {
    local name=$1 directory=$logs/$1 started=$SECONDS code=0 said=
    shift
    rm -rf "$directory"
    mkdir -p "$directory"
    timeout "$ARTREPO_VALGRIND_SECONDS" "$@" >"$directory/output" 2>&1 || code=$?
    if [ $code -eq 77 ]; then
        echo "skipped $name: $(tail -n 1 "$directory/output")"
        return
    fi
    said=$(find "$directory" -name '*.log' -print0 | xargs -0 -r bash -c 'complaints "$@"' complaints)
    if [ $code -eq 0 ] && [ -z "$said" ]; then
        echo "passed $name: $(find "$directory" -name '*.log' | wc -l) processes in $((SECONDS - started)) s"
        return
    fi
    echo "FAILED $name: exit code $code after $((SECONDS - started)) s"
    tail -n 20 "$directory/output" | sed 's/^/    /'
    printf '%s\n' "$said" | head -n 20 | sed 's/^/    /'
}

# run_program NAME PROGRAM [ARGUMENT...]
run_program() {
    # shellcheck disable=SC2086 # options
    ARTREPO_BUILD=$build run_one "$1" $VALGRIND --log-file="$logs/$1/%p.log" "${@:2}"
}

# run_script NAME[:STORE]: with artctl under Valgrind.
run_script() {
    local wrapper=$logs/bin/${1//\//_} store=
    mkdir -p "$logs/bin"
    printf '#!/bin/sh\nexec %s --log-file="%s/%%p.log" "%s" "$@"\n' "$VALGRIND" "$logs/$1" \
        "$build/tools/artctl" >"$wrapper"
    chmod +x "$wrapper"
    [ "${1%:*}" = "$1" ] || store=${1#*:}
    ARTREPO_TEST_STORES=$store ARTCTL=$wrapper ARTREPO_BUILD=$build \
        run_one "$1" bash "$tests/${1%:*}.sh"
}

# run_test NAME
run_test() {
    local subject=${1#*/}
    case $1 in
    unit/*) run_program "$1" "$build/tests/unit/test_${subject//\//_}" ;;
    fuzz/*)
        run_program "$1" "$build/tests/fuzz/fuzz_$subject" "$build/tests/fuzz/seeds/$subject" \
            "$tests/fuzz/regressions/$subject"
        ;;
    behaviour/*)
        run_program "$1" "$build/tests/behaviour/behaviour" --table "$tests/behaviour/drivers.list" \
            "$subject"
        ;;
    integration/*) run_script "$1" ;;
    esac
}
export -f open_descriptors complaints run_one run_program run_script run_test

# ---- all of them ----

# As ctest knows them.
names() {
    ctest --test-dir "$build" --show-only | sed -n 's/^ *Test *#[0-9]*: *//p' |
        grep -E '^(unit|behaviour|fuzz)/' | grep -Ev -e "$left_out" -e '^(fuzz/seeds|behaviour/document)$'
    for script in $scripts; do echo "integration/$script"; done
}

mkdir -p "$logs"
python3 "$tests/fuzz/seeds.py" "$build/tests/fuzz/seeds" || exit 1
started=$SECONDS
names | grep -E -- "$pattern" | xargs -P "$(nproc)" -I '{}' bash -c 'run_test {}' |
    tee "$logs/summary"
passed=$(grep -c '^passed ' "$logs/summary")
skipped=$(grep -c '^skipped ' "$logs/summary")
failed=$(grep -c '^FAILED ' "$logs/summary")
echo "valgrind: $passed passed, $skipped skipped, $failed failed in $((SECONDS - started)) s" |
    tee -a "$logs/summary"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
