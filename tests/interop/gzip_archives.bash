# Makes the archives that gzip readers are given; sourced by gzip_readers.sh and gzip_browser.sh.
#
# make_archives: $TEST_DIR/tree (text, random bytes, zeros, a short file; more than ten blocks), and
# for each level $TEST_DIR/archives/LEVEL.tgz of it, and one of nothing but an empty directory.
# $EXPECTED/NAME holds the SHA-256 of the tar inside, after tar has shown that it is the source.
# shellcheck shell=bash

ARCHIVES=$TEST_DIR/archives
EXPECTED=$TEST_DIR/expected

make_source() {
    mkdir -p "$TEST_DIR/tree/sub" "$TEST_DIR/empty"
    awk 'BEGIN {
        srand(1)
        for (i = 0; i < 200000; i++)
            printf "%d item-%d is in state %s\n", i, rand() * 100000, substr("abcdefgh", rand() * 8, 3)
    }' >"$TEST_DIR/tree/text"
    head -c 6000000 /dev/urandom >"$TEST_DIR/tree/random"
    head -c 4000000 /dev/zero >"$TEST_DIR/tree/zeros"
    echo short >"$TEST_DIR/tree/sub/short"
}

# make_archive NAME STRATEGY SOURCE
make_archive() {
    local archive=$ARCHIVES/$1.tgz out=$TEST_DIR/out
    "$ARTCTL" put -q --archive "$2" "$3" "file://$archive" >"$TEST_DIR/log" 2>&1 ||
        fail "artctl put --archive $2: $(cat "$TEST_DIR/log")"
    mkdir "$out"
    gzip -dc "$archive" >"$TEST_DIR/tar" || fail "GNU gzip does not take $1.tgz"
    tar -C "$out" -xf "$TEST_DIR/tar" || fail "GNU tar does not take what is in $1.tgz"
    diff -r "$3" "$out/$(basename "$3")" >"$TEST_DIR/diff" || fail "$1.tgz does not hold $3"
    sha256sum <"$TEST_DIR/tar" | cut -d ' ' -f 1 >"$EXPECTED/$1"
    rm -rf "$out" "$TEST_DIR/tar"
}

make_archives() {
    local level
    mkdir -p "$ARCHIVES" "$EXPECTED"
    make_source
    for level in -1 0 1 9; do
        make_archive "$level" "tar:$level" "$TEST_DIR/tree"
    done
    make_archive empty tar "$TEST_DIR/empty"
}
