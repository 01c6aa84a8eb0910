#!/bin/bash
# artctl load: the inputs of a template, to a root or to where the init container puts them.
. "$(dirname "$0")/artctl_env.bash"
unset ARGO_TEMPLATE

make_tree tree
echo one >one.txt
run 0 artctl -q put tree data/tree
run 0 artctl -q put --archive none tree data/plain
run 0 artctl -q put --archive none one.txt data/one.txt
run 0 artctl -q put --archive zip tree data/tree.zip
cat >reader.yaml <<'END'
inputs:
  artifacts:
  - {name: tree, path: /work/tree, fs: {key: data/tree}}
  - {name: kept, path: /work/tree.tgz, fs: {key: data/tree}, archive: {none: {}}}
  - {name: zip, path: /work/zip, fs: {key: data/tree.zip}, archive: {zip: {}}, mode: 0750, recurseMode: true}
  - {name: plain, path: /vol/plain, s3: {key: data/plain}}
  - {name: one, path: /vol/deep/one.txt, fs: {key: 'data/{{inputs.parameters.name}}'}, mode: 0600}
  - {name: maybe, path: /work/maybe, optional: true}
  - {name: absent, path: /work/absent, optional: true, fs: {key: data/absent}}
container:
  volumeMounts:
  - {name: v, mountPath: /vol/}
END

# ---- a root ----

run 0 artctl -q load --template reader.yaml --root root --var inputs.parameters.name=one.txt
prints ''
same_tree tree root/work/tree
check cmp root/work/tree.tgz "$store/data/tree"
check test "$(stat -c %a root/work/zip/plain.txt)" = 750
check cmp tree/sub/random.bin root/vol/plain/sub/random.bin
check cmp one.txt root/vol/deep/one.txt
check test "$(stat -c %a root/vol/deep/one.txt)" = 600
check test ! -e root/work/maybe -a ! -e root/work/absent
no_leftovers root/work

# ---- the init container's places ----

run 0 artctl -q load --json --template reader.yaml --inputs inputs --main mainctrfs \
    --var inputs.parameters.name=one.txt
check test "$(jq -r .name "$work/out" | tr '\n' ' ')" = 'tree kept zip plain one maybe absent '
check test "$(jq -r 'select(.skipped).name' "$work/out" | tr '\n' ' ')" = 'maybe absent '
same_tree tree inputs/tree
check cmp inputs/kept "$store/data/tree"
check test -d inputs/zip/sub -a ! -e inputs/plain -a ! -e inputs/one
check cmp one.txt mainctrfs/vol/deep/one.txt
check test -f mainctrfs/vol/plain/plain.txt

# ---- what was saved is what another step loads ----

mkdir -p step/tmp
echo 'Hello, world!' >step/tmp/file
run 0 artctl save --root step --template - <<'END'
{name: writer, outputs: {artifacts: [{name: out-art, path: /tmp/file, archive: {none: {}}}]}}
END
jq -c '{inputs: {artifacts: [.outputs.artifacts[0] | .name = "in-art" | .path = "/tmp/in"]}}' \
    "$work/out" >consumer.json
run 0 artctl load --root step2 --template consumer.json
check cmp step/tmp/file step2/tmp/in

# ---- failures ----

cat >failing.yaml <<'END'
inputs:
  artifacts:
  - {name: unset, path: /a}
  - {name: good, path: /b, fs: {key: data/one.txt}}
  - {name: gone, path: /c, fs: {key: data/gone}}
  - {name: inside, path: /link/d, fs: {key: data/one.txt}}
END
mkdir -p bad outside
ln -s ../outside bad/link
fails 3 "artifact 'unset': required artifact 'unset' not supplied; artifact 'gone': " \
    artctl load --template failing.yaml --root bad
says "; artifact 'inside': refusing"
check cmp one.txt bad/b
check test -z "$(ls -A outside)"
fails 6 'more than 3 entries' artctl load --template reader.yaml --root small --artifact tree --max-entries 3
check test ! -e small/work/tree
fails 2 '--root is the whole file system' artctl load --template reader.yaml --root r --inputs i
fails 1 "artifact 'b': artifact 'a' has the same path" sh -c "echo '{inputs: {artifacts: [
    {name: a, path: /x, fs: {key: data/one.txt}}, {name: b, path: /x/., fs: {key: data/tree}}]}}' |
    artctl load --template - --root same"
check cmp one.txt same/x
passed
