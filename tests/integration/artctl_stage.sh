#!/bin/bash
# artctl stage: from inside the main container to where save finds it, for each strategy.
. "$(dirname "$0")/artctl_env.bash"
unset ARGO_TEMPLATE REMOVE_LOCAL_ART_PATH

mkdir -p root/work root/vol
make_tree root/work/tree
echo 'Hello, world!' >root/work/hello.txt
echo volume >root/vol/v
cat >writer.yaml <<'END'
outputs:
  artifacts:
  - {name: tree, path: /work/tree}
  - {name: fast, path: /work/hello.txt, archive: {tar: {compressionLevel: 0}}}
  - {name: zipped, path: /work/tree, archive: {zip: {}}}
  - {name: plain, path: /work/tree, archive: {none: {}}}
  - {name: hello, path: /work/hello.txt, archive: {none: {}}}
  - {name: maybe, path: /work/missing, optional: true}
  - {name: volume, path: /vol/v, archive: {none: {}}}
container: {volumeMounts: [{name: v, mountPath: /vol}]}
END

run 0 artctl -q stage --template writer.yaml --root root --outputs outputs
check test "$(cat "$work/out")" = 'outputs/work/tree.tgz
outputs/work/hello.txt.tgz
outputs/work/tree.zip
outputs/work/tree.none
outputs/work/hello.txt.none'
check cmp outputs/work/hello.txt.none root/work/hello.txt
check cmp outputs/work/tree.none/sub/random.bin root/work/tree/sub/random.bin
check sh -c 'tar tzf outputs/work/tree.tgz | grep -qx tree/sub/random.bin'
no_leftovers outputs/work

# The other side of the pod sees the volume and the staged outputs alone.
mkdir mainctrfs
mv root/vol mainctrfs/
mv root gone
run 0 artctl -q save --template writer.yaml --outputs outputs --main mainctrfs
json '.outputs.artifacts | map(.name) == ["tree", "fast", "zipped", "plain", "hello", "volume"]'
check cmp outputs/work/tree.tgz "$store/artctl/artctl/tree.tgz"
check cmp outputs/work/tree.zip "$store/artctl/artctl/zipped.zip"
check cmp gone/work/hello.txt "$store/artctl/artctl/hello.txt"
check cmp mainctrfs/vol/v "$store/artctl/artctl/v"
check cmp gone/work/tree/sub/random.bin "$store/artctl/artctl/tree/sub/random.bin"
run 0 artctl get artctl/artctl/tree.tgz back
same_tree gone/work/tree back
run 0 artctl get --archive zip artctl/artctl/zipped.zip back-zip
same_tree gone/work/tree back-zip

# REMOVE_LOCAL_ART_PATH takes away what was staged, never a file on a volume.
run 0 env REMOVE_LOCAL_ART_PATH=true artctl -q save --template writer.yaml --outputs outputs \
    --main mainctrfs
check test -z "$(find outputs -type f)"
check test -f mainctrfs/vol/v
run 3 artctl -q save --template writer.yaml --outputs outputs --main mainctrfs
says "artifact 'tree': /work/tree was not staged"

# What Argo's emissary has left is taken under every strategy.
mkdir -p argo/work
check tar czf argo/work/tree.tgz -C gone/work tree
check tar czf argo/work/hello.txt.tgz -C gone/work hello.txt
rm -rf "$store"
run 0 artctl -q save --template writer.yaml --outputs argo --main mainctrfs
check cmp argo/work/tree.tgz "$store/artctl/artctl/tree.tgz"
check cmp gone/work/hello.txt "$store/artctl/artctl/hello.txt"
check cmp gone/work/tree/sub/random.bin "$store/artctl/artctl/tree/sub/random.bin"
run 0 artctl get --archive zip artctl/artctl/zipped.zip back-argo
same_tree gone/work/tree back-argo

# For a wait container of Argo's own everything is an archive.
run 0 artctl -q stage --for-argo --template writer.yaml --root gone --outputs for-argo
check test "$(find for-argo -type f | sort | tr '\n' ' ')" = \
    'for-argo/work/hello.txt.tgz for-argo/work/tree.tgz '

# ---- paths instead of a template ----

run 0 artctl stage --root gone --outputs by-path --archive tar:9 /work/hello.txt work/tree/
check test "$(cat "$work/out")" = 'by-path/work/hello.txt.tgz
by-path/work/tree.tgz'
run 0 artctl stage --json --root gone --outputs by-path --archive none /work/hello.txt
json '.staged == "by-path/work/hello.txt.none" and .bytes == 14 and .path == "/work/hello.txt"'
run 0 artctl stage --root gone --outputs by-path --archive zstd:1 /work/hello.txt
prints by-path/work/hello.txt.tar.zst
run 0 artctl -q stage --root gone --outputs by-path /work/nothing
prints ''
fails 2 'PATH stands for' artctl stage --template writer.yaml /work/hello.txt
fails 2 '--archive is for PATH' artctl stage --template writer.yaml --archive zip
fails 6 'leaves its directory' artctl stage --root gone --outputs by-path ../outside
passed
