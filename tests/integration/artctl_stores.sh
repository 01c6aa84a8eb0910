#!/bin/bash
# The same short visit to each store: every strategy there and back, a file as a stream, what is listed.
# Small, so that it can run under Valgrind too (tests/valgrind.sh).
#
#   ARTREPO_TEST_STORES     which of them; default: all ("fs s3 gcs http")
. "$(dirname "$0")/artctl_env.bash"

unset "${!GOOGLE_@}" "${!CLOUDSDK_@}" "${!GCE_METADATA_@}" http_proxy https_proxy
prefix=stores-$$-$RANDOM
mkdir -p tree/sub
seq 1 2000 >tree/numbers
: >tree/sub/nothing
ln -s numbers tree/link
chmod 750 tree/sub
echo 'hello, store' >file.txt

# artctl with the store's repository file.
stored() {
    artctl --secrets-dir "${SECRETS_DIR:-none}" -r "$store.yaml" "$@"
}

# describe STORE: writes STORE.yaml.
describe() {
    case $1 in
    fs) echo "fs: {root: $work/root}" >fs.yaml ;;
    s3)
        need_s3
        s3_repository s3.yaml
        ;;
    gcs)
        [ -n "${ARTREPO_TEST_GCS_ENDPOINT:-}" ] || skip "needs fake-gcs-server: tests/servers/fakegcs.sh"
        export STORAGE_EMULATOR_HOST=$ARTREPO_TEST_GCS_ENDPOINT
        echo "gcs: {bucket: $ARTREPO_TEST_GCS_BUCKET}" >gcs.yaml
        ;;
    http)
        [ -n "${ARTREPO_TEST_NGINX:-}" ] || skip "needs nginx: tests/servers/nginx.sh"
        echo "http: {url: 'http://$ARTREPO_TEST_NGINX'}" >http.yaml
        ;;
    esac
}

# visit STORE
visit() {
    local store=$1 strategy at=$prefix
    [ "$store" != http ] || at=http://$ARTREPO_TEST_NGINX/$prefix
    for strategy in tar tar:1 zstd zip; do
        run 0 stored -q put --archive "$strategy" tree "$at/$strategy"
        if [ "$strategy" = zip ]; then
            run 0 stored -q get --archive zip "$at/zip" "$store-zip"
        else
            run 0 stored -q get "$at/$strategy" "$store-$strategy"
        fi
        same_tree tree "$store-$strategy"
    done
    run 0 stored -q put --archive none file.txt "$at/file.txt"
    run 0 stored -q get --archive none "$at/file.txt" "$store-file.txt"
    check cmp file.txt "$store-file.txt"
    run 0 stored cat "$at/file.txt"
    prints 'hello, store'
    run 0 stored -q put --archive none tree "$at/plain"
    run 3 stored -q get "$at/nothing" "$store-nothing"
    check test ! -e "$store-nothing"
    no_leftovers .
    [ "$store" != http ] || return 0 # which lists nothing
    run 0 stored ls "$at/plain"
    check grep -qx "$at/plain/numbers" "$work/out"
    run 0 stored -q get "$at/plain" "$store-plain"
    check cmp tree/numbers "$store-plain/numbers"
    run 0 stored -q rm -R "$at/"
    run 3 stored ls "$at/"
}

trap 'rm -rf "$work" ${ARTREPO_TEST_NGINX_DATA:+"$ARTREPO_TEST_NGINX_DATA/$prefix"}' EXIT
for store in ${ARTREPO_TEST_STORES:-fs s3 gcs http}; do describe "$store"; done
for store in ${ARTREPO_TEST_STORES:-fs s3 gcs http}; do visit "$store"; done
passed
