#!/bin/bash
# Help texts, the man page and the guide: their examples work when pasted, and they name every
# option.
. "$(dirname "$0")/artctl_env.bash"

docs=$tests/../docs

# paste FILE: runs it as a shell would that it is pasted into, with /tmp in the test's directory.
paste_in() {
    mkdir -p "$work/tmp"
    sed "s,/tmp/,$work/tmp/,g" "$1" >"$work/script"
    run 0 sh -e "$work/script"
    rm -rf "$work/tmp" "$store"
}

run 0 artctl --help
commands=$(sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' "$work/out")
check test "$(echo "$commands" | wc -w)" -ge 9
run 0 artctl -h
run 0 artctl help
for command in $commands; do
    run 0 artctl "$command" --help
    cp "$work/out" help
    run 0 artctl help "$command"
    check cmp help "$work/out"
    head -1 help | grep -q "^usage: artctl $command \[OPTION" || die "no usage line: $command"
    [ "$(wc -L <help)" -le 95 ] || die "a line of the help of $command is too long"
    sed -n '/^Example:/,$s/^  //p' help >example
    check grep -q "artctl $command" example
    paste_in example
    for option in $(grep -o '^  ...  *--[a-z-]*' help | grep -o -- '--[a-z-]*'); do
        pattern=$(echo "$option" | sed 's/-/\\\\-/g')
        grep -q -- "$pattern" "$docs/artctl.1" || die "the man page does not name $option"
    done
done

sed -n '/^```sh/,/^```/{/^```/!p}' "$docs/guide.md" >guide
check grep -q 'artctl put' guide
paste_in guide
grep -q '^identical$' "$work/out" || die 'the round trip of the guide is not identical'
sed -n '/^.SH EXAMPLES/,/^.SH SEE/{/^\./!p}' "$docs/artctl.1" | sed 's/\\-/-/g' >examples
check grep -q 'artctl put' examples
paste_in examples

passed
