#!/usr/bin/env bash
# Installs a build tree into a directory of its own, and builds and runs a program against that: by
# pkg-config (shared and static), by find_package (likewise), and the README's example.
#
#   programs.sh BUILD_DIRECTORY
set -u
build=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=../lib.sh
. "$here/../lib.sh"

temporary_directory
prefix=$TEST_DIR/prefix
: "${CC:=cc}" "${CFLAGS:=}" "${GENERATOR:=Unix Makefiles}" "${LIBDIR:=lib}"

cmake --install "$build" --prefix "$prefix" >"$TEST_DIR/install.log" 2>&1 ||
    fail "cmake --install failed: $(cat "$TEST_DIR/install.log")"
# Programs must find it wherever the tree is moved to.
mv "$prefix" "$TEST_DIR/moved" && prefix=$TEST_DIR/moved
export PKG_CONFIG_PATH=$prefix/$LIBDIR/pkgconfig LD_LIBRARY_PATH=$prefix/$LIBDIR
version=$(pkg-config --modversion artrepo) || fail "pkg-config does not find artrepo"

# expect_program FILE: it runs, and says the library's version and a pod's name.
expect_program() {
    local said
    said=$("$1") || fail "$1 failed: $said"
    [ "$said" = "$version wf" ] || fail "$1 said '$said' instead of '$version wf'"
}

compile() {
    # shellcheck disable=SC2086 # flags are lists of words
    $CC $CFLAGS -std=c17 -Wall -Wextra -Werror -o "$@" || fail "cannot build $1"
}

# shellcheck disable=SC2046
compile "$TEST_DIR/by-pkg-config" "$here/program.c" $(pkg-config --cflags --libs artrepo)
expect_program "$TEST_DIR/by-pkg-config"

# Only our own library is linked statically: not all of the others come as archives.
# shellcheck disable=SC2046
compile "$TEST_DIR/by-pkg-config-static" "$here/program.c" $(pkg-config --cflags artrepo) \
    "$prefix/$LIBDIR/libartrepo.a" \
    $(pkg-config --libs $(pkg-config --print-requires-private artrepo | sed 's/ .*//')) \
    -pthread -ldl -lm
(unset LD_LIBRARY_PATH && expect_program "$TEST_DIR/by-pkg-config-static") || exit 1

cmake -S "$here/package" -B "$TEST_DIR/package" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_PREFIX_PATH="$prefix" -DVERSION="$version" \
    >"$TEST_DIR/package.log" 2>&1 && cmake --build "$TEST_DIR/package" >>"$TEST_DIR/package.log" 2>&1 ||
    fail "find_package does not give a program: $(cat "$TEST_DIR/package.log")"
expect_program "$TEST_DIR/package/program_shared"
expect_program "$TEST_DIR/package/program_static"

# The README's example does what it says.
sed -n '/^```c$/,/^```$/p' "$here/../../README.md" | sed '/^```/d' >"$TEST_DIR/readme.c"
[ -s "$TEST_DIR/readme.c" ] || fail "README.md has no example in C"
# shellcheck disable=SC2046
compile "$TEST_DIR/readme" "$TEST_DIR/readme.c" $(pkg-config --cflags --libs artrepo)
mkdir "$TEST_DIR/run" && cd "$TEST_DIR/run" && mkdir data && echo hello >data/hello.txt || exit 1
"$TEST_DIR/readme" || fail "the README's example failed"
cmp data/hello.txt copy/hello.txt || fail "the README's example did not bring its file back"

# The runners of examples/, against the installed library: by pkg-config, and by find_package.
examples=$here/../../examples
# shellcheck disable=SC2046
compile "$TEST_DIR/runner" -D_GNU_SOURCE "$examples/runner.c" $(pkg-config --cflags --libs artrepo)
cmake -S "$examples" -B "$TEST_DIR/examples" -G "$GENERATOR" -DCMAKE_C_COMPILER="$CC" \
    -DCMAKE_C_FLAGS="$CFLAGS" -DCMAKE_PREFIX_PATH="$prefix" >"$TEST_DIR/examples.log" 2>&1 &&
    cmake --build "$TEST_DIR/examples" >>"$TEST_DIR/examples.log" 2>&1 ||
    fail "examples/ cannot be built by itself: $(cat "$TEST_DIR/examples.log")"
for runner in "$TEST_DIR/runner" "$TEST_DIR/examples/runner"; do
    RUNNER=$runner ARTCTL=$prefix/bin/artctl bash "$here/../integration/artctl_examples.sh" ||
        fail "the examples do not work with the installed library"
done

# The installed artctl finds the library by itself.
if [ -x "$prefix/bin/artctl" ]; then
    (unset LD_LIBRARY_PATH && "$prefix/bin/artctl" version >/dev/null) ||
        fail "the installed artctl does not start"
fi
