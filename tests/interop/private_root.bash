#!/usr/bin/env bash
# Runs a command that insists on absolute paths, with its own files at those paths.
#
#   private_root.bash ROOT [--path PATH]... [--keep DIR]... -- COMMAND...
#
# COMMAND sees what lies in ROOT in place of the top directories that ROOT has (ROOT/tmp as /tmp),
# and this machine's file system everywhere else. --keep shows a directory of this machine although
# it lies below such a top directory.
#
# Where mount namespaces are allowed, that is a root put together in one: nothing outside changes,
# and tests run side by side. Elsewhere (most containers) the paths that COMMAND uses, each named by
# --path, are moved to their places for as long as it runs, and back, one command at a time; what is
# already at such a place is an error. The exit code is COMMAND's, or 125 when it could not be run.
set -u

die() {
    printf 'private_root.bash: %s\n' "$*" >&2
    exit 125
}

# ---- a root in a mount namespace ----

# Runs in the namespace. The new root is made of mounts, so that it ends with the namespace.
enter() {
    local root=$1 kept=$2 new entry name
    shift 2
    new=$root/.root # the place is left behind, empty
    mkdir -p "$new" && mount -t tmpfs -o mode=755 private_root "$new" || die "no tmpfs at $new"
    for entry in /* "$root"/*; do
        name=${entry##*/}
        [ ! -e "$new/$name" ] && [ ! -L "$new/$name" ] || continue
        [ ! -d "$root/$name" ] || entry=$root/$name
        if [ -L "$entry" ]; then
            cp -P "$entry" "$new/$name"
        elif [ -d "$entry" ]; then
            mkdir "$new/$name" && mount --rbind "$entry" "$new/$name" || die "cannot mount $entry"
        fi
    done
    while [ -n "$kept" ]; do
        entry=${kept%%:*} kept=${kept#*:}
        [ ! "$entry" -ef "$new$entry" ] || continue
        mkdir -p "$new$entry" && mount --rbind "$entry" "$new$entry" || die "cannot mount $entry"
    done
    chroot "$new" "$@"
}

# The program and options that make a mount namespace here, or nothing.
namespace() {
    [ -z "${ARTREPO_TEST_NO_NAMESPACE:-}" ] || return 0
    local candidate
    for candidate in "unshare --mount" "unshare --map-root-user --mount"; do
        if $candidate mount -t tmpfs private_root /tmp 2>/dev/null; then
            echo "$candidate"
            return 0
        fi
    done
}

# ---- paths moved to their places ----

# place FROM TO PATH...: moves every FROM/PATH that is there.
place() {
    local from=$1 to=$2 path
    shift 2
    for path in "$@"; do
        [ -e "$from$path" ] || [ -L "$from$path" ] || continue
        mkdir -p "$(dirname "$to$path")" && mv -T "$from$path" "$to$path" || return 1
    done
}

borrow_places() {
    local root=$1 path code
    shift
    exec 9>"${TMPDIR:-/tmp}/.artrepo-private-root.lock" && flock 9 || die "cannot lock"
    for path in "${PATHS[@]}"; do
        [ ! -e "$path" ] && [ ! -L "$path" ] || die "$path is there already"
    done
    trap 'place "$root" "" "${PATHS[@]}"; exit 130' INT TERM
    place "$root" "" "${PATHS[@]}" || die "cannot move the files below $root to their places"
    "$@" 9>&-
    code=$?
    place "" "$root" "${PATHS[@]}" || die "cannot move the files back to $root"
    return $code
}

if [ "${1:-}" = --enter ]; then
    shift
    enter "$@"
    exit
fi

ROOT=$(realpath -e "${1:-}" 2>/dev/null) || die "no directory '${1:-}'"
shift
PATHS=() KEPT=
while [ "${1:-}" != -- ]; do
    case ${1:-} in
    --path) PATHS+=("$2") ;;
    --keep) KEPT=$KEPT$(realpath -e "$2"): ;;
    *) die "unknown option '${1:-}'" ;;
    esac
    shift 2
done
shift

NAMESPACE=$(namespace)
if [ -n "$NAMESPACE" ]; then
    exec $NAMESPACE bash "$(realpath "$0")" --enter "$ROOT" "$KEPT" "$@"
fi
borrow_places "$ROOT" "$@"
