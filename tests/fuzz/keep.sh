#!/bin/sh
# Keeps what runs of the fuzzers have found their way to, so that later ones start from there: of the
# inputs in build-fuzz/corpus/TARGET, and of those kept before, the fewest that reach as much, in
# tests/fuzz/corpus/TARGET.tar.gz.
#
#   keep.sh [TARGET...]     after run.sh, for all targets or these
set -u
cd "$(dirname "$0")/../.." || exit 1
build=build-fuzz
kept=tests/fuzz/corpus
mkdir -p $kept
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

[ $# -gt 0 ] || set -- $(ls $build/corpus)
for target; do
    mkdir "$work/$target" || exit 1
    if ! "$build/tests/fuzz/fuzz_$target" -merge=1 "$work/$target" "$build/corpus/$target" \
        "$build/seeds/$target" >"$build/keep-$target.log" 2>&1; then
        echo "$target: could not be merged (all of it: $build/keep-$target.log)"
        exit 1
    fi
    # The same bytes each time that the inputs are the same.
    tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime=@0 \
        -cf "$work/$target.tar" "$target" && gzip -9n "$work/$target.tar" &&
        mv "$work/$target.tar.gz" "$kept/$target.tar.gz" || exit 1
    echo "$target: $(ls "$work/$target" | wc -l) inputs, $(wc -c <"$kept/$target.tar.gz") bytes"
done
