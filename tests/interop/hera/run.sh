#!/usr/bin/env bash
# Runs the workflows of examples/EXAMPLE.py with artctl as their executor.
#
#   run.sh EXAMPLE STORE      STORE: fs, s3 or gcs
#
# $ARTCTL is the program. Hera is installed from PyPI, once, into a virtual environment in the
# tests' cache. Without Python 3.10, the network or the store's server the test is skipped.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../../lib.sh
. "$HERE/../../lib.sh"
# shellcheck source=SCRIPTDIR/../stores.bash
. "$HERE/../stores.bash"

EXAMPLE=${1:?usage: run.sh EXAMPLE STORE} STORE=${2:?usage: run.sh EXAMPLE STORE}
ARTCTL=${ARTCTL:-$(command -v artctl)} || fail "set ARTCTL to the program"
CACHE=${ARTREPO_TEST_CACHE:-$HOME/.cache/artrepo-tests}

# Sets $PYTHON, of a virtual environment named by what is in it.
need_hera() {
    local venv
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null ||
        skip "needs Python 3.10 or newer"
    venv=$CACHE/hera-$(sha256sum <"$HERE/requirements.txt" | cut -c1-12)
    PYTHON=$venv/bin/python
    mkdir -p "$CACHE" || fail "cannot make $CACHE"
    (
        flock 9 # one at a time: tests that start together would all install
        [ -e "$venv/complete" ] || install_hera "$venv"
    ) 9>"$CACHE/.lock-hera" || exit $?
}

install_hera() {
    if ! python3 -c 'import ensurepip' 2>/dev/null; then
        [ -n "${CI:-}" ] || skip "needs what Debian calls python3-venv"
        # shellcheck disable=SC2016 # expanded by that shell
        bash -c '. "$0/prepare.sh" && packages ensurepip:python3-venv' "$HERE/../../bench" || exit 1
    fi
    rm -rf "$1"
    python3 -m venv "$1" || fail "cannot make a virtual environment"
    "$1/bin/pip" install --quiet --disable-pip-version-check -r "$HERE/requirements.txt" \
        >"$1/install.log" 2>&1 || skip "cannot install Hera: $(tail -n 1 "$1/install.log")"
    touch "$1/complete"
}

need_store "$STORE"
need_hera
temporary_directory
export PYTHONDONTWRITEBYTECODE=1
"$PYTHON" "$HERE/harness.py" "$EXAMPLE" "$STORE" "$(realpath "$ARTCTL")" "$TEST_DIR" ||
    fail "$EXAMPLE on $STORE"
