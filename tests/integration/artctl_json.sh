#!/bin/bash
# --json: one JSON object per result on standard output and nothing else there.
. "$(dirname "$0")/artctl_env.bash"

mkdir tree
echo one >tree/one.txt
echo two >tree/two.txt

run 0 artctl put --json tree
json '.key == "artctl/artctl/tree.tgz" and .objects == 1 and .bytes > 0 and .skipped == false'
run 0 artctl put --json --archive none tree folder
json '.key == "folder" and .objects == 2 and .bytes == 8 and .directory == true'
run 0 artctl put --json --optional missing key
json '.skipped == true'
run 0 artctl get --json folder back
json '.key == "folder" and .path == "back" and .objects == 2 and .bytes == 8 and .directory'
run 0 artctl get --json --optional missing nowhere
json '.skipped == true'
check test ! -e nowhere
run 0 artctl ls --json folder/one.txt
json '.key == "folder/one.txt" and .size == 4 and (.modified | test("^20.*Z$"))'
run 0 artctl ls --json folder
check test "$(jq -r .key "$work/out" | tr '\n' ' ')" = 'folder/one.txt folder/two.txt '
run 0 artctl stat --json folder/two.txt
json '.key == "folder/two.txt" and .size == 4'
run 0 artctl stat --json folder
json '.key == "folder" and .directory == true'
run 0 artctl key --json --name x --workflow wf
json '.key == "wf/wf/x.tgz" and .name == "x" and .pod == "wf"'
run 0 artctl config --json
json '.repository == "embedded default" and .kind == "fs" and (.settings | length > 0)'
run 0 artctl version --json
json '.version | test("^[0-9]+\\.[0-9]+\\.[0-9]+$")'
run 0 artctl rm --json folder/one.txt
json '.key == "folder/one.txt" and .removed == 1'
run 0 artctl rm --json -R folder/
json '.removed == 1'

# ---- failures ----

run 3 artctl stat --json folder/one.txt
json '.error | .code == "not-found" and (.message | length > 0) and .retryable == false'
says 'artctl stat: '
run 3 artctl ls --json folder
json '.error.code == "not-found"'
run 3 artctl put --json missing
json '.error.code == "not-found"'

# ---- names that are no UTF-8 ----

odd=$(printf 'bad\377name')
run 0 sh -c 'echo x | artctl put - -- "$1"' sh "$odd"
run 0 artctl ls --json
check sh -c "jq -e -s 'any(.[]; .key == \"bad\\ufffdname\")' '$work/out' >'$work/jq'"

passed
