#!/bin/bash
# Command lines that make no sense: exit code 2, one line that names the nearest thing that does.
. "$(dirname "$0")/artctl_env.bash"

echo data >file

fails 2 'a command is missing' artctl
fails 2 "did you mean 'put'" artctl putt file
fails 2 "unknown command 'frobnicate'" artctl frobnicate
fails 2 "unknown command 'nothing'" artctl help nothing
fails 2 'operands are missing' artctl put
fails 2 'operands are missing' artctl get key
fails 2 'one too many' artctl get key path another
fails 2 'one too many' artctl version now
fails 2 'did you mean --archive?' artctl put --archve none file
fails 2 'did you mean --repository?' artctl --repositry x ls
fails 2 'did you mean --workflow?' artctl key --worfklow wf
fails 2 'unknown option --zzzzzzzz' artctl ls --zzzzzzzz
fails 2 'unknown option --mode' artctl put --mode 644 file
fails 2 'unknown option -Z' artctl put -Z file
fails 2 '--json takes no argument' artctl ls --json=yes
fails 2 '--name needs an argument' artctl key --name
fails 2 '--repository needs an argument' artctl ls -r

# ---- values ----

fails 2 '--archive' artctl put --archive rar file
fails 2 '99' artctl put --archive zstd:99 file
fails 2 '--threads' artctl put --threads 0 file
fails 2 '--threads' artctl put --threads many file
fails 2 '--transfers' artctl put --transfers -1 file
fails 2 '--part-size' artctl put --part-size 1M file
fails 2 '--part-size' artctl put --part-size 6G file
fails 2 '--retries' artctl put --retries 1.5 file
fails 2 '--timeout' artctl put --timeout soon file
fails 2 '--mode' artctl get --mode 888 key path
fails 2 '--mode' artctl get --mode 1777 key path
fails 2 '--max-bytes' artctl get --max-bytes 1X key path
fails 2 '--max-bytes' artctl get --max-bytes 99999999999T key path
fails 2 '--var' artctl key --var workflow.uid
fails 2 'name' artctl key --name 'a/b'
fails 2 '..' artctl key --name a --path /tmp/../../etc

# ---- combinations ----

fails 2 '--archive must be none' artctl put --archive tar -
fails 2 '--archive must be none' artctl put --archive zip - key
fails 2 '--archive must be none' artctl get --archive tar key -
fails 2 '--mode' artctl get --mode 644 key -
fails 2 '--recurse-mode needs --mode' artctl get --recurse-mode key path
fails 2 '--pod' artctl key --pod p --node n --template t
fails 2 '--node needs --template' artctl key --node 'wf[0].a'
fails 2 '--template needs --node' artctl key --template t
fails 2 '--recursive' artctl rm folder/
fails 2 "ends in '/'" artctl put file folder/
fails 2 'no URL of a known kind' artctl put file azure://container/key
fails 2 'no URL of a known kind' artctl get S3://bucket/key out
fails 2 'empty' artctl put file ''
fails 2 'empty' artctl put '' key
fails 2 'empty' artctl stat ''
fails 2 'empty' artctl get key ''
fails 2 'empty' artctl rm --recursive ''
run 2 artctl get --json key -
json '.error.code == "usage"'
run 2 artctl cat --json key
json '.error.code == "usage"'
run 2 artctl put --oops file --json
json '.error.message | test("--oops")'
check test ! -e "$store"

# ---- options stand anywhere; "--" ends them ----

run 0 artctl --json put file one --archive none
json '.key == "one"'
run 0 artctl put --archive=none -q file two
run 0 artctl put --archive none -- file -three
run 0 artctl ls -lv -- -three
run 0 artctl ls --long two
run 0 artctl -r/dev/null --help
run 1 artctl -r/dev/null ls

passed
