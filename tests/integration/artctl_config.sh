#!/bin/bash
# Which repository file is in use, what config says of it, and the keys of the key scheme.
. "$(dirname "$0")/artctl_env.bash"

# uses FOUND_BY ROOT
uses() {
    run 0 artctl config --json
    json ".foundBy == \"$1\" and any(.settings[]; .value == \"$2\")"
}

repository() {
    mkdir -p "$(dirname "$1")"
    printf '# a directory\nfs:\n  root: %s\n' "$2" >"$1"
}

# ---- where the file is looked for, from last to first ----

uses 'embedded default' "$HOME/.local/share/artrepo"
XDG_DATA_HOME=$work/data uses 'embedded default' "$work/data/artrepo"
XDG_DATA_HOME=relative uses 'embedded default' "$HOME/.local/share/artrepo"
repository "$HOME/.config/artctl/artifact-repository.yaml" "$work/home-store"
uses 'configuration directory' "$work/home-store"
repository "$work/xdg/artctl/artifact-repository.yaml" "$work/xdg-store"
XDG_CONFIG_HOME=$work/xdg uses 'configuration directory' "$work/xdg-store"
repository artifact-repository.yaml "$work/cwd-store"
uses 'current directory' "$work/cwd-store"
repository environment.yaml "$work/environment-store"
ARTCTL_REPOSITORY=environment.yaml uses ARTCTL_REPOSITORY "$work/environment-store"
repository option.yaml "$work/option-store"
run 0 env ARTCTL_REPOSITORY=environment.yaml artctl -r option.yaml config
run 0 artctl --repository option.yaml config
grep -q "root *$work/option-store *option.yaml:3\$" "$work/out" || die 'no origin of the root'
grep -q '^repository *option.yaml' "$work/out" || die 'does not name the file'
grep -q '^kind *fs' "$work/out" || die 'does not name the kind'
run 0 sh -c 'echo x | artctl -r option.yaml put - there'
check test -f "$work/option-store/there"
fails 3 'missing.yaml' artctl -r missing.yaml ls
rm artifact-repository.yaml

# ---- secrets do not show ----

mkdir -p secrets/cred
printf 'AKIDSECRETVALUE' >secrets/cred/access
printf 'VERYSECRETVALUE' >secrets/cred/secret
cat >s3.yaml <<'YAML'
s3:
  endpoint: 127.0.0.1:1
  insecure: true
  bucket: pail
  region: us-east-1
  accessKeySecret: {name: cred, key: access}
  secretKeySecret: {name: cred, key: secret}
YAML
run 0 artctl -vv --secrets-dir secrets -r s3.yaml config
run 0 artctl -vv --secrets-dir secrets -r s3.yaml config --json
json '.kind == "s3" and any(.settings[]; .value == "cred/secret" and .origin == "s3.yaml:7")'
json 'any(.settings[]; .value == "pail" and .origin == "s3.yaml:4")'
json 'any(.settings[]; .origin == "default")'
run 0 sh -c 'artctl -vv --secrets-dir secrets -r s3.yaml config 2>&1'
grep -q SECRETVALUE "$work/out" && die 'a secret shows'
run 5 artctl -vv --stats --retries 0 --secrets-dir secrets -r s3.yaml ls
grep -q SECRETVALUE "$work/err" && die 'a secret shows in the log'
run 3 artctl -r s3.yaml ls
says /argo/secret/cred/access
run 3 artctl --secrets-dir elsewhere -r s3.yaml ls
says elsewhere/cred/access

# ---- a ConfigMap ----

cat >map.yaml <<YAML
apiVersion: v1
kind: ConfigMap
metadata:
  name: artifact-repositories
  annotations:
    workflows.argoproj.io/default-artifact-repository: first
data:
  first: |
    fs:
      root: $work/first
  second: |
    fs:
      root: $work/second
YAML
run 0 artctl -r map.yaml config --json
json "any(.settings[]; .value == \"$work/first\")"
run 0 artctl -r map.yaml --ref second config --json
json "any(.settings[]; .value == \"$work/second\")"
run 0 sh -c 'echo x | artctl -r map.yaml --ref second put - k'
check test -f "$work/second/k"
fails 1 third artctl -r map.yaml --ref third config

# ---- keys ----

key() {
    wanted=$1
    shift
    run 0 artctl key "$@"
    prints "$wanted"
}

key artctl/artctl/artifact.tgz
key wf/wf/out.tgz --workflow wf --name out
key wf/wf/out.tar.zst --workflow wf --name out --archive zstd
key wf/wf/out.zip --workflow wf --name out --archive zip
key wf/wf/result.txt --workflow wf --name out --archive none --path /tmp/result.txt
key wf/wf/result.txt.tgz --workflow wf --path /tmp/result.txt
key wf/p/out.tgz --workflow wf --pod p --name out
key wf/wf/out.tgz --workflow wf --node wf --name out
run 0 artctl key --workflow wf --node 'wf[0].step' --template step --name out
grep -Eqx 'wf/wf-step-[0-9]+/out\.tgz' "$work/out" || die 'no pod name'
cat >format.yaml <<'YAML'
fs:
  root: /nowhere
  keyFormat: "{{workflow.namespace}}/{{ workflow.creationTimestamp.Y }}/{{workflow.labels.team}}/{{node.name}}"
YAML
key "default/$(date -u +%Y)/core/wf/out.tgz" -r format.yaml --workflow wf --name out \
    --var workflow.labels.team=core
key "ns/1999/core/wf/out.tgz" -r format.yaml --workflow wf --name out --namespace ns \
    --var workflow.labels.team=core --var workflow.creationTimestamp.Y=1999
run 0 artctl key -r format.yaml --workflow wf --name out
says 'still has tags'
grep -qF '{{workflow.labels.team}}' "$work/out" || die 'the tag is gone'
run 0 artctl key -q -r format.yaml --workflow wf --name out
check test ! -s "$work/err"
sed 's/{{node.name}}/{{=1+1}}/' format.yaml >expression.yaml
run 1 artctl key -r expression.yaml --name out
check test ! -e /nowhere

passed
