#!/bin/bash
# The keys that keyFormat and keyPrefix give, and the settings of uploads that the environment has, as
# a real server has them afterwards.
. "$(dirname "$0")/artctl_env.bash"
need_s3

prefix=keys-$$-$RANDOM
s3_repository plain.yaml
s3_repository format.yaml "$prefix/{{workflow.name}}/{{ pod.name }}"
cp plain.yaml prefix.yaml
printf '  keyPrefix: %s/below\n' "$prefix" >>prefix.yaml
head -c 23000000 /dev/urandom >big

s3() {
    local file=$1
    shift
    artctl --secrets-dir "$SECRETS_DIR" -r "$file" "$@"
}
trap 's3 plain.yaml -q rm -R "$prefix/" >"$work/out" 2>&1; rm -rf "$work"' EXIT

# stored KEY: the server has it, byte for byte what was put.
stored() {
    key=$1
    run 0 s3 plain.yaml ls "$key"
    prints "$key"
    check eval 's3 plain.yaml cat "$key" | cmp - big'
}

run 0 s3 format.yaml put --archive none --workflow wf --var pod.name=wf-step-1 big
prints "$prefix/wf/wf-step-1/big"
stored "$prefix/wf/wf-step-1/big"
run 0 s3 prefix.yaml put --archive none --workflow wf --var pod.name=wf-step-2 big
prints "$prefix/below/wf/wf-step-2/big"
stored "$prefix/below/wf/wf-step-2/big"

# put_with VARIABLE=VALUE...: the ETag of an upload in parts says afterwards how many there were.
put_with() {
    run 0 env "$@" artctl --secrets-dir "$SECRETS_DIR" -r plain.yaml put --archive none big "$prefix/parts"
    stored "$prefix/parts"
    run 0 s3 plain.yaml stat --json "$prefix/parts"
}
put_with ARTIFACT_S3_UPLOAD_PART_SIZE_MIB=5
json '.version | endswith("-5")'
put_with ARTIFACT_S3_UPLOAD_PART_SIZE_MIB=8 ARTIFACT_S3_UPLOAD_THREADS=1
json '.version | endswith("-3")'
put_with ARTIFACT_S3_UPLOAD_PART_SIZE_MIB=32 ARTIFACT_S3_UPLOAD_THREADS=9
json '.version | test("^[0-9a-f]{32}$")'
fails 1 ARTIFACT_S3_UPLOAD_PART_SIZE_MIB env ARTIFACT_S3_UPLOAD_PART_SIZE_MIB=4 \
    artctl --secrets-dir "$SECRETS_DIR" -r plain.yaml put --archive none big "$prefix/refused"

passed
