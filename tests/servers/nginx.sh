#!/usr/bin/env bash
# Starts and stops nginx with WebDAV's PUT over a directory, for tests.
#
#   nginx.sh start DIR
#   nginx.sh stop DIR
#
# One process on free ports of 127.0.0.1: plain HTTP, TLS, and TLS that wants a client certificate,
# all with certificates signed by a CA made on the spot. All serve the same fresh directory:
#   /             GET and PUT, directories made on the way
#   /basic/       the same, with a user and a password
#   /bearer/      the same, with a token that /oauth/token hands out to the client below
#   /readonly/    no PUT                    /flat/     PUT, directories not made
#   /limited/     PUT of 1 KiB at the most  /noranges/ GET without ranges
#   /moved/X      301 to /X                 /sent/X    307 to /X
#   /away/X       307 to /X on the TLS port  /circle/X  302 to itself
#   /plain/X      (TLS) 307 to /X over plain HTTP
#   /elsewhere/X  307 to /X on the port that wants a client certificate, by another name
#
# start writes DIR/env, to be sourced:
#   ARTREPO_TEST_NGINX             127.0.0.1:PORT, plain HTTP
#   ARTREPO_TEST_NGINX_TLS         127.0.0.1:PORT, TLS
#   ARTREPO_TEST_NGINX_CLIENT_TLS  127.0.0.1:PORT, TLS with a client certificate
#   ARTREPO_TEST_NGINX_CA          PEM file to trust
#   ARTREPO_TEST_NGINX_TLS_FILES   directory of client.pem, client-key.pem and, signed by nobody
#                                  known, stranger.pem, stranger-key.pem
#   ARTREPO_TEST_NGINX_USER, ARTREPO_TEST_NGINX_PASSWORD, ARTREPO_TEST_NGINX_CLIENT_ID,
#   ARTREPO_TEST_NGINX_CLIENT_SECRET
#   ARTREPO_TEST_NGINX_DATA        the directory
#   ARTREPO_TEST_NGINX_PID         the process
# stop ends the process and removes all that start made.
#
# Exit codes: 0 done, 77 skipped (no nginx), 1 failed, 2 usage.
set -u

SERVERS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/common.sh
. "$SERVERS_DIR/common.sh"

WEB_USER=artrepo
WEB_PASSWORD='pass word:1'
CLIENT_ID='client id'
CLIENT_SECRET='s&cret/1'
TOKEN=artrepo-test-token

usage() {
    say "usage: nginx.sh start DIR | nginx.sh stop DIR"
    exit 2
}

find_nginx() {
    PATH=$PATH:/usr/sbin:/sbin command -v nginx
}

# sign NAME PURPOSE SUBJECT [SUBJECT_ALT_NAME]: NAME.pem and NAME-key.pem by the CA.
sign() {
    openssl req -newkey rsa:2048 -nodes -subj "/CN=$3" -keyout "$1-key.pem" -out "$1.csr" &&
        printf '%s\n' "basicConstraints=CA:FALSE" "extendedKeyUsage=$2" ${4:+"subjectAltName=$4"} \
            >"$1.ext" &&
        openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca-key.pem -CAcreateserial -days 30 \
            -extfile "$1.ext" -out "$1.pem"
}

make_certificates() {
    mkdir -p "$1" && cd "$1" || return 1
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=artrepo test CA" \
        -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" \
        -keyout ca-key.pem -out ca.pem &&
        sign server serverAuth localhost "DNS:localhost,IP:127.0.0.1" &&
        sign client clientAuth "artrepo test client" &&
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=nobody" \
            -keyout stranger-key.pem -out stranger.pem
}

# In the encoding of forms.
encode() {
    printf '%s' "$1" | sed 's/&/%26/g; s/ /%20/g; s,/,%2F,g; s/:/%3A/g'
}

locations() {
    local basic_client
    basic_client=$(printf '%s:%s' "$(encode "$CLIENT_ID")" "$(encode "$CLIENT_SECRET")" |
        base64 -w 0)
    cat <<END
        root $DATA;
        client_max_body_size 0;
        client_body_temp_path $DIR/tmp;
        default_type application/octet-stream;
        location / { dav_methods PUT; create_full_put_path on; }
        location /basic/ {
            auth_basic "artrepo test";
            auth_basic_user_file $DIR/users;
            dav_methods PUT;
            create_full_put_path on;
        }
        location /bearer/ {
            if (\$http_authorization != "Bearer $TOKEN") { return 401; }
            dav_methods PUT;
            create_full_put_path on;
        }
        location = /oauth/token {
            default_type application/json;
            if (\$http_authorization != "Basic $basic_client") {
                return 401 '{"error":"invalid_client","error_description":"no such client"}';
            }
            return 200 '{"access_token":"$TOKEN","token_type":"Bearer","expires_in":3600}';
        }
        location /readonly/ { }
        location /flat/ { dav_methods PUT; }
        location /limited/ { client_max_body_size 1k; dav_methods PUT; create_full_put_path on; }
        location /noranges/ { max_ranges 0; }
        location ~ ^/moved(/.*) { return 301 \$1; }
        location ~ ^/sent(/.*) { return 307 \$1; }
        location ~ ^/away(/.*) { return 307 https://127.0.0.1:$TLS_PORT\$1; }
        location ~ ^/plain(/.*) { return 307 http://127.0.0.1:$PORT\$1; }
        location ~ ^/elsewhere(/.*) { return 307 https://localhost:$CLIENT_PORT\$1; }
        location /circle/ { return 302 \$request_uri; }
END
}

write_configuration() {
    cat >"$DIR/nginx.conf" <<END
$([ "$(id -u)" -ne 0 ] || echo "user root;")
worker_processes 2;
daemon off;
pid $DIR/nginx.pid;
error_log $DIR/error.log warn;
events { worker_connections 512; }
http {
    access_log off;
    proxy_temp_path $DIR/proxy;
    fastcgi_temp_path $DIR/fastcgi;
    uwsgi_temp_path $DIR/uwsgi;
    scgi_temp_path $DIR/scgi;
    types { text/plain txt; text/html html; application/json json; }
    ssl_certificate $DIR/tls/server.pem;
    ssl_certificate_key $DIR/tls/server-key.pem;
    server {
        listen 127.0.0.1:$PORT;
        listen 127.0.0.1:$TLS_PORT ssl;
$(locations)
    }
    server {
        listen 127.0.0.1:$CLIENT_PORT ssl;
        ssl_client_certificate $DIR/tls/ca.pem;
        ssl_verify_client on;
$(locations)
    }
}
END
}

launch() {
    for _ in 1 2 3 4 5; do
        PORT=$(free_port) && TLS_PORT=$(free_port) && CLIENT_PORT=$(free_port) || return 1
        write_configuration || return 1
        "$BINARY" -p "$DIR" -c "$DIR/nginx.conf" >"$DIR/nginx.log" 2>&1 </dev/null &
        PID=$!
        PIDS="$PIDS $PID"
        wait_for "$PID" curl -s -o /dev/null "http://127.0.0.1:$PORT/" && return 0
        end_processes "$BINARY" "$PID"
    done
    tail -n 20 "$DIR/nginx.log" "$DIR/error.log" >&2
    say "nginx does not answer"
    return 1
}

start() {
    BINARY=$(find_nginx) || {
        say "skipped: needs nginx"
        exit "$SKIPPED"
    }
    DATA=$DIR/data
    need_certificates
    # shellcheck disable=SC2086 # split into the processes started
    trap 'end_processes "$BINARY" $PIDS; rm -rf "$DATA"' EXIT
    mkdir -p "$DATA"/{flat,readonly,noranges} "$DIR/tmp" || exit 1
    printf '%s:%s\n' "$WEB_USER" "$(openssl passwd -apr1 "$WEB_PASSWORD")" >"$DIR/users" || exit 1
    launch || exit 1
    {
        export_line ARTREPO_TEST_NGINX "127.0.0.1:$PORT"
        export_line ARTREPO_TEST_NGINX_TLS "127.0.0.1:$TLS_PORT"
        export_line ARTREPO_TEST_NGINX_CLIENT_TLS "127.0.0.1:$CLIENT_PORT"
        export_line ARTREPO_TEST_NGINX_CA "$DIR/tls/ca.pem"
        export_line ARTREPO_TEST_NGINX_TLS_FILES "$DIR/tls"
        export_line ARTREPO_TEST_NGINX_USER "$WEB_USER"
        export_line ARTREPO_TEST_NGINX_PASSWORD "$WEB_PASSWORD"
        export_line ARTREPO_TEST_NGINX_CLIENT_ID "$CLIENT_ID"
        export_line ARTREPO_TEST_NGINX_CLIENT_SECRET "$CLIENT_SECRET"
        export_line ARTREPO_TEST_NGINX_DATA "$DATA"
        export_line ARTREPO_TEST_NGINX_PID "$PID"
    } >"$DIR/env.new" && keep_server || exit 1
}

stop() {
    end_processes "$(find_nginx)" "$ARTREPO_TEST_NGINX_PID"
    rm -rf "$ARTREPO_TEST_NGINX_DATA" "$DIR"/{tls,tmp,proxy,fastcgi,uwsgi,scgi}
    rm -f "$DIR"/{env,nginx.conf,nginx.pid,nginx.log,error.log,openssl.log,users}
}

run_action "$@"
