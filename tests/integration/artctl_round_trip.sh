#!/bin/bash
# What is put comes back the same: every strategy, files and directories, standard input and output.
. "$(dirname "$0")/artctl_env.bash"

make_tree tree
umask 022

# ---- directories as archives ----

for strategy in tar tar:0 tar:1 tar:9 zstd zstd:1 zstd:12 zip; do
    archive=
    [ "$strategy" != zip ] || archive='--archive zip'
    run 0 artctl put --archive "$strategy" tree "trees/$strategy"
    prints "trees/$strategy"
    # shellcheck disable=SC2086
    run 0 artctl get $archive "trees/$strategy" "back-$strategy"
    prints ''
    same_tree tree "back-$strategy"
    run 0 artctl get --archive none "trees/$strategy" "stored-$strategy"
    check cmp "stored-$strategy" "$store/trees/$strategy"
done
run 0 artctl put tree trees/default
check sh -c "mkdir by-tar && artctl cat trees/default | tar xzf - -C by-tar"
same_tree tree by-tar/tree
check sh -c "artctl cat trees/zstd | zstd -qdc | tar tf - | grep -qx 'tree/two words.txt'"
check sh -c "gzip -dc <stored-tar | tar tf - | grep -qx 'tree/sub/random.bin'"

# ---- files ----

for strategy in tar zstd zip none; do
    archive=
    [ "$strategy" != zip ] || archive='--archive zip'
    for file in tree/sub/random.bin tree/nothing 'tree/two words.txt'; do
        run 0 artctl --quiet put --archive "$strategy" "$file" "files/$strategy"
        # shellcheck disable=SC2086
        run 0 artctl get $archive "files/$strategy" "file-$strategy"
        check cmp "$file" "file-$strategy"
    done
done
check cmp 'tree/two words.txt' "$store/files/none"

# ---- a directory without an archive ----

run 0 artctl put --archive none tree plain
run 0 artctl ls plain
printf '%s\n' plain/nothing plain/plain.txt plain/script 'plain/sub/deeper/zeros.bin' \
    'plain/sub/déjà vu.txt' plain/sub/random.bin 'plain/two words.txt' >expected
LC_ALL=C sort expected >expected-sorted
LC_ALL=C sort "$work/out" >listed
check cmp expected-sorted listed
run 0 artctl get plain back-plain
check cmp tree/sub/random.bin back-plain/sub/random.bin
check cmp "tree/sub/déjà vu.txt" "back-plain/sub/déjà vu.txt"
check test ! -e back-plain/link
run 0 artctl stat plain
check grep -q '^directory' "$work/out"

# ---- the directory's own name ----

run 0 sh -c 'cd tree/sub && artctl put . named/dot'
run 0 sh -c 'artctl cat named/dot | tar tzf - | head -1'
prints sub
run 0 sh -c 'cd tree/sub && artctl put ..'
prints artctl/artctl/tree.tgz
run 0 artctl put tree/ named/slash
run 0 sh -c 'artctl cat named/slash | tar tzf - | head -1'
prints tree

# ---- standard input and output ----

run 0 sh -c 'artctl put - streams/random <tree/sub/random.bin'
check sh -c 'artctl cat streams/random | cmp - tree/sub/random.bin'
check sh -c 'artctl get streams/random - | cmp - tree/sub/random.bin'
run 0 sh -c 'cat tree/sub/random.bin | artctl put - streams/pipe'
check sh -c 'artctl cat streams/pipe | cmp - tree/sub/random.bin'
run 0 sh -c 'artctl put - streams/nothing </dev/null'
run 0 artctl cat streams/nothing
prints ''
run 0 sh -c 'echo x | artctl put - --name greeting.txt'
prints artctl/artctl/greeting.txt
run 0 sh -c 'tar czf - tree | artctl put - streams/tree.tgz'
run 0 artctl get streams/tree.tgz back-stream
same_tree tree back-stream

# ---- odd keys ----

for key in 'a key with spaces' 'per%20cent' 'plus+plus' 'schlüssel/ключ' 'q?a=b&c#d' "quote'\"s" \
    '-dash'; do
    run 0 sh -c 'echo "$1" | artctl put - -- "$1"' sh "$key"
    prints "$key"
    run 0 artctl cat -- "$key"
    prints "$key"
    run 0 artctl ls -- "$key"
    prints "$key"
    run 0 artctl rm -- "$key"
    run 3 artctl stat -- "$key"
done

# ---- replacing, modes ----

run 0 artctl put --archive none tree/plain.txt again
run 0 artctl put --archive none tree/script again
run 0 artctl get again again
run 0 artctl get again again
check cmp tree/script again
fails 1 back-tar artctl get trees/tar back-tar
same_tree tree back-tar
run 0 artctl get --mode 640 again with-mode
check test "$(stat -c %a with-mode)" = 640
run 0 artctl get --mode 750 --recurse-mode trees/zstd with-modes
check test "$(stat -c %a with-modes/sub/deeper/zeros.bin)" = 750
check test "$(stat -c %a with-modes)" = 750

# ---- URLs ----

run 0 artctl put --archive none tree/plain.txt "file://$work/cwd/url/plain.txt"
check cmp tree/plain.txt url/plain.txt
run 0 artctl get "file://$work/cwd/url/plain.txt" url-back
check cmp tree/plain.txt url-back
run 0 artctl ls "file://$work/cwd/url"
run 0 artctl stat "file://$work/cwd/url/plain.txt"
run 0 artctl rm "file://$work/cwd/url/plain.txt"
check test ! -e url/plain.txt

# ---- listing and removing ----

run 0 artctl ls -l streams/random
check grep -Eq '^ +3000000  20[0-9-]+T[0-9:]+Z  streams/random$' "$work/out"
run 0 artctl ls streams/
check test "$(wc -l <"$work/out")" -eq 4
run 3 artctl ls stream
run 0 artctl rm streams/random
run 3 artctl cat streams/random
run 0 artctl rm --recursive streams/
run 3 artctl ls streams
run 0 artctl rm -R trees
run 3 artctl ls trees/
run 0 artctl ls
check test "$(wc -l <"$work/out")" -ge 10

no_leftovers "$store"
no_leftovers .
passed
