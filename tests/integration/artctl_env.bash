# What the tests of artctl share: an empty home, and functions that run artctl and look at what it
# said. To be sourced. $ARTCTL is the program; without it, artctl is looked up in PATH.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

set -u
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
ARTCTL=${ARTCTL:-$(command -v artctl)} || fail "set ARTCTL to the program"
temporary_directory
work=$TEST_DIR
mkdir "$work/home" "$work/bin" "$work/cwd"
ln -s "$(realpath "$ARTCTL")" "$work/bin/artctl"
PATH=$work/bin:$PATH
HOME=$work/home
unset ARTCTL_REPOSITORY ARTREPO_PLUGIN_PATH XDG_CONFIG_HOME XDG_DATA_HOME
unset "${!AWS_@}" "${!EXECUTOR_RETRY_@}" "${!ARTIFACT_S3_@}" TRANSIENT_ERROR_PATTERN
store=$HOME/.local/share/artrepo # of the embedded repository
export PATH HOME tests store
cd "$work/cwd" || exit 1
checks=0

die() {
    if [ -s "$work/check" ]; then sed 's/^/    check: /;20q' "$work/check" >&2; fi
    if [ -s "$work/out" ]; then sed 's/^/    stdout: /;20q' "$work/out" >&2; fi
    if [ -s "$work/err" ]; then sed 's/^/    stderr: /;20q' "$work/err" >&2; fi
    fail "$@"
}

# run CODE COMMAND...: runs it, keeps what it says in $work/out and $work/err, and checks its exit
# code.
run() {
    wanted_code=$1
    shift
    rm -f "$work/check"
    checks=$((checks + 1))
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ "$got" -eq "$wanted_code" ] || die "exit code $got instead of $wanted_code: $*"
}

# fails CODE TEXT COMMAND...: ends with CODE, prints no result, and says TEXT in one line.
fails() {
    code=$1 text=$2
    shift 2
    run "$code" "$@"
    [ ! -s "$work/out" ] || die "printed a result although it failed: $*"
    [ "$(wc -l <"$work/err")" -eq 1 ] || die "more or less than one line of error: $*"
    grep -q '^artctl' "$work/err" || die "the error does not say whose it is: $*"
    says "$text"
}

# says TEXT: standard error of the last run holds TEXT.
says() {
    checks=$((checks + 1))
    grep -qF -e "$1" "$work/err" || die "did not say '$1'"
}

# prints TEXT: standard output of the last run is the line TEXT.
prints() {
    checks=$((checks + 1))
    [ "$(cat "$work/out")" = "$1" ] || die "did not print '$1'"
}

# json FILTER: standard output of the last run is one JSON value, for which jq's FILTER is true.
json() {
    checks=$((checks + 1))
    [ "$(wc -l <"$work/out")" -eq 1 ] || die "not one line of JSON"
    jq -e "$1" "$work/out" >"$work/jq" 2>&1 || die "JSON for which '$1' does not hold"
}

# check COMMAND...: anything else that must succeed.
check() {
    checks=$((checks + 1))
    "$@" >"$work/check" 2>&1 || die "$*"
}

# no_leftovers DIRECTORY: no temporary file of a get or put is left there.
no_leftovers() {
    checks=$((checks + 1))
    if [ -d "$1" ]; then
        left=$(find "$1" -name '.*' ! -path "$1")
        [ -z "$left" ] || die "left behind: $left"
    fi
}

# as_user COMMAND...: runs it without root's right to read and write everything.
as_user() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --bounding-set=-dac_override,-dac_read_search "$@"
    else
        "$@"
    fi
}

# make_tree DIRECTORY: files of several sizes and modes, symbolic links, odd names.
make_tree() {
    mkdir -p "$1/sub/deeper" "$1/empty"
    echo plain >"$1/plain.txt"
    : >"$1/nothing"
    echo 'name with spaces' >"$1/two words.txt"
    echo 'name with accents' >"$1/sub/déjà vu.txt"
    head -c 3000000 /dev/urandom >"$1/sub/random.bin"
    head -c 2000000 /dev/zero >"$1/sub/deeper/zeros.bin"
    printf '#!/bin/sh\n' >"$1/script"
    chmod 755 "$1/script"
    chmod 600 "$1/sub/déjà vu.txt"
    ln -s plain.txt "$1/link"
    ln -s sub/deeper "$1/link-to-directory"
    ln -s missing "$1/dangling"
}

# same_tree DIRECTORY DIRECTORY: names, contents, links, and modes of all but directories, which get
# 0755 whatever they had.
same_tree() {
    checks=$((checks + 1))
    diff -r --no-dereference "$1" "$2" >"$work/check" 2>&1 || die "$1 and $2 differ"
    diff <((cd "$1" && tree_modes .) | grep -v ' d $') <((cd "$2" && tree_modes .) | grep -v ' d $') >"$work/check" ||
        die "modes or links of $1 and $2 differ"
}

passed() {
    echo "$checks checks passed"
}
