#!/usr/bin/env bash
# Many readers of gzip take what `artctl put` makes, and see the same bytes in it.
#
# $ARTCTL is the program. Readers that are missing make the test skipped outside CI; with CI set they
# are installed. Perl, Node.js, Java and rapidgzip are asked only where they are there.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../lib.sh
. "$HERE/../lib.sh"
# shellcheck source=SCRIPTDIR/../bench/prepare.sh
. "$HERE/../bench/prepare.sh"

ARTCTL=${ARTCTL:-$(command -v artctl)} || fail "set ARTCTL to the program"
REQUIRED="gzip pigz igzip bsdtar python3 go"
OPTIONAL="perl node java rapidgzip"
missing=() absent=() failures=0 comparisons=0

find_readers() {
    local reader
    PATH=$PATH:/usr/local/go/bin
    if [ -n "${CI:-}" ]; then
        packages gzip pigz igzip:isal bsdtar:libarchive-tools python3
        python_tools rapidgzip==0.16.2
    fi
    for reader in $REQUIRED; do
        command -v "$reader" >/dev/null 2>&1 || missing+=("$reader")
    done
    for reader in $OPTIONAL; do
        is_usable "$reader" || absent+=("$reader")
    done
}

# Whether what READER's script needs is there, too.
is_usable() {
    command -v "$1" >/dev/null 2>&1 || return 1
    case $1 in
    perl) perl -MIO::Uncompress::Gunzip -MDigest::SHA -e 1 2>/dev/null ;;
    node) node -e 'if (typeof DecompressionStream === "undefined") process.exit(1)' ;;
    java) java --list-modules 2>/dev/null | grep -q jdk.compiler ;;
    esac
}

has() {
    command -v "$1" >/dev/null 2>&1 && [[ " ${absent[*]:-} " != *" $1 "* ]]
}

build_programs() {
    if has go; then
        (cd "$HERE/gzip_readers" &&
            GOFLAGS=-mod=readonly GOWORK=off go build -buildvcs=false -o "$TEST_DIR/go-reader" .) ||
            fail "the Go readers do not build"
    fi
    if has java; then
        javac -d "$TEST_DIR" "$HERE/gzip_readers/Reader.java" || fail "the Java reader does not build"
    fi
}

# Prints "SHA-256 NAME" for each way in which READER reads ARCHIVE.
read_with() {
    local reader=$1 archive=$2 sum
    case $reader in
    gzip | pigz | igzip | rapidgzip)
        sum=$("$reader" -dc "$archive" | sha256sum && [ "${PIPESTATUS[0]}" -eq 0 ]) || return 1
        printf '%s %s\n' "${sum%% *}" "$reader"
        ;;
    bsdtar) # gives no tar stream: what the entries hold instead
        sum=$(bsdtar -xOf "$archive" | sha256sum && [ "${PIPESTATUS[0]}" -eq 0 ]) || return 1
        printf '%s %s\n' "${sum%% *}" "bsdtar:contents"
        ;;
    python3) python3 "$HERE/gzip_readers/reader.py" "$archive" ;;
    go) "$TEST_DIR/go-reader" "$archive" ;;
    perl) perl "$HERE/gzip_readers/reader.pl" "$archive" ;;
    node) node "$HERE/gzip_readers/reader.mjs" "$archive" ;;
    java) java -cp "$TEST_DIR" Reader "$archive" ;;
    esac
}

# check READER ARCHIVE
check() {
    local name sum expected found=$TEST_DIR/found
    name=$(basename "$2" .tgz)
    if ! read_with "$1" "$2" >"$found" 2>"$TEST_DIR/complaint"; then
        echo "$1 does not take $name.tgz: $(tail -n 3 "$TEST_DIR/complaint")" >&2
        failures=$((failures + 1))
        return
    fi
    [ -s "$found" ] || fail "$1 printed nothing"
    while read -r sum reading; do
        expected=$(cat "$EXPECTED/$name")
        [ "$reading" != bsdtar:contents ] || expected=$(gzip -dc "$2" | tar -xOf - | sha256sum | cut -d ' ' -f 1)
        comparisons=$((comparisons + 1))
        [ "$sum" = "$expected" ] && continue
        echo "$reading sees other bytes in $name.tgz" >&2
        failures=$((failures + 1))
    done <"$found"
}

temporary_directory
# shellcheck source=SCRIPTDIR/gzip_archives.bash
. "$HERE/gzip_archives.bash"
find_readers
build_programs
make_archives
for archive in "$ARCHIVES"/*.tgz; do
    for reader in $REQUIRED $OPTIONAL; do
        has "$reader" && check "$reader" "$archive"
    done
done

[ "$failures" -eq 0 ] || fail "$failures of $((comparisons + failures)) readings are wrong"
echo "$comparisons readings are right"
[ ${#absent[@]} -eq 0 ] || echo "not here, so not asked: ${absent[*]}"
if [ ${#missing[@]} -gt 0 ]; then
    [ -z "${CI:-}" ] || fail "missing: ${missing[*]}"
    skip "missing: ${missing[*]}"
fi
