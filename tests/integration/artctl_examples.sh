#!/bin/bash
# The two runners of examples/: a step that writes, one that reads it, and steps that fail. $RUNNER is
# the one in C; without it, the build tree's.
. "$(dirname "$0")/artctl_env.bash"

examples=$tests/../examples
runner=${RUNNER:-${ARTREPO_BUILD:?}/examples/runner}
export ARTCTL
check test "$(wc -l <"$examples/runner.c")" -lt 100

for run in "$runner" "$examples/runner.sh"; do
    echo "fs: {root: $work/store, keyFormat: \"{{workflow.name}}/{{pod.name}}\"}" >repository.yaml
    rm -rf "$work/store" a b c
    mkdir a b c
    run 0 "$run" repository.yaml "$examples/writer.yaml" a sh -c \
        'mkdir -p out/pages && echo hello > out/message.txt && echo one > out/pages/1'
    json '.outputs.artifacts | length == 2'
    json '.outputs.artifacts[0] | .name == "message" and .fs.key == "example/example/message.txt"'
    json '.outputs.artifacts[1].fs.key == "example/example/pages.tgz"'
    says 'Ignoring optional artifact which was not supplied'
    run 0 "$run" repository.yaml "$examples/reader.yaml" b sh -c \
        'mkdir out && cat in/message.txt in/pages/1 > out/answer.txt'
    json '.outputs.artifacts[0].fs.key == "example/example/answer.tgz"'
    check test "$(cat b/out/answer.txt)" = "$(printf 'hello\none')"
    run 0 env WORKFLOW=other "$run" repository.yaml "$examples/reader.yaml" c sh -c \
        'mkdir out && cp in/message.txt out/answer.txt'
    json '.outputs.artifacts[0].fs.key == "other/other/answer.tgz"'

    # The command's exit code counts, and its outputs are stored all the same.
    run 7 "$run" repository.yaml "$examples/writer.yaml" a sh -c 'exit 7'
    json '.outputs.artifacts | length == 2'
    run 127 "$run" repository.yaml "$examples/writer.yaml" a no-such-command
    rm -r a/out/pages
    run 1 "$run" repository.yaml "$examples/writer.yaml" a true
    json '.outputs.artifacts | length == 1'
    says "artifact 'pages'"
    # Without its inputs it does not run.
    rm -rf "$work/store" b
    mkdir b
    "$run" repository.yaml "$examples/reader.yaml" b touch ran >"$work/out" 2>"$work/err"
    check test $? -ne 0
    check test ! -e b/ran
    says "artifact 'message'"
    run 2 "$run" repository.yaml
done

# The page's own words.
sed -n '/^```sh/,/^```/{/^```/!p}' "$examples/README.md" |
    sed "s,/tmp/runner,$work/tour/runner,g; s,examples/,$examples/,g" >pasted
mkdir "$work/tour"
run 0 sh -e pasted
check test "$(wc -l <"$work/out")" -eq 2

passed
