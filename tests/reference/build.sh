#!/usr/bin/env bash
# Builds the programs below cmd/, which run Argo Workflows' own code, for the comparing tests.
#
#   build.sh                  builds refarchive, refexecutor and refs3
#   build.sh --path PROGRAM   prints the file that PROGRAM's binary has once built
#
# Binaries go where ../servers/build.sh puts its own, as PROGRAM-VERSION-HASH: the version of
# Argo Workflows and a hash of the sources here. One that is there already is not built again.
# Exit codes: 0 built or there, 77 they would have to be built and there is no Go, 1 the build
# failed, 2 usage.
set -u

REFERENCE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../servers/common.sh
. "$REFERENCE_DIR/../servers/common.sh"

PROGRAMS="refarchive refexecutor refs3"
ARGO=github.com/argoproj/argo-workflows/v4

version() {
    awk -v module="$ARGO" '$1 == "require" && $2 == module { print $3 }' "$REFERENCE_DIR/go.mod"
}

sources_hash() {
    (
        cd "$REFERENCE_DIR" &&
            find cmd go.mod go.sum -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-12
    )
}

path_of() {
    echo "$CACHE_BIN/$1-$(version)-$(sources_hash)"
}

all_built() {
    local program
    for program in $PROGRAMS; do
        [ -x "$(path_of "$program")" ] || return 1
    done
}

build() {
    local program work
    all_built && return 0
    if ! command -v go >/dev/null 2>&1; then
        say "skipped: needs Go ($PROGRAMS are not in $CACHE_BIN)"
        return "$SKIPPED"
    fi
    mkdir -p "$CACHE_BIN" || return 1
    (
        flock 9 || exit 1
        all_built && exit 0
        work=$(mktemp -d "$CACHE_BIN/.build.XXXXXX") || exit 1
        trap 'rm -rf "$work"' EXIT
        say "building $PROGRAMS with Argo Workflows $(version)"
        cd "$REFERENCE_DIR" || exit 1
        if ! GOFLAGS=-mod=readonly GOWORK=off nice go build -buildvcs=false -o "$work/" ./cmd/... \
            >"$work/build.log" 2>&1; then
            tail -n 30 "$work/build.log" >&2
            die "the reference's programs did not build"
        fi
        for program in $PROGRAMS; do
            mv "$work/$program" "$(path_of "$program")" || exit 1
        done
    ) 9>"$CACHE_BIN/.lock-reference"
}

case "${1:-}" in
"") build ;;
--path)
    case " $PROGRAMS " in
    *" ${2:-} "*) path_of "$2" ;;
    *) die "unknown program '${2:-}' (known: $PROGRAMS)" ;;
    esac
    ;;
*)
    say "usage: build.sh [--path PROGRAM]"
    exit 2
    ;;
esac
