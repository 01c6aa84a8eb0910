#!/usr/bin/env bash
# docs/driver-authors.md holds what it says: the code in it is tests/plugins/memory_driver.c, its
# commands work on an installed library, and the driver that comes out passes the suite.
#
#   document.sh SOURCE_DIRECTORY BUILD_DIRECTORY
set -u
source=$1 BUILD=$2
# shellcheck source=../lib.sh
. "$source/tests/lib.sh"
: "${LIBDIR:=lib}" "${CC:=cc}"
export BUILD

temporary_directory
mkdir "$TEST_DIR/work" && cd "$TEST_DIR/work" || exit 1

# blocks LANGUAGE: the document's blocks of that language, one after the other.
blocks() {
    sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$source/docs/driver-authors.md" | sed '/^```/d'
}

blocks c >memory_driver.c
[ -s memory_driver.c ] || fail "docs/driver-authors.md has no code"
# Between two pieces there may be a blank line or not.
diff <(grep -v '^$' memory_driver.c) <(grep -v '^$' "$source/tests/plugins/memory_driver.c") \
    >"$TEST_DIR/diff" ||
    fail "the code in docs/driver-authors.md (<) is not memory_driver.c (>): $(cat "$TEST_DIR/diff")"

cmake --install "$BUILD" --prefix "$TEST_DIR/prefix" >"$TEST_DIR/install.log" 2>&1 ||
    fail "cmake --install failed: $(cat "$TEST_DIR/install.log")"
prefix=$TEST_DIR/prefix
export PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig LD_LIBRARY_PATH=$prefix/$LIBDIR
export PATH=$prefix/bin:$PATH
ln -s "$(command -v "$CC")" "$prefix/bin/cc"

{
    echo 'set -euo pipefail'
    blocks sh
} >commands.sh
count=$(grep -c 'artctl\|^cc \|/behaviour' commands.sh)
[ "$count" -ge 4 ] || fail "docs/driver-authors.md has $count commands, and should have 4"
bash commands.sh >output 2>errors ||
    fail "the document's commands fail: $(tail -n 30 output errors)"
[ ! -s errors ] || ! grep -q 'warning:' errors || fail "the example compiles with warnings: $(cat errors)"
grep -q '\[  PASSED  \] [0-9]* test' errors output || fail "the suite did not run: $(cat output errors)"
