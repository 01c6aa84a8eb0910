#!/bin/sh
# Builds the fuzzers and runs each for SECONDS, as many at a time as there are processors.
#
#   run.sh [SECONDS [TARGET...]]     60 seconds each, all of them
#
# Starts from the seeds, from what once broke a target, and from what earlier runs found
# (build-fuzz/corpus; keep.sh keeps it for others). An input that breaks a target is kept in build-fuzz/findings: put it under
# tests/fuzz/regressions/TARGET with a name that says what it is, once the mistake is corrected.
#
# Exit code: 0 when nothing was found, 1 otherwise, 2 usage.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build-fuzz

# run_target SECONDS TARGET
run_target() {
    target=$2
    corpus=$build/corpus/$target
    log=$build/fuzz-$target.log
    mkdir -p "$corpus" "$build/findings/$target"
    set -- "-max_total_time=$1" "$corpus" "$build/seeds/$target"
    [ ! -d "tests/fuzz/regressions/$target" ] || set -- "$@" "tests/fuzz/regressions/$target"
    "$build/tests/fuzz/fuzz_$target" -timeout=25 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$build/findings/$target/" "$@" >"$log" 2>&1
    code=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ $code -eq 0 ]; then
        echo "$target: ${runs:-?} runs"
        return 0
    fi
    echo "$target: found something after ${runs:-?} runs, exit code $code (all of it: $log)
$(grep -E 'does not hold|runtime error|ERROR|SUMMARY' "$log" | head -n 5)
$(sed -n 's/^.*Test unit written to /kept: /p' "$log")"
    return 1
}

if [ "${1:-}" = --target ]; then
    run_target "$2" "$3"
    exit
fi

seconds=${1:-60}
case $seconds in
'' | *[!0-9]*)
    echo "usage: run.sh [SECONDS [TARGET...]]" >&2
    exit 2
    ;;
esac
[ $# -eq 0 ] || shift

sh tools/dependencies.sh fuzz || exit 1
mkdir -p $build
if ! { cmake --preset fuzz && cmake --build --preset fuzz; } >$build/run.log 2>&1; then
    grep -E 'error|FAILED|CMake Error' -A 6 $build/run.log | head -n 60
    echo "the fuzzers could not be built (all of it: $build/run.log)"
    exit 1
fi
python3 tests/fuzz/seeds.py $build/seeds || exit 1

if [ $# -eq 0 ]; then
    for program in "$build"/tests/fuzz/fuzz_*; do
        [ ! -x "$program" ] || set -- "$@" "${program##*/fuzz_}"
    done
fi
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"

printf '%s\n' "$@" |
    xargs -P "$(nproc 2>/dev/null || echo 2)" -I '{}' sh tests/fuzz/run.sh --target "$seconds" '{}' || {
    echo "an input that breaks a fuzzer's rules was found"
    exit 1
}
echo "$# fuzzers, $seconds s each: nothing found"
