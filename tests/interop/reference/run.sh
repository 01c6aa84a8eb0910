#!/usr/bin/env bash
# Argo's executor and artctl load what the other saves (partner.py says how).
#
#   run.sh STORE      STORE: s3 or gcs
#
# $ARTCTL is the program. Needs root, or user namespaces; skipped without Go or the store's server.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../../lib.sh
. "$HERE/../../lib.sh"
# shellcheck source=SCRIPTDIR/../stores.bash
. "$HERE/../stores.bash"

STORE=${1:?usage: run.sh STORE}
ARTCTL=${ARTCTL:-$(command -v artctl)} || fail "set ARTCTL to the program"
BUILD=$HERE/../../reference/build.sh

need_store "$STORE"
PATH=$PATH:/usr/local/go/bin bash "$BUILD" || exit $?
REFEXECUTOR=$(bash "$BUILD" --path refexecutor) || exit 1
temporary_directory
export PYTHONDONTWRITEBYTECODE=1
python3 "$HERE/partner.py" "$STORE" "$(realpath "$ARTCTL")" "$REFEXECUTOR" "$TEST_DIR" ||
    fail "the reference and artctl disagree on $STORE"
