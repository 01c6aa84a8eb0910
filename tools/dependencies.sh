#!/bin/sh
# Installs what is missing of the packages that the project needs, on Debian and its relatives.
#
#   dependencies.sh build          to build the library and artctl
#   dependencies.sh test           and to run the tests
#   dependencies.sh check          and to check formatting and run clang-tidy
#   dependencies.sh coverage       as test, and to report coverage
#   dependencies.sh valgrind       as test, and to run them under Valgrind
#   dependencies.sh fuzz           to build the library and the fuzzers
#   dependencies.sh --list KIND    only prints the packages
#
# Does nothing when all are there. Uses sudo when it does not run as root.
set -u

BUILD="gcc libc6-dev cmake ninja-build pkg-config
    libarchive-dev libcurl4-openssl-dev libssl-dev libzstd-dev libdeflate-dev libisal-dev
    zlib1g-dev libexpat1-dev libyaml-dev libjansson-dev libgcrypt20-dev"
# libs3-dev is for a driver plug-in, which is not built without it.
TEST="$BUILD bash binutils ca-certificates curl diffutils git isal jq libcmocka-dev libs3-dev make
    libarchive-tools nginx openssl pigz procps python3 python3-venv tar time unzip zip zstd"
CHECK="$TEST clang-format clang-tidy"
COVERAGE="$TEST gcovr"
VALGRIND="$TEST valgrind"
FUZZ="$BUILD clang libclang-rt-dev libcmocka-dev python3"

say() { printf 'dependencies.sh: %s\n' "$*" >&2; }

list() {
    case $1 in
    build) echo $BUILD ;;
    test) echo $TEST ;;
    check) echo $CHECK ;;
    coverage) echo $COVERAGE ;;
    valgrind) echo $VALGRIND ;;
    fuzz) echo $FUZZ ;;
    *)
        say "usage: dependencies.sh [--list] build|test|check|coverage|valgrind|fuzz"
        exit 2
        ;;
    esac
}

missing() {
    for package in $1; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed$' ||
            printf '%s ' "$package"
    done
}

if [ "${1:-}" = --list ]; then
    list "${2:-}"
    exit 0
fi
packages=$(list "${1:-}") || exit $?

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    say "no apt-get here: install by hand what Debian calls: $packages"
    exit 0 # the build says what is really missing
fi

needed=$(missing "$packages")
[ -n "$needed" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        say "missing: $needed"
        say "install them as root: apt-get install $needed"
        exit 1
    }
    as_root=sudo
fi
say "installing: $needed"
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
if ! { $as_root apt-get update &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        $needed; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    say "apt-get could not install: $needed"
    exit 1
fi
