#!/usr/bin/env bash
# Chromium takes what `artctl put` makes, as a page does that fetches it: sent with
# `Content-Encoding: gzip`, and through DecompressionStream('gzip').
#
# $ARTCTL is the program. Without Chromium the test is skipped outside CI; with CI set it is installed.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../lib.sh
. "$HERE/../lib.sh"
# shellcheck source=SCRIPTDIR/../bench/prepare.sh
. "$HERE/../bench/prepare.sh"

ARTCTL=${ARTCTL:-$(command -v artctl)} || fail "set ARTCTL to the program"
[ -z "${CI:-}" ] || packages python3 chromium
for tool in python3 chromium; do
    command -v "$tool" >/dev/null 2>&1 || skip "missing: $tool"
done
temporary_directory
# shellcheck source=SCRIPTDIR/gzip_archives.bash
. "$HERE/gzip_archives.bash"
make_archives
python3 "$HERE/gzip_readers/browser.py" "$ARCHIVES" "$EXPECTED" "$TEST_DIR/profile" ||
    fail "see above"
