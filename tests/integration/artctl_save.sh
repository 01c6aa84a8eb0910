#!/bin/bash
# artctl save: the outputs of a template from a root, what is printed, where the template comes from.
. "$(dirname "$0")/artctl_env.bash"
unset ARGO_TEMPLATE REMOVE_LOCAL_ART_PATH

mkdir -p root/work
make_tree root/work/tree
echo 'Hello, world!' >root/work/hello.txt
cat >writer.yaml <<'END'
name: writer
outputs:
  artifacts:
  - {name: hello, path: /work/hello.txt, archive: {none: {}}}
  - {name: tree, path: /work/tree, globalName: shared, archive: {tar: {compressionLevel: 1}}}
  - {name: zipped, path: /work/tree, archive: {zip: {}}}
  - {name: plain, path: /work/tree, archive: {none: {}}}
  - {name: maybe, path: /work/missing, optional: true}
  - {name: keyed, path: /work/hello.txt, fs: {key: 'kept/{{workflow.name}}/hello.tgz'}}
END

# ---- what is stored, and what is printed ----

run 0 artctl -q save --template writer.yaml --root root --workflow wf --node 'wf[0].write'
json '.outputs.artifacts | map(.name) == ["hello", "tree", "zipped", "plain", "keyed"]'
pod=$(artctl key --name x --workflow wf --node 'wf[0].write' --template writer)
pod=${pod%/x.tgz}
json ".outputs.artifacts[0] == {name: \"hello\", path: \"/work/hello.txt\",
    fs: {key: \"$pod/hello.txt\"}, archive: {none: {}}}"
json ".outputs.artifacts[1] == {name: \"tree\", path: \"/work/tree\", fs: {key: \"$pod/tree.tgz\"},
    globalName: \"shared\", archive: {tar: {compressionLevel: 1}}}"
json ".outputs.artifacts[3].fs.key == \"$pod/tree\""
json '.outputs.artifacts[4].fs.key == "kept/wf/hello.tgz"'
check cmp root/work/hello.txt "$store/$pod/hello.txt"
check cmp root/work/tree/sub/random.bin "$store/$pod/tree/sub/random.bin"
mkdir untarred
check tar xzpf "$store/$pod/tree.tgz" -C untarred
same_tree root/work/tree untarred/tree
check sh -c "tar xzOf '$store/kept/wf/hello.tgz' hello.txt | cmp - root/work/hello.txt"
cp "$work/out" first
run 0 artctl -q save --template writer.yaml --root root --workflow wf --node 'wf[0].write' \
    --concurrency 1
check cmp first "$work/out"

# ---- some of them ----

run 0 artctl save --template writer.yaml --root root --artifact keyed --artifact hello
json '.outputs.artifacts | map(.name) == ["hello", "keyed"]'
run 1 artctl save --template writer.yaml --root root --artifact helo
says "template 'writer' has no output artifact 'helo'"

# ---- where the template comes from ----

run 0 sh -c 'artctl -q save --template - --root root <writer.yaml'
json '.outputs.artifacts | length == 5'
run 0 env ARGO_TEMPLATE="$(cat writer.yaml)" artctl -q save --root root
json '.outputs.artifacts | length == 5'
mkdir config
cp writer.yaml config/ARGO_TEMPLATE
run 0 env ARGO_TEMPLATE=offloaded artctl -q save --root root --config-dir config
json '.outputs.artifacts | length == 5'
fails 3 'config/ARGO_TEMPLATE' env ARGO_TEMPLATE=offloaded artctl save --root root \
    --config-dir no/config
fails 2 '--template' artctl save --root root
fails 3 'nothing.yaml' artctl save --root root --template nothing.yaml
fails 2 'did you mean --template?' artctl save --templat x
fails 1 'at most 1024 are allowed' sh -c "(printf 'outputs: {artifacts: ['; seq 1025 |
    sed 's/.*/{name: a&, path: \\/x},/'; echo ']}') | artctl save --template - --root root"
fails 1 "two artifacts of the name 'a'" sh -c "echo '{outputs: {artifacts: [{name: a}, {name: a}]}}' |
    artctl save --template - --root root"
head -c 2000000 /dev/zero | tr '\0' ' ' >large
fails 1 large artctl save --template large --root root

# ---- several failures ----

cat >failing.yaml <<'END'
outputs:
  artifacts:
  - {name: gone, path: /work/gone}
  - {name: good, path: /work/hello.txt}
  - {name: evil, path: /work/../../etc}
  - {name: outside, path: /work/link, archive: {none: {}}}
END
ln -s /etc/passwd root/work/link
run 3 artctl save --template failing.yaml --root root
json '.outputs.artifacts | map(.name) == ["good"]'
check test "$(wc -l <"$work/err")" -eq 1
says "artifact 'gone': cannot save"
says "; Artifact 'evil' attempted to use a path containing '..'"
says "; artifact 'outside': refusing"
run 3 artctl save --json --template failing.yaml --root root
check test "$(wc -l <"$work/out")" -eq 2
check sh -c "head -1 '$work/out' | jq -e '.outputs.artifacts | length == 1'"
check sh -c "tail -1 '$work/out' | jq -e '.error.code == \"not-found\"'"

# ---- logs ----

echo 'a line' >main.log
run 0 artctl save --template writer.yaml --root root --artifact hello --log main=main.log
json '.outputs.artifacts | length == 1'
printf 'archiveLocation: {archiveLogs: true}\n' | cat writer.yaml - >logging.yaml
run 0 artctl save --template logging.yaml --root root --artifact hello --log main=main.log
json '.outputs.artifacts[1] == {name: "main-logs", fs: {key: "artctl/artctl/main.log"}}'
check cmp main.log "$store/artctl/artctl/main.log"
mkdir -p ctr/main
echo combined >ctr/main/combined
run 0 artctl save --template logging.yaml --root root --artifact hello --containers ctr
check grep -qx combined "$store/artctl/artctl/main.log"
fails 2 'must be CONTAINER=FILE' artctl save --template logging.yaml --root root --log main

# ---- the template's own archive location, as Argo's controller hands it over ----

own='{"name":"t","outputs":{"artifacts":[{"name":"h","path":"/work/hello.txt"}]},
"archiveLocation":{"fs":{"root":"'$PWD/own'","key":"wf/pod-1"}}}'
run 0 env ARGO_TEMPLATE="$own" HOME=/nonexistent artctl save --root root
json '.outputs.artifacts == [{name: "h", path: "/work/hello.txt", fs: {key: "wf/pod-1/h.tgz"}}]'
check test -f own/wf/pod-1/h.tgz

no_leftovers "$store"
passed
