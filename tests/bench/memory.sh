#!/usr/bin/env bash
# The peak memory of put and get of one large file to and from an S3 store (VersityGW).
#
#   memory.sh [--size MIB] [--threads "N..."] [--strategies "NAME..."]
#
# Half of the file is text, half random bytes; size 2048 MiB. Every strategy (tar, zstd, none) runs
# with each number of threads (2 and 4), and what comes back is compared. The bar: 64 MiB with 2
# threads, 16 MiB more for each further one. The data lies on disk, below ${TMPDIR:-/tmp}, and needs
# about four times the size. $ARTCTL is the program (default: build-release/tools/artctl).
#
# Exit code: 0 all below the bar, 1 not, 2 usage.
set -u
# shellcheck source=SCRIPTDIR/prepare.sh
. "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

SIZE=2048 THREADS="2 4" STRATEGIES="tar zstd none"
while [ $# -gt 0 ]; do
    case $1 in
    --size) SIZE=${2:?} ;;
    --threads) THREADS=${2:?} ;;
    --strategies) STRATEGIES=${2:?} ;;
    *)
        say "usage: memory.sh [--size MIB] [--threads \"N...\"] [--strategies \"NAME...\"]"
        exit 2
        ;;
    esac
    shift 2
done

packages curl openssl cmp:diffutils /usr/bin/time:time
need_artctl
ARTREPO_BENCH_SCRATCH=${TMPDIR:-/tmp}
temporary_scratch
start_store

# Text that compresses about as well as source code does, and no faster than it.
make_file() {
    local half=$((SIZE * 1024 * 1024 / 2)) text=$BENCH_SCRATCH/text
    find "$PROJECT_DIR/src" "$PROJECT_DIR/backends" "$PROJECT_DIR/tests" -type f -name '*.[ch]' \
        -exec cat {} + >"$text" || return 1
    {
        while cat "$text"; do :; done 2>/dev/null | head -c "$half"
        head -c "$half" /dev/urandom
    } >"$1"
    rm -f "$text"
}

# peak COMMAND...: sets PEAK, its maximum resident set in KiB.
peak() {
    local report=$BENCH_SCRATCH/time
    /usr/bin/time -v -o "$report" "$@" >"$BENCH_SCRATCH/output" 2>&1 || {
        cat "$BENCH_SCRATCH/output" >&2
        die "failed: $*"
    }
    PEAK=$(sed -n 's/.*Maximum resident set size (kbytes): //p' "$report")
    [ -n "$PEAK" ] || die "time does not say how much memory was used"
}

row() {
    local bar=$(((64 + 16 * ($3 - 2)) * 1024)) verdict=met
    [ "$3" -ge 2 ] || bar=$((64 * 1024))
    if [ "$PEAK" -gt "$bar" ]; then
        verdict=MISSED
        missed=$((missed + 1))
    fi
    printf '| %-4s | %-8s | %7s | %8s | %7s | %-6s |\n' "$1" "$2" "$3" \
        "$(awk "BEGIN { printf \"%.1f\", $PEAK / 1024 }")" "$((bar / 1024))" "$verdict"
}

file=$BENCH_SCRATCH/file back=$BENCH_SCRATCH/back missed=0
make_file "$file" || die "could not make the file"
[ "$(stat -c %s "$file")" -eq $((SIZE * 1024 * 1024)) ] || die "the file has not its size"
printf 'A file of %s MiB, %s\n\n' "$SIZE" "$("$ARTCTL" version)"
echo "| work | strategy | threads | peak MiB | bar MiB |        |"
echo "| ---- | -------- | ------: | -------: | ------: | ------ |"
for threads in $THREADS; do
    for strategy in $STRATEGIES; do
        url=s3://$ARTREPO_TEST_S3_BUCKET/$strategy-$threads
        peak "$ARTCTL" put -q --threads "$threads" --archive "$strategy" "$file" "$url"
        row put "$strategy" "$threads"
        peak "$ARTCTL" get -q --threads "$threads" --archive "$strategy" "$url" "$back"
        row get "$strategy" "$threads"
        cmp "$file" "$back" >&2 || die "$strategy: what came back differs"
        rm -f "$back"
        "$ARTCTL" rm -q "$url" >/dev/null || die "could not remove $url"
    done
done
echo
if [ "$missed" -gt 0 ]; then
    echo "$missed above the bar"
    exit 1
fi
echo "all below the bar"
