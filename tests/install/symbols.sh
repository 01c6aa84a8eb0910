#!/usr/bin/env bash
# The shared library exports the public names, all of them and nothing else, under its SONAME.
#
#   symbols.sh LIBRARY INCLUDE_DIRECTORY MAJOR_VERSION
set -u
library=$1 include=$2 major=$3
# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

exported=$(nm -D --defined-only "$library" | awk '$2 != "A" {sub(/@.*/, "", $3); print $3}' |
    sort -u)
[ -n "$exported" ] || fail "$library exports nothing"
alien=$(grep -v '^artrepo_' <<<"$exported" | grep -v '^LIBARTREPO_')
[ -z "$alien" ] || fail "$library exports names that are not public:" $alien

# Every function that a header declares with ARTREPO_API is there, and every name there is declared.
declared=$(cat "$include"/artrepo/*.h "$include"/artrepo/version.h.in | tr '\n' ' ' |
    grep -oE 'ARTREPO_API [^;(]*\(' | grep -oE 'artrepo_[a-z0-9_]+ *\($' | tr -d ' (' | sort -u)
missing=$(comm -23 <(echo "$declared") <(echo "$exported"))
[ -z "$missing" ] || fail "declared in headers, but not exported:" $missing
undeclared=$(comm -13 <(echo "$declared") <(grep -v '^LIBARTREPO_' <<<"$exported"))
[ -z "$undeclared" ] || fail "exported, but in no header:" $undeclared

soname=$(objdump -p "$library" | awk '$1 == "SONAME" {print $2}')
[ "$soname" = "libartrepo.so.$major" ] || fail "SONAME is '$soname'"
