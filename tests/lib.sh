# Small helpers for test scripts in bash; sourced, not run.
#
#   . "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
#   temporary_directory            # $TEST_DIR, gone when the script ends
#   need_s3                        # skips the test without a server
#   expect_exit 3 "$ARTCTL" get no/such/key out
#   expect_stderr_one_line 'no such object'
# shellcheck shell=bash

fail() {
    printf '%s: FAILED: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

skip() {
    printf '%s: skipped: %s\n' "${0##*/}" "$*" >&2
    exit 77
}

# Makes $TEST_DIR and removes it at the end, however the script ends.
temporary_directory() {
    TEST_DIR=$(mktemp -d "${TMPDIR:-/tmp}/artrepo-test.XXXXXX") || fail "cannot make a directory"
    export TEST_DIR
    trap 'chmod -R u+rwX "$TEST_DIR" 2>/dev/null; rm -rf "$TEST_DIR"' EXIT
    trap 'exit 130' INT TERM
}

# expect_exit CODE COMMAND...: runs it, with its output in $TEST_DIR/stdout and $TEST_DIR/stderr.
expect_exit() {
    local expected=$1 code=0
    shift
    "$@" >"$TEST_DIR/stdout" 2>"$TEST_DIR/stderr" || code=$?
    [ "$code" -eq "$expected" ] ||
        fail "exit code $code instead of $expected from: $* (stderr: $(cat "$TEST_DIR/stderr"))"
}

# expect_stderr_one_line [REGULAR_EXPRESSION]: what the last command of expect_exit complained is
# one line, and matches.
expect_stderr_one_line() {
    local lines
    lines=$(wc -l <"$TEST_DIR/stderr")
    [ "$lines" -eq 1 ] || fail "$lines lines on stderr instead of one: $(cat "$TEST_DIR/stderr")"
    [ $# -eq 0 ] || grep -Eq -- "$1" "$TEST_DIR/stderr" ||
        fail "stderr does not match '$1': $(cat "$TEST_DIR/stderr")"
}

# expect_stdout TEXT: what the last command of expect_exit printed.
expect_stdout() {
    [ "$(cat "$TEST_DIR/stdout")" = "$1" ] ||
        fail "stdout is not '$1': $(cat "$TEST_DIR/stdout")"
}

expect_same_tree() {
    diff -r --no-dereference "$1" "$2" >"$TEST_DIR/diff" 2>&1 ||
        fail "$1 and $2 differ: $(head -n 20 "$TEST_DIR/diff")"
    diff <(tree_modes "$1") <(tree_modes "$2") >"$TEST_DIR/diff" ||
        fail "modes of $1 and $2 differ: $(head -n 20 "$TEST_DIR/diff")"
}

# Modes, kinds and link targets of all that is below a directory.
tree_modes() {
    (cd "$1" && find . -mindepth 1 -printf '%p %m %y %l\n' | LC_ALL=C sort)
}

need_s3() {
    [ -n "${ARTREPO_TEST_S3_ENDPOINT:-}" ] ||
        skip "needs an S3 server: tests/run.sh starts one, or tests/servers/versitygw.sh"
}

need_toxiproxy() {
    [ -n "${ARTREPO_TEST_TOXIPROXY:-}" ] ||
        skip "needs toxiproxy: tests/run.sh starts it, or tests/servers/toxiproxy.sh"
}

# s3_repository FILE [KEY_FORMAT]: a repository file and secrets ($TEST_DIR/secrets, in
# $SECRETS_DIR) for the test server.
s3_repository() {
    SECRETS_DIR=$TEST_DIR/secrets
    mkdir -p "$SECRETS_DIR/s3"
    (
        umask 077 # artctl warns of secrets that others can read
        printf '%s' "$ARTREPO_TEST_S3_ACCESS_KEY" >"$SECRETS_DIR/s3/accesskey"
        printf '%s' "$ARTREPO_TEST_S3_SECRET_KEY" >"$SECRETS_DIR/s3/secretkey"
    )
    cat >"$1" <<END
s3:
  endpoint: $ARTREPO_TEST_S3_ENDPOINT
  bucket: $ARTREPO_TEST_S3_BUCKET
  region: $ARTREPO_TEST_S3_REGION
  insecure: true
  accessKeySecret: {name: s3, key: accesskey}
  secretKeySecret: {name: s3, key: secretkey}
END
    [ $# -lt 2 ] || printf '  keyFormat: "%s"\n' "$2" >>"$1"
}
