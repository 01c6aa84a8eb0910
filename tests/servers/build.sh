#!/usr/bin/env bash
# Builds the servers that the tests talk to, at pinned versions, with the ordinary go client.
#
#   build.sh [SERVER...]      builds each SERVER (default: versitygw toxiproxy)
#   build.sh --path SERVER    prints the file that SERVER's binary has once built
#
# Servers: versitygw toxiproxy fake-gcs-server minio
#
# Binaries go to ${ARTREPO_TEST_CACHE:-$HOME/.cache/artrepo-tests}/bin/SERVER-VERSION; one
# that is there already is not built again. Exit codes: 0 built or there, 77 it would have to
# be built and there is no Go, 1 the build failed, 2 usage.
set -u

SERVERS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/common.sh
. "$SERVERS_DIR/common.sh"

# Prints "PACKAGE VERSION PROGRAM": what go install is given and the name it gives the binary.
recipe_of() {
    case $1 in
    versitygw) echo "github.com/versity/versitygw/cmd/versitygw v1.8.0 versitygw" ;;
    toxiproxy) echo "github.com/Shopify/toxiproxy/v2/cmd/server v2.5.0 server" ;;
    fake-gcs-server) echo "github.com/fsouza/fake-gcs-server v1.56.1 fake-gcs-server" ;;
    minio) echo "github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c minio" ;;
    *)
        say "unknown server '$1' (known: versitygw toxiproxy fake-gcs-server minio)"
        return 2
        ;;
    esac
}

path_of() {
    local recipe
    recipe=$(recipe_of "$1") || return $?
    # shellcheck disable=SC2086 # split into its three words
    set -- "$1" $recipe
    echo "$CACHE_BIN/$1-$3"
}

build() {
    local server=$1 recipe package version program file work
    recipe=$(recipe_of "$server") || return $?
    read -r package version program <<<"$recipe"
    file=$(path_of "$server")
    [ -x "$file" ] && return 0
    if ! command -v go >/dev/null 2>&1; then
        say "skipped: needs Go ($server $version is not in $CACHE_BIN)"
        return "$SKIPPED"
    fi
    mkdir -p "$CACHE_BIN" || return 1
    (
        # One build at a time: tests that start together would all build the same thing.
        flock 9 || exit 1
        [ -x "$file" ] && exit 0
        work=$(mktemp -d "$CACHE_BIN/.build.XXXXXX") || exit 1
        trap 'rm -rf "$work"' EXIT
        say "building $server $version"
        cd "$work" || exit 1
        if ! GOBIN=$work GOFLAGS=-mod=mod GOWORK=off nice go install "$package@$version" \
            >build.log 2>&1; then
            tail -n 30 build.log >&2
            die "$server $version did not build (go install $package@$version)"
        fi
        mv "$work/$program" "$file"
    ) 9>"$CACHE_BIN/.lock"
}

if [ "${1:-}" = --path ]; then
    [ $# -eq 2 ] || {
        say "usage: build.sh --path SERVER"
        exit 2
    }
    path_of "$2"
    exit $?
fi

[ $# -gt 0 ] || set -- versitygw toxiproxy
for server in "$@"; do
    build "$server" || exit $?
done
