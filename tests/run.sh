#!/bin/sh
# All tests, in one command:
#
#   sh tests/run.sh             the suite, and once more with AddressSanitizer and UBSan
#   sh tests/run.sh quick       the suite alone
#   sh tests/run.sh sanitize    under the sanitizers alone, ThreadSanitizer included
#   sh tests/run.sh tsan        under ThreadSanitizer alone
#   sh tests/run.sh valgrind [PATTERN]   a selection under Valgrind (tests/valgrind.sh)
#   sh tests/run.sh coverage    the suite, and which lines it reaches (build-coverage/coverage.txt);
#                               fails below 90 % of src and backends
#   sh tests/run.sh long        everything, with the tests that take long
#   sh tests/run.sh fuzz [SECONDS]   each fuzzer for that long (60), on its own
#
# Installs the packages that are missing (Debian and relatives), builds, builds and starts the
# servers that tests talk to, runs the tests, and stops the servers, whatever happens. Can be run
# again at any time. With CI set, warnings are errors and nothing may be skipped.
#
# Exit code: 0 when all passed, 1 otherwise, 2 usage.
set -u
cd "$(dirname "$0")/.." || exit 1

MODE=${1:-all}
PATTERN=${2:-}
JOBS=$(nproc 2>/dev/null || echo 2)
FAILURES=
SKIPS=
STATE=
SUMMARY=

case $MODE in
all) SUITES="release asan" ;;
quick) SUITES=release ;;
sanitize) SUITES="asan tsan" ;;
tsan) SUITES=tsan ;;
valgrind) SUITES=valgrind ;;
coverage) SUITES=coverage ;;
long)
    SUITES="release asan tsan"
    export ARTREPO_TEST_LONG=1
    ;;
fuzz)
    shift
    exec sh tests/fuzz/run.sh "$@"
    ;;
*)
    echo "usage: sh tests/run.sh [quick|sanitize|tsan|valgrind|coverage|long|fuzz]" >&2
    exit 2
    ;;
esac

say() { printf '\n== %s\n' "$*"; }
failed() { FAILURES="$FAILURES
  $*"; }
skipped() { SKIPS="$SKIPS
  $*"; }

# ---- servers ----

stop_servers() {
    [ -n "$STATE" ] || return 0
    for server in versitygw toxiproxy minio fakegcs nginx; do
        [ ! -e "$STATE/$server/env" ] || bash "tests/servers/$server.sh" stop "$STATE/$server"
    done
    rm -rf "$STATE"
    STATE=
}
trap stop_servers EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Debian 12's Go is too old for the servers, and cannot fetch a newer one by itself.
go_is_missing() {
    if ! command -v go >/dev/null 2>&1; then
        [ ! -x /usr/local/go/bin/go ] || PATH=$PATH:/usr/local/go/bin
        export PATH
    fi
    command -v go >/dev/null 2>&1 || {
        echo "no go command"
        return 0
    }
    found=$(go env GOVERSION 2>/dev/null)
    minor=$(printf '%s\n' "$found" | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
    [ "${minor:-0}" -ge 21 ] && return 1
    echo "found ${found:-an unknown version}"
}

# build_server SCRIPT [BINARY]: starts what needs Go to be built.
build_server() {
    binary=${2:-$1}
    if ! [ -x "$(bash tests/servers/build.sh --path "$binary")" ] && reason=$(go_is_missing); then
        skipped "$1: needs Go 1.21 or newer ($reason; https://go.dev/dl)"
        echo "skipped: needs Go: $1 ($reason)"
        return
    fi
    bash tests/servers/build.sh "$binary"
    case $? in
    0) start_server "$1" ;;
    77) skipped "$1: needs Go 1.21 or newer (https://go.dev/dl)" ;;
    *) failed "the server $1 could not be built" ;;
    esac
}

# start_server SCRIPT: starts what is there.
start_server() {
    bash "tests/servers/$1.sh" start "$STATE/$1"
    case $? in
    0)
        # shellcheck disable=SC1090 # written by start
        . "$STATE/$1/env"
        echo "$1 runs"
        ;;
    77) skipped "$1: it is not installed (sh tools/dependencies.sh test)" ;;
    *) failed "the server $1 could not be started" ;;
    esac
}

# ---- suites ----

# build PRESET
build() {
    say "building $1"
    werror=OFF
    [ -z "${CI:-}" ] || werror=ON
    mkdir -p "build-$1"
    log=build-$1/run.log
    if ! { cmake --preset "$1" -DARTREPO_TESTS=ON -DARTREPO_WERROR=$werror &&
        cmake --build --preset "$1" --parallel "$JOBS"; } >"$log" 2>&1; then
        grep -E 'error|FAILED|CMake Error|warning:' -A 6 "$log" | head -n 60
        tail -n 20 "$log"
        failed "$1: the build failed (all of it: $log)"
        return 1
    fi
    ! grep -q 'warning:' "$log" || { grep -A 4 'warning:' "$log" | head -n 40; }
}

# What the suite of PRESET skipped: whole tests, and cases inside test programs.
note_skips() {
    for name in $(sed -n 's/.*<testcase name="\([^"]*\)".*status="\(notrun\|disabled\)".*/\1/p' \
        "build-$1/tests.xml"); do
        skipped "$1: $name"
    done
    cases=$(grep -c '\[  SKIPPED \] .*[a-z]' "build-$1/Testing/Temporary/LastTest.log" 2>/dev/null)
    [ "${cases:-0}" -eq 0 ] || skipped "$1: $cases cases inside test programs"
}

# run_suite PRESET [CTEST_OPTION...]
run_suite() {
    preset=$1
    build "$preset" || return
    shift
    say "testing $preset"
    rm -f "build-$preset/tests.xml"
    started=$(date +%s)
    # One more than processors: many tests wait, for servers and for time-outs.
    ctest --test-dir "build-$preset" --output-on-failure --no-tests=error -j $((JOBS + 1)) \
        --output-junit tests.xml "$@" || failed "$preset: tests failed (see above)"
    seconds=$(($(date +%s) - started))
    count=$(grep -c '<testcase ' "build-$preset/tests.xml" 2>/dev/null)
    SUMMARY="$SUMMARY
  $preset: ${count:-0} tests in $seconds s"
    note_skips "$preset"
}

# run_valgrind [PATTERN]
run_valgrind() {
    build valgrind || return
    say "testing under Valgrind"
    bash tests/valgrind.sh build-valgrind "$@" || failed "valgrind: tests failed (see above)"
    SUMMARY="$SUMMARY
  $(tail -n 1 build-valgrind/valgrind/summary)"
    for name in $(sed -n 's/^skipped \([^:]*\):.*/\1/p' build-valgrind/valgrind/summary); do
        skipped "valgrind: $name"
    done
}

# ---- the run ----

say "packages"
packages="test"
case $MODE in coverage | valgrind) packages=$MODE ;; esac
sh tools/dependencies.sh "$packages" || exit 1

say "servers"
STATE=$(mktemp -d "${TMPDIR:-/tmp}/artrepo-run.XXXXXX") || exit 1
build_server versitygw
build_server toxiproxy
build_server minio
build_server fakegcs fake-gcs-server
start_server nginx

# Leaks and undefined behaviour fail the test in which they happen.
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1:suppressions=$PWD/tests/tsan.supp}"

for suite in $SUITES; do
    case $suite in
    # What does not run our code, or is about other programs that read what it wrote, needs no second
    # run.
    asan | tsan) run_suite "$suite" -E '^(layering|install/.*|interop/(hera|gzip)_.*)$' ;;
    # What others build with the installed library would need gcov.
    coverage) run_suite "$suite" -E '^(layering|install/.*)$' ;;
    valgrind) run_valgrind ${PATTERN:+"$PATTERN"} ;;
    *) run_suite "$suite" ;;
    esac
done

if [ "$MODE" = coverage ] && [ -e build-coverage/tests.xml ]; then
    say "coverage"
    gcovr --root . --filter src/ --filter backends/ build-coverage --print-summary \
        --txt build-coverage/coverage.txt --fail-under-line 90 ||
        failed "the tests reach less than 90 % of the lines of src and backends, or gcovr failed"
fi

stop_servers

say "summary"
[ -z "$SUMMARY" ] || echo "ran:$SUMMARY"
[ -z "$SKIPS" ] || echo "skipped:$SKIPS"
if [ -n "${CI:-}" ] && [ -n "$SKIPS" ]; then
    failed "with CI set nothing may be skipped"
fi
if [ -n "$FAILURES" ]; then
    echo "FAILED:$FAILURES"
    exit 1
fi
echo "all passed"
