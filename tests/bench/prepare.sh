# What the measuring scripts need, installed from the registries where it is missing; sourced.
#
#   packages pigz igzip:isal        Debian packages, as COMMAND or COMMAND:PACKAGE
#   python_tools rapidgzip==0.16.2  into a virtual environment of its own ($BENCH_PYTHON)
#   need_artctl                     $ARTCTL, or else the release build of this tree
#   need_reference                  $REFARCHIVE and $REFS3, Argo Workflows' own code
#   temporary_scratch               $BENCH_SCRATCH, a directory in memory, gone at the end
#   start_store                     VersityGW with its data in the scratch
#
# All that is built or downloaded stays in ${ARTREPO_TEST_CACHE:-$HOME/.cache/artrepo-tests}.
# shellcheck shell=bash

BENCH_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
TESTS_DIR=$(dirname "$BENCH_DIR")
PROJECT_DIR=$(dirname "$TESTS_DIR")
BENCH_CACHE=${ARTREPO_TEST_CACHE:-$HOME/.cache/artrepo-tests}
export BENCH_DIR BENCH_CACHE PYTHONDONTWRITEBYTECODE=1
# What a user has configured must not be measured.
unset ARTCTL_REPOSITORY "${!AWS_@}" "${!RCLONE_@}" "${!ARTIFACT_S3_@}" GZIP XZ_OPT ZSTD_CLEVEL TAPE

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

packages() {
    local tool missing=() as_root=()
    for tool in "$@"; do
        command -v "${tool%%:*}" >/dev/null 2>&1 || missing+=("${tool#*:}")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null 2>&1 || die "install by hand what Debian calls: ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    say "installing ${missing[*]}"
    mkdir -p "$BENCH_CACHE" || exit 1
    # One at a time: of two that run together, apt-get would refuse the second.
    (
        flock 9 && "${as_root[@]}" apt-get update -qq &&
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
                --no-install-recommends "${missing[@]}"
    ) >/dev/null 9>"$BENCH_CACHE/.lock-packages" || die "could not install ${missing[*]}"
}

python_tools() {
    local venv=$BENCH_CACHE/bench-python tool
    packages python3
    if ! [ -x "$venv/bin/pip" ]; then
        python3 -c 'import ensurepip' 2>/dev/null || packages ensurepip:python3-venv
        rm -rf "$venv"
        python3 -m venv "$venv" || die "could not make a virtual environment"
    fi
    for tool in "$@"; do
        grep -qxF "$tool" "$venv/installed" 2>/dev/null && continue
        say "installing $tool"
        "$venv/bin/pip" install --quiet --disable-pip-version-check "$tool" ||
            die "could not install $tool"
        echo "$tool" >>"$venv/installed"
    done
    BENCH_PYTHON=$venv/bin/python3
    PATH=$venv/bin:$PATH
    export BENCH_PYTHON PATH
}

need_artctl() {
    if [ -z "${ARTCTL:-}" ]; then
        ARTCTL=$PROJECT_DIR/build-release/tools/artctl
        if ! [ -x "$ARTCTL" ]; then
            say "building artctl (build-release)"
            (cd "$PROJECT_DIR" && cmake --preset release >/dev/null &&
                cmake --build --preset release --target artctl >/dev/null) || die "no artctl"
        fi
    fi
    [ -x "$ARTCTL" ] || die "no such program: ARTCTL=$ARTCTL"
    ARTCTL=$(realpath "$ARTCTL")
    export ARTCTL
}

need_reference() {
    command -v go >/dev/null 2>&1 || PATH=$PATH:/usr/local/go/bin
    bash "$TESTS_DIR/reference/build.sh" || exit $?
    REFARCHIVE=$(bash "$TESTS_DIR/reference/build.sh" --path refarchive)
    REFS3=$(bash "$TESTS_DIR/reference/build.sh" --path refs3)
    export REFARCHIVE REFS3 PATH
}

temporary_scratch() {
    local parent=${ARTREPO_BENCH_SCRATCH:-/dev/shm}
    BENCH_SCRATCH=$(mktemp -d "$parent/artrepo-bench.XXXXXX") || exit 1
    export BENCH_SCRATCH
    trap end_bench EXIT
    trap 'exit 130' INT TERM HUP
}

end_bench() {
    local server
    for server in versitygw toxiproxy; do
        [ ! -e "$BENCH_SCRATCH/$server/env" ] ||
            bash "$TESTS_DIR/servers/$server.sh" stop "$BENCH_SCRATCH/$server"
    done
    chmod -R u+rwX "$BENCH_SCRATCH" 2>/dev/null
    rm -rf "$BENCH_SCRATCH"
}

# start_store [toxiproxy]: sets what artctl and the peers find their keys and the endpoint by.
start_store() {
    local server
    for server in versitygw "$@"; do
        bash "$TESTS_DIR/servers/$server.sh" start "$BENCH_SCRATCH/$server" || exit $?
        # shellcheck disable=SC1090,SC1091 # written by start
        . "$BENCH_SCRATCH/$server/env"
    done
    export AWS_ACCESS_KEY_ID=$ARTREPO_TEST_S3_ACCESS_KEY
    export AWS_SECRET_ACCESS_KEY=$ARTREPO_TEST_S3_SECRET_KEY
    export AWS_REGION=$ARTREPO_TEST_S3_REGION
    export AWS_ENDPOINT_URL_S3=http://$ARTREPO_TEST_S3_ENDPOINT
}
