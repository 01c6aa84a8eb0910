#!/bin/bash
# artctl explain on a local repository: the verdict is what get does, and options, artifacts, errors.
. "$(dirname "$0")/artctl_env.bash"
. "$tests/integration/explain_cases.bash"

make_tree tree
ln tree/plain.txt tree/zz-hard

prefix=explained
store_command=(artctl)
both_stores
run 0 artctl explain --artifact '{name: a, path: /tmp/in, mode: 420, archive: {none: {}}}' \
    "$prefix/tree.tgz"
check grep -q '^result    /tmp/in is a file$' "$work/out"
check grep -q 'the path gets the mode 0644' "$work/out"
echo '{name: a, archive: {zip: {}}}' >artifact.yaml
run 0 artctl explain --artifact @artifact.yaml --json "$prefix/tree.zip"
json '.action == "unzip"'
fails 1 'name' artctl explain --artifact '{path: /x}' "$prefix/tree.zip"
fails 3 'missing.yaml' artctl explain --artifact @missing.yaml "$prefix/tree.zip"
fails 2 'operands are missing' artctl explain
TMPDIR=/proc/nowhere fails 1 'scratch directory' artctl explain "$prefix/tree.tgz"
mkdir scratch
TMPDIR=$PWD/scratch run 0 artctl explain "$prefix/evil.tgz"
check test -z "$(ls -A scratch)"
mkdir many
(cd many && for i in $(seq 50); do ln -s /etc/passwd "$i"; done)
run 0 artctl put many "$prefix/many.tgz"
run 0 artctl explain "$prefix/many.tgz"
check grep -q '^  and 30 more$' "$work/out"

passed
