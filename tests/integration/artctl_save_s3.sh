#!/bin/bash
# Whole templates to an S3 server and back: many artifacts at once, an archive location with secrets, a
# location of its own, logs.
. "$(dirname "$0")/artctl_env.bash"
need_s3
unset ARGO_TEMPLATE

prefix=artctl-save-$$-$RANDOM
s3_repository repository.yaml "$prefix/{{workflow.name}}"
s3() {
    artctl --secrets-dir "$SECRETS_DIR" -r repository.yaml "$@"
}
trap 's3 -q rm -R "$prefix/" >"$work/out" 2>&1; rm -rf "$work"' EXIT
bucket=$ARTREPO_TEST_S3_DATA/$ARTREPO_TEST_S3_BUCKET

make_tree root/work/tree
for i in $(seq 24); do
    head -c $((i * 50000)) /dev/urandom >"root/work/$i.bin"
done
template() {
    echo "$1: {artifacts: ["
    for i in $(seq 24); do
        archive='{none: {}}'
        [ $((i % 3)) -ne 0 ] || archive='{tar: {compressionLevel: 1}}'
        key=
        [ "$1" = outputs ] || key=", s3: {key: $prefix/wf/$i.bin}"
        [ "$1" = outputs ] || [ $((i % 3)) -ne 0 ] || key=", s3: {key: $prefix/wf/file-$i.tgz}"
        echo "  {name: file-$i, path: /work/$i.bin, archive: $archive$key},"
    done
    key=
    [ "$1" = outputs ] || key=", s3: {key: $prefix/wf/tree}"
    echo "  {name: tree, path: /work/tree, archive: {none: {}}$key}]}"
}
template outputs >outputs.yaml
template inputs >inputs.yaml
run 0 s3 -q save --template outputs.yaml --root root --workflow wf
cp "$work/out" first
json '.outputs.artifacts | length == 25'
json "(.outputs.artifacts[0].s3 == {key: \"$prefix/wf/1.bin\"})
    and (.outputs.artifacts[2].s3 == {key: \"$prefix/wf/file-3.tgz\"})"
check cmp root/work/1.bin "$bucket/$prefix/wf/1.bin"
run 0 s3 -q save --template outputs.yaml --root root --workflow wf --concurrency 24
check cmp first "$work/out"
run 0 s3 -q load --template inputs.yaml --root back
for i in $(seq 24); do
    check cmp "root/work/$i.bin" "back/work/$i.bin"
done
check cmp root/work/tree/sub/random.bin back/work/tree/sub/random.bin

# ---- the archive location as Argo's controller writes it; the secrets are selectors ----

location=$(sed -n 's/^  //p' repository.yaml | grep -v keyFormat)
{
    echo 'archiveLocation:'
    echo '  archiveLogs: true'
    echo '  s3:'
    printf '%s\n' "$location" | sed 's/^/    /'
    echo "    key: $prefix/own/pod-1"
    echo 'outputs:'
    echo '  artifacts:'
    echo '  - {name: one, path: /work/1.bin, archive: {none: {}}}'
    echo '  - name: whole'
    echo '    path: /work/2.bin'
    echo '    s3:'
    printf '%s\n' "$location" | sed 's/^/      /'
    echo "      key: $prefix/whole/2.tgz"
} >own.yaml
echo 'log line' >main.log
run 0 artctl --secrets-dir "$SECRETS_DIR" -v save --template own.yaml --root root \
    --log main=main.log
json "(.outputs.artifacts[0].s3 == {key: \"$prefix/own/pod-1/1.bin\"})
    and (.outputs.artifacts[1].s3.bucket == \"$ARTREPO_TEST_S3_BUCKET\")
    and (.outputs.artifacts[1].s3.accessKeySecret == {name: \"s3\", key: \"accesskey\"})
    and (.outputs.artifacts[2] == {name: \"main-logs\", s3: {key: \"$prefix/own/pod-1/main.log\"}})"
for secret in "$ARTREPO_TEST_S3_ACCESS_KEY" "$ARTREPO_TEST_S3_SECRET_KEY"; do
    ! grep -qF "$secret" "$work/out" || die 'a secret is printed'
    ! grep -qF "$secret" "$work/err" || die 'a secret is logged'
done
check cmp main.log "$bucket/$prefix/own/pod-1/main.log"
check sh -c "tar xzOf '$bucket/$prefix/whole/2.tgz' 2.bin | cmp - root/work/2.bin"

# ---- staged outputs, and what is missing ----

run 0 artctl -q stage --template outputs.yaml --root root --outputs staged
run 0 s3 -q save --template outputs.yaml --outputs staged --workflow other
check cmp root/work/1.bin "$bucket/$prefix/other/1.bin"
check cmp staged/work/3.bin.tgz "$bucket/$prefix/other/file-3.tgz"
run 3 s3 -q load --root missing --template - <<END
{inputs: {artifacts: [{name: gone, path: /gone, s3: {key: $prefix/gone}},
  {name: here, path: /here, s3: {key: $prefix/wf/1.bin}}]}}
END
says "artifact 'gone': "
check cmp missing/here root/work/1.bin
passed
