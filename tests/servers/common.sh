# Shared by the scripts in this directory; sourced, not run.
# shellcheck shell=bash disable=SC2034 # what the scripts use is set here

CACHE_BIN="${ARTREPO_TEST_CACHE:-$HOME/.cache/artrepo-tests}/bin"
SKIPPED=77 # the exit code by which ctest and automake know a skipped test

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

die() {
    say "$*"
    exit 1
}

# Prints the file that SERVER's binary has, or would have once built.
binary_of() {
    "$SERVERS_DIR/build.sh" --path "$1"
}

# Builds SERVER unless the cache has it, and prints its file. Without Go it exits 77.
need_binary() {
    "$SERVERS_DIR/build.sh" "$1" || return $?
    binary_of "$1"
}

port_is_taken() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# Prints a port nobody listens on. It lies below Linux's range for outgoing connections, so
# that no client's socket takes it between this look and the server's bind.
free_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
        port_is_taken "$port" || {
            echo "$port"
            return 0
        }
    done
    say "found no free port on 127.0.0.1"
    return 1
}

# wait_for PID COMMAND...: until COMMAND succeeds; fails after 15 s, or once PID is gone.
wait_for() {
    local pid=$1
    shift
    for _ in $(seq 300); do
        kill -0 "$pid" 2>/dev/null || return 1
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    return 1
}

# Ends the processes PID... whose program is BINARY: a number from an old file may since
# have been given to somebody else's process.
end_processes() {
    local binary=$1 pid
    shift
    for pid in "$@"; do
        runs_binary "$pid" "$binary" && kill "$pid" 2>/dev/null
    done
    for pid in "$@"; do
        for _ in $(seq 100); do
            runs_binary "$pid" "$binary" || continue 2
            sleep 0.05
        done
        runs_binary "$pid" "$binary" && kill -KILL "$pid" 2>/dev/null
    done
    return 0
}

runs_binary() {
    local program
    program=$(readlink "/proc/$1/exe" 2>/dev/null) || return 1
    [ "${program% (deleted)}" = "$(readlink -f "$2")" ]
}

# export_line NAME VALUE: one line of an env file. The values hold no single quotes.
export_line() {
    printf "export %s='%s'\n" "$1" "$2"
}

# make_certificates DIR DOMAIN: DIR/ca.pem, and DIR/server.pem with its key DIR/server-key.pem for
# localhost, DOMAIN, *.DOMAIN and 127.0.0.1.
make_certificates() {
    local tls=$1
    mkdir -p "$tls" || return 1
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=artrepo test CA" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" \
        -keyout "$tls/ca-key.pem" -out "$tls/ca.pem" &&
        openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" \
            -keyout "$tls/server-key.pem" -out "$tls/server.csr" &&
        printf '%s\n' "basicConstraints=CA:FALSE" "extendedKeyUsage=serverAuth" \
            "subjectAltName=DNS:localhost,DNS:$2,DNS:*.$2,IP:127.0.0.1" >"$tls/server.ext" &&
        openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca-key.pem" \
            -CAcreateserial -days 30 -extfile "$tls/server.ext" -out "$tls/server.pem"
}

# need_certificates [DOMAIN]: what make_certificates makes, in DIR/tls.
need_certificates() {
    if ! (make_certificates "$DIR/tls" "$@") >"$DIR/openssl.log" 2>&1; then
        tail -n 5 "$DIR/openssl.log" >&2
        die "openssl could not make the test certificates"
    fi
}

# keep_server: DIR/env.new is written whole, and the server outlives the script.
keep_server() {
    mv "$DIR/env.new" "$DIR/env" && trap - EXIT
}

# run_action ACTION DIR [DATA_PARENT]: what each of the scripts is called with. Their start finds DIR
# made, their stop what start exported.
run_action() {
    ACTION=${1:-} DIR=${2:-} DATA_PARENT=${3:-}
    [ -n "$DIR" ] || usage
    case $ACTION in
    start)
        [ ! -e "$DIR/env" ] || die "$DIR/env is there already: stop that server first"
        mkdir -p "$DIR" || exit 1
        DIR=$(cd "$DIR" && pwd)
        PIDS=
        start
        ;;
    stop)
        [ -r "$DIR/env" ] || die "no server was started in $DIR"
        # shellcheck disable=SC1091 # written by start
        . "$DIR/env"
        stop
        rmdir "$DIR" 2>/dev/null
        return 0
        ;;
    *) usage ;;
    esac
}
