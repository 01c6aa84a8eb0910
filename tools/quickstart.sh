#!/bin/sh
# From a fresh clone to a working artctl, in one command:
#
#   sh tools/quickstart.sh
#
# Installs the packages that are missing (Debian and relatives), builds into build/, and stores,
# lists and fetches a small tree in a repository that is thrown away afterwards. It can be run
# again at any time.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$(pwd)
step=0

step() {
    step=$((step + 1))
    printf '\n[%d/6] %s\n' "$step" "$*"
}

fail() {
    printf '\nquickstart.sh: FAILED at step %d: %s\n' "$step" "$*" >&2
    exit 1
}

# Runs a command quietly; shows its output only when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log" >&2
        return 1
    }
}

show() {
    printf '  $ %s\n' "$*"
    "$@"
}

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

step "installing packages that are missing"
sh tools/dependencies.sh build || fail "see above; then run this again"

step "building into build/"
generator=
[ -f build/CMakeCache.txt ] || generator="-G Ninja"
# shellcheck disable=SC2086 # two words or none
quietly cmake -S . -B build $generator -DCMAKE_BUILD_TYPE=Release -DARTREPO_TESTS=OFF ||
    fail "cmake could not configure the build"
quietly cmake --build build --parallel || fail "the build failed"
artctl=$root/build/tools/artctl
[ -x "$artctl" ] || fail "the build made no $artctl"

# The embedded repository lies in the user's data directory; here in a temporary one.
XDG_DATA_HOME=$work/data
export XDG_DATA_HOME
unset ARTCTL_REPOSITORY
XDG_CONFIG_HOME=$work/config HOME=$work
export XDG_CONFIG_HOME HOME
cd "$work" || exit 1
mkdir -p tree/reports && cp "$root"/README.md "$root"/LICENSE tree/ &&
    date >tree/reports/today.txt && ln -s reports/today.txt tree/latest || exit 1

step "artctl put: a directory goes into the repository"
show "$artctl" put tree >"$work/put" || fail "artctl put failed"
cat "$work/put"
key=$(tail -n 1 "$work/put")
[ -n "$key" ] || fail "artctl put printed no key"

step "artctl ls: it is there"
show "$artctl" ls || fail "artctl ls failed"
"$artctl" ls | grep -qF "$key" || fail "artctl ls does not show $key"

step "artctl get: it comes back"
show "$artctl" get "$key" copy || fail "artctl get failed"

step "diff -r: it is the same"
show diff -r --no-dereference tree copy || fail "what came back differs"

printf '\nAll works. artctl is here:\n  %s\n' "$artctl"
printf 'Next: %s --help, or the tour of an S3 store in README.md\n' "$artctl"
