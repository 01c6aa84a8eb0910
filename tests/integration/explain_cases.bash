# What holds of artctl explain whatever the store is. To be sourced behind artctl_env.bash, with the
# command in $store_command (an array) and the keys' $prefix.
# shellcheck shell=bash

# agrees KEY [GET_OPTION...]: get does what was explained. Leaves the explanation in $work/out.
agrees() {
    local key=$1 code action becomes
    shift
    rm -rf back
    "${store_command[@]}" get "$@" "$key" back >/dev/null 2>"$work/err"
    code=$?
    run 0 "${store_command[@]}" explain --json "$@" "$key"
    case $code in
    0) json '.code == "ok"' ;;
    6) json '.code == "refused-unsafe" and .remarks.refused.count > 0' ;;
    *) json '.code != "ok"' ;;
    esac
    becomes=$(jq -r .becomes "$work/out")
    if [ -L back ]; then
        check test "$becomes" = symbolic-link
    elif [ -d back ]; then
        check test "$becomes" = directory
    elif [ -f back ]; then
        check test "$becomes" = file
    else
        check test "$becomes" = null
    fi
}

# put_raw FILE KEY: as it is.
put_raw() {
    run 0 "${store_command[@]}" put --archive none "$1" "$2"
}

both_stores() {
    run 0 "${store_command[@]}" put tree "$prefix/tree.tgz"
    agrees "$prefix/tree.tgz"
    json '.action == "untar" and .onlyTopEntry == "tree" and .content.complete'
    json '.content.files == 8 and .content.symbolicLinks == 3 and (.remarks | length) == 0'
    agrees "$prefix/tree.tgz" --archive none
    json '.action == "keep" and .bytesRead == 0'
    agrees "$prefix/tree.tgz" --max-entries 3
    agrees "$prefix/tree.tgz" --max-bytes 1M
    agrees "$prefix/tree.tgz" --archive zip

    run 0 "${store_command[@]}" put --archive zstd tree "$prefix/tree.zst"
    agrees "$prefix/tree.zst"
    json '.action == "untar" and .remarks["reference-loses"].count == 1'

    run 0 "${store_command[@]}" put --archive zip tree "$prefix/tree.zip"
    agrees "$prefix/tree.zip"
    json '.action == "keep" and .bytesRead <= 4096 and .remarks.note.count == 1'
    agrees "$prefix/tree.zip" --archive zip
    json '.action == "unzip" and .remarks["reference-loses"].count == 3'

    run 0 "${store_command[@]}" put --archive none tree "$prefix/dir"
    agrees "$prefix/dir"
    json '.action == "directory" and .content.files == 8 and .bytesRead == 0'
    run 3 "${store_command[@]}" explain "$prefix/missing"
    run 0 "${store_command[@]}" explain "$prefix/missing" --json \
        --artifact '{name: a, optional: true}'
    json '.action == "skip"'

    # Made by others: hard links, an entry for the top itself, names and links that lead out.
    tar czf dot.tgz -C tree .
    put_raw dot.tgz "$prefix/dot.tgz"
    agrees "$prefix/dot.tgz"
    json '.remarks["reference-fails"].first[0].subject == "./"'
    json '.content.hardLinks == 1 and .remarks["reference-loses"].count == 1'
    tar czf evil.tgz --absolute-names --transform 's,^tree/plain.txt,../evil,;s,^tree/nothing,../worse,' \
        tree/plain.txt tree/nothing tree/script
    put_raw evil.tgz "$prefix/evil.tgz"
    agrees "$prefix/evil.tgz"
    json '.remarks.refused | .count == 2 and .first[1].subject == "../worse"'
    json '.message == "illegal file path: ../evil"'
    tar cf plain.tar tree
    put_raw plain.tar "$prefix/plain.tar"
    agrees "$prefix/plain.tar"
    json '.action == "keep" and .bytesRead <= 4096'
    agrees "$prefix/plain.tar" --archive tar
    json '.action == "untar" and .remarks["reference-fails"].count == 1'
    json '.bytesRead < .size / 4' # the data of the large files are skipped
    head -c 3000000 plain.tar >cut.tar
    put_raw cut.tar "$prefix/cut.tar"
    agrees "$prefix/cut.tar" --archive tar
    head -c 2000000 <(gzip -c plain.tar) >cut.tgz
    put_raw cut.tgz "$prefix/cut.tgz"
    agrees "$prefix/cut.tgz"
    : >empty
    put_raw empty "$prefix/empty"
    agrees "$prefix/empty"
    agrees "$prefix/empty" --archive tar

    # It ends early when asked, and says so.
    run 0 "${store_command[@]}" explain --entries 2 "$prefix/dot.tgz"
    check grep -q 'at least 2 entries' "$work/out"
    check grep -q 'there may be more entries' "$work/out"
    run 0 "${store_command[@]}" explain --entries 2 "$prefix/dir" --json
    json '.content.complete == false and .content.entries == 2'
}
