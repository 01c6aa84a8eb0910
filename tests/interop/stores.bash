# The stores of the interop tests; sourced after lib.sh.
# shellcheck shell=bash

# What a user has configured must not be tested.
unset ARTCTL_REPOSITORY ARTREPO_PLUGIN_PATH ARGO_TEMPLATE REMOVE_LOCAL_ART_PATH
unset "${!AWS_@}" "${!EXECUTOR_RETRY_@}" "${!ARTIFACT_S3_@}" TRANSIENT_ERROR_PATTERN
unset "${!GOOGLE_@}" STORAGE_EMULATOR_HOST
export EXECUTOR_RETRY_BACKOFF_DURATION=100ms

# need_store STORE: skips the test without its server.
need_store() {
    case $1 in
    fs) ;;
    s3) need_s3 ;;
    gcs)
        [ -n "${ARTREPO_TEST_GCS_ENDPOINT:-}" ] ||
            skip "needs a GCS server: tests/run.sh starts one, or tests/servers/fakegcs.sh"
        export STORAGE_EMULATOR_HOST=$ARTREPO_TEST_GCS_ENDPOINT
        ;;
    *) fail "no store '$1'" ;;
    esac
}
