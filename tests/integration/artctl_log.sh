#!/bin/bash
# The log on standard error is in the executor's words, as logfmt or as JSON.
. "$(dirname "$0")/artctl_env.bash"

mkdir -p tree root/tmp
echo one >tree/one
echo two >tree/two
echo output >root/tmp/file
cat >template.json <<'END'
{"name": "t",
 "inputs": {"artifacts": [{"name": "in", "path": "/in", "fs": {"key": "a/tree.tgz"}},
                          {"name": "maybe", "path": "/maybe", "optional": true}]},
 "outputs": {"artifacts": [{"name": "out", "path": "/tmp/file"}]}}
END

# logged LINE: standard error has exactly this line, apart from times and durations.
logged() {
    checks=$((checks + 1))
    sed -E 's/^time="[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8} UTC" //; s/duration=[0-9.]+s/duration=D/' \
        "$work/err" >"$work/check"
    grep -qxF -e "$1" "$work/check" || die "did not log: $1"
}

# only_argo COUNT: so many lines say argo=true, namely those "SOURCE -> DESTINATION".
only_argo() {
    check test "$(grep -c 'argo=true' "$work/err")" -eq "$1"
    check test "$(grep -cE 'msg="[^"]* -> [^"]*" argo=true$' "$work/err")" -eq "$1"
}

# ---- logfmt ----

run 0 artctl -v put tree a/tree.tgz
logged 'level=info msg="tree -> a/tree.tgz" argo=true'
logged 'level=info msg="saving artifact" src=tree dst=a/tree.tgz'
logged 'level=info msg="Taring tree"'
logged 'level=info msg=tarring source=tree'
logged 'level=info msg="archived files/dirs" count=3 source=tree'
logged 'level=info msg="Save artifact" artifactName=tree key=a/tree.tgz duration=D'
logged 'level=info msg="Successfully saved file" path=tree'
only_argo 1
run 0 artctl -v put --archive zip tree a/tree.zip
logged 'level=info msg=zipping source=tree'
logged 'level=info msg="archived files/dirs" count=3 source=tree'
run 0 artctl -v --log-format logfmt get a/tree.tgz back
logged 'level=info msg="Downloading artifact" name=artifact'
logged 'level=info msg="Load artifact" artifactName=artifact key=a/tree.tgz duration=D'
logged 'level=info msg="Successfully download file" path=back'
only_argo 0
run 3 artctl -v get a/missing nowhere
check grep -q 'level=error msg="Load artifact" .* error="' "$work/err"
run 0 artctl -v get --optional a/missing nowhere
logged 'level=warning msg="Ignoring optional artifact which was not supplied" name=artifact'

# The seed's two lines, from the same step.
run 0 artctl -v stage --template template.json --root root --outputs staged
logged 'level=info msg="root/tmp/file -> staged/tmp/file.tgz" argo=true'
logged 'level=info msg="saving artifact" src=root/tmp/file dst=staged/tmp/file.tgz'
logged 'level=info msg="Taring root/tmp/file"'
logged 'level=info msg=tarring source=root/tmp/file'
only_argo 1
run 0 artctl -v load --template template.json --root root
logged 'level=info msg="Downloading artifact" name=in'
logged 'level=info msg="Load artifact" artifactName=in key=a/tree.tgz duration=D'
logged 'level=info msg="Successfully download file" path=root/in'
logged 'level=warning msg="Ignoring optional artifact which was not supplied" name=maybe'

# Without -v warnings alone, with -q nothing; results stay on standard output.
run 0 artctl get --optional a/missing nowhere
check test "$(wc -l <"$work/err")" -eq 1
run 0 artctl -q get --optional a/missing nowhere
check test ! -s "$work/err"

# ---- JSON ----

run 0 artctl -vv --log-format json put tree a/tree.tgz
prints a/tree.tgz
check jq -es 'all(.[]; (.time | test("^20[0-9-]+T[0-9:]+Z$")) and (.msg | type) == "string"
    and (.level | IN("debug", "info", "warning", "error")))' "$work/err"
check jq -es 'map(select(.argo == true)) | length == 1 and .[0].msg == "tree -> a/tree.tgz"' "$work/err"
check jq -es 'any(.[]; .msg == "archived files/dirs" and .count == 3 and .source == "tree")' "$work/err"
check jq -es 'any(.[]; .msg == "store operation" and .level == "debug")' "$work/err"
odd=$(printf 'bad\377name\n"quoted"')
echo x >"$odd"
run 0 artctl -v --log-format json put --archive none -- "$odd" a/odd
check jq -es 'any(.[]; .msg == "saving artifact" and .src == "bad\ufffdname\n\"quoted\"")' "$work/err"
run 0 artctl -v put --archive none -- "$odd" a/odd
check test "$(grep -c '^time=' "$work/err")" -eq "$(wc -l <"$work/err")"
fails 2 'logfmt or json' artctl --log-format xml ls

passed
