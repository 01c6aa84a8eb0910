#!/bin/bash
# artctl bench: figures that make sense, a page that stands alone, and nothing left behind.
. "$(dirname "$0")/artctl_env.bash"

mkdir scratch
quick=(--runs 2 --warmup 0)

# rows FILTER: jq's FILTER is true for the array of all results of the last run.
rows() {
    checks=$((checks + 1))
    jq -s -e "$1" "$work/out" >"$work/check" 2>&1 || die "results for which '$1' does not hold"
}

# is_empty DIRECTORY: nothing is in it, hidden or not.
is_empty() {
    checks=$((checks + 1))
    [ -z "$(ls -A "$1")" ] || die "left in $1: $(ls -A "$1")"
}

# What holds for every result of every benchmark.
sane='all(.[];
    .bytes > 0 and .storedBytes > 0 and .files > 0 and .ratio > 0
    and .seconds.least > 0 and .seconds.least <= .seconds.median
    and .seconds.median <= .seconds.most
    and .megabytesPerSecond > 0 and .filesPerSecond > 0 and .cpuSeconds >= 0
    and .peakMemoryBytes > 1000000 and (.peakMemoryOf | IN("run", "process"))
    and .threads >= 1 and .transfers >= 1 and .runs == 2 and .warmup == 0
    and ((.bytes / 1e6 / .seconds.median / .megabytesPerSecond - 1) | fabs) < 1e-6
    and ((.bytes / .storedBytes / .ratio - 1) | fabs) < 1e-6)'

# ---- generated data ----

run 0 artctl bench data one --size 1M --seed 7
run 0 artctl bench data two --size 1M --seed 7
run 0 artctl bench data other --size 1M --seed 8
check diff -r one two
for name in text binary random small; do
    if diff -r "one/$name" "other/$name" >/dev/null; then
        die "the seed does not change $name"
    fi
done
check test "$(find one -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')" = 1048576
check test "$(find one/small -type f | wc -l)" -gt 20
# The same bytes on every machine.
check test "$(cd one && find . -type f | LC_ALL=C sort | xargs cat | sha256sum | cut -c 1-16)" = \
    ea8038a84edb905b
fails 1 'one' artctl bench data one

# ---- archive ----

run 0 artctl bench archive --json "${quick[@]}" --size 1M --scratch scratch --html page.html
rows "$sane"
rows 'length == 4 * 2 * 2 * 9 - 4'
rows 'map(select(.data == "random" and (.ratio < 0.95 or .ratio > 1.001))) == []'
rows 'all(.[] | select(.data == "text" and (.strategy | IN("none", "tar:0") | not)); .ratio > 2)'
rows 'map(.bytes) | add / length > 250000'
rows '[.[] | .work + " " + .medium] | unique == ["pack file", "pack memory", "unpack file",
    "unpack memory"]'
rows 'all(.[]; .benchmark == "archive")'
is_empty scratch

run 0 artctl bench archive one/small "${quick[@]}" --scratch scratch --to memory \
    --strategies tar:1,zstd:3,none,zip
check test "$(grep -c '^small  *\(tar:1\|zstd:3\|zip\)  *\(pack\|unpack\)  *memory ' "$work/out")" = 6
check test "$(grep -c none "$work/out")" = 0
is_empty scratch
run 0 artctl bench archive one/text --json "${quick[@]}" --to file --strategies none
rows 'length == 2 and all(.[]; .bytes == 262144 and .ratio == 1 and .data == "text")'

# ---- the page ----

check test -s page.html
if command -v xmllint >/dev/null; then
    check xmllint --noout page.html
fi
if grep -Eiq '(https?:)?//|<script|<link|@import|url\(|src=' page.html; then
    die 'the page refers to something else'
fi
check grep -q 'prefers-color-scheme:dark' page.html
check grep -q 'artctl bench archive --json --runs 2' page.html
check test "$(grep -c '<svg viewBox="0 0 600' page.html)" = 8
check test "$(grep -c '<tr><td' page.html)" = 140
for strategy in none tar:0 tar:1 tar tar:9 zstd:1 zstd zstd:9 zip; do
    check grep -q ">$strategy</text>" page.html
done
mkdir '<b>&"'
echo words >'<b>&"/file'
run 0 artctl bench archive '<b>&"' "${quick[@]}" --strategies tar:1 --to memory --html odd.html
check grep -q '&lt;b&gt;&amp;&quot;: ' odd.html
check test "$(grep -c '<b>' odd.html)" = 0
fails 3 'no/such' artctl bench archive one/text --html no/such/page.html

# ---- the repository ----

measure_repository() {
    run 0 artctl bench store "$@" --json "${quick[@]}" --large 3M --count 20 --small 100 \
        --html store.html
    rows "$sane"
    rows 'map(.data + " " + .work) == ["large put", "large get", "small put", "small get"]'
    rows 'map(.bytes) == [3145728, 3145728, 2000, 2000] and map(.files) == [1, 1, 20, 20]'
    check grep -q 'Objects/s' store.html
    run 0 artctl bench end-to-end "$@" one/small --json "${quick[@]}" --scratch scratch \
        --strategies none,tar:1,zip,zstd
    rows "$sane"
    rows 'length == 8 and (map(.work) | unique) == ["get", "put"]'
    is_empty scratch
}

measure_repository
rows 'all(.[]; .medium == "fs")'
run 3 artctl ls
run 0 sh -c 'echo keep | artctl put - keep/me'
run 0 artctl bench store "${quick[@]}" --large 1K --count 3 --small 10 --prefix keep
run 0 artctl ls
prints 'keep/me'
if [ -n "${ARTREPO_TEST_S3_ENDPOINT:-}" ]; then
    s3_repository s3.yaml
    s3=(-r s3.yaml --secrets-dir "$SECRETS_DIR" --prefix "bench-$$")
    measure_repository "${s3[@]}"
    rows 'all(.[]; .medium == "s3")'
    run 3 artctl ls "${s3[@]:0:4}" "bench-$$/"
fi

# ---- failures and interruptions leave nothing ----

fails 2 'no benchmark' artctl bench everything
fails 2 '--large' artctl bench archive --large 3
fails 2 '--size' artctl bench archive one --size 3M
fails 2 'too many' artctl bench store one
fails 2 'memory, file or both' artctl bench archive --to disk
fails 2 'twice' artctl bench archive --strategies tar:1,tar:1
fails 2 "''" artctl bench archive --strategies tar:1,
fails 2 'files only' artctl bench archive one --strategies none
fails 2 '--scratch' artctl bench archive "$work" --scratch scratch
fails 3 'no-such' artctl bench archive no-such --scratch scratch
fails 1 'neither' artctl bench archive /dev/null --scratch scratch
: >nothing
fails 1 'no bytes' artctl bench archive nothing --scratch scratch
fails 3 'no/such' artctl bench archive --scratch no/such
run 5 artctl bench archive --timeout 300ms --scratch scratch --runs 100 --strategies tar:9
is_empty scratch

# interrupt SECONDS COMMAND...: after that long, and checks that it ended of it.
interrupt() {
    seconds=$1
    shift
    env --default-signal=INT "$@" >"$work/out" 2>"$work/err" &
    program=$!
    for _ in $(seq 500); do # until env has given SIGINT its default action back
        [ "$(cat "/proc/$program/comm")" != artctl ] || break
        sleep 0.01
    done
    sleep "$seconds"
    kill -s INT "$program"
    wait "$program"
    got=$?
    checks=$((checks + 1))
    [ "$got" -eq 130 ] || die "exit code $got instead of 130 after SIGINT: $*"
}

mkdir pages
for seconds in 0.2 1.5; do
    interrupt "$seconds" artctl bench archive --size 64M --runs 100 --strategies tar:9,zip \
        --scratch scratch --html pages/page.html
    is_empty scratch
    is_empty pages
done
interrupt 1 artctl bench end-to-end --size 64M --runs 100 --strategies tar:9 --scratch scratch
is_empty scratch
interrupt 1 artctl bench store --large 1M --count 100000
run 0 artctl ls
prints 'keep/me'
no_leftovers "$store"
interrupt 0.3 artctl bench data late --size 8G
check test ! -e late

passed
