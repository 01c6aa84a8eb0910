#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/redact.h"
#include "http/signal.h"
#include "http/transfer.h"
#include "http/trust.h"

enum { MAX_IDLE = 96 };
#define CONNECT_TIMEOUT_MS 15000L
#define PROBE_TIMEOUT_MS 10000L /* on a machine that is busy a handshake takes seconds */

struct ar_http_client {
    char *ca_pem;
    size_t ca_pem_size;
    char *certificate_pem, *key_pem; /* NULL: none */
    size_t certificate_pem_size, key_pem_size;
    char *user_agent;
    long connect_timeout_ms, stall_timeout_s;
    bool direct;
    CURLSH *share; /* addresses and TLS sessions */
    pthread_mutex_t share_locks[CURL_LOCK_DATA_LAST];
    pthread_mutex_t mutex;
    ar_http_trust *trust; /* NULL: curl's own way */
    bool trust_tried;
    ar_http_transfer *idle[MAX_IDLE]; /* each with its open connection; the latest used last */
    size_t idle_count;
};

/* ---- curl, once for the process ---- */

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_open(void) {
    global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void lock_share(CURL *curl, curl_lock_data data, curl_lock_access access, void *user) {
    (void)curl;
    (void)access;
    ar_http_client *client = user;
    pthread_mutex_lock(&client->share_locks[data]);
}

static void unlock_share(CURL *curl, curl_lock_data data, void *user) {
    (void)curl;
    ar_http_client *client = user;
    pthread_mutex_unlock(&client->share_locks[data]);
}

static bool open_share(ar_http_client *client) {
    client->share = curl_share_init();
    if (client->share == NULL) {
        return false;
    }
    curl_share_setopt(client->share, CURLSHOPT_LOCKFUNC, lock_share);
    curl_share_setopt(client->share, CURLSHOPT_UNLOCKFUNC, unlock_share);
    curl_share_setopt(client->share, CURLSHOPT_USERDATA, client);
    curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS);
    curl_share_setopt(client->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    return true;
}

/* ---- the client ---- */

/* False when there is no memory. */
static bool copy_pem(const char *pem, size_t size, char **copy) {
    if (pem == NULL) {
        return true;
    }
    *copy = malloc(size + 1);
    if (*copy == NULL) {
        return false;
    }
    memcpy(*copy, pem, size);
    (*copy)[size] = '\0';
    return true;
}

static bool copy_options(ar_http_client *client, const ar_http_options *options) {
    client->connect_timeout_ms =
        options->connect_timeout_ms > 0 ? (long)options->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    client->stall_timeout_s = options->stall_timeout_s > 0 ? (long)options->stall_timeout_s : 0;
    client->direct = options->direct;
    client->ca_pem_size = options->ca_pem_size;
    client->certificate_pem_size = options->certificate_pem_size;
    client->key_pem_size = options->key_pem_size;
    if (!copy_pem(options->ca_pem, options->ca_pem_size, &client->ca_pem) ||
        !copy_pem(options->certificate_pem, options->certificate_pem_size,
                  &client->certificate_pem) ||
        !copy_pem(options->key_pem, options->key_pem_size, &client->key_pem)) {
        return false;
    }
    client->user_agent = strdup(options->user_agent == NULL ? "artrepo" : options->user_agent);
    return client->user_agent != NULL;
}

artrepo_code ar_http_client_open(const ar_http_options *options, ar_http_client **out,
                                 artrepo_error *error) {
    pthread_once(&global_once, global_open);
    if (global_result != CURLE_OK) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "cannot set up libcurl: %s",
                                 curl_easy_strerror(global_result));
    }
    ar_http_client *client = calloc(1, sizeof *client);
    if (client == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an HTTP client");
    }
    pthread_mutex_init(&client->mutex, NULL);
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++) {
        pthread_mutex_init(&client->share_locks[i], NULL);
    }
    if (!copy_options(client, options) || !open_share(client)) {
        ar_http_client_close(client);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an HTTP client");
    }
    *out = client;
    return ARTREPO_OK;
}

static void free_transfer(ar_http_transfer *transfer) {
    ar_http_transfer_close(transfer);
    free(transfer);
}

void ar_http_client_close(ar_http_client *client) {
    if (client == NULL) {
        return;
    }
    for (size_t i = 0; i < client->idle_count; i++) {
        free_transfer(client->idle[i]);
    }
    ar_http_trust_close(client->trust);
    if (client->share != NULL) {
        curl_share_cleanup(client->share);
    }
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++) {
        pthread_mutex_destroy(&client->share_locks[i]);
    }
    pthread_mutex_destroy(&client->mutex);
    free(client->ca_pem);
    free(client->certificate_pem);
    if (client->key_pem != NULL) {
        explicit_bzero(client->key_pem, client->key_pem_size);
    }
    free(client->key_pem);
    free(client->user_agent);
    free(client);
}

/* ---- handles ---- */

/* Options that curl copies: a request without them would be another one than was asked for, such as
 * one through a proxy, or to a server that nobody was to trust. */
static CURLcode set_copied_options(const ar_http_client *client, ar_http_trust *trust, CURL *curl) {
    CURLcode result = curl_easy_setopt(curl, CURLOPT_USERAGENT, client->user_agent);
    if (result == CURLE_OK && client->direct) {
        result = curl_easy_setopt(curl, CURLOPT_PROXY, "");
    }
    if (result == CURLE_OK && client->certificate_pem != NULL && client->key_pem != NULL) {
        struct curl_blob certificate = {client->certificate_pem, client->certificate_pem_size,
                                        CURL_BLOB_NOCOPY};
        struct curl_blob key = {client->key_pem, client->key_pem_size, CURL_BLOB_NOCOPY};
        result = curl_easy_setopt(curl, CURLOPT_SSLCERT_BLOB, &certificate);
        result = result == CURLE_OK ? curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &key) : result;
    }
    if (result == CURLE_OK && trust == NULL && client->ca_pem != NULL) {
        struct curl_blob blob = {client->ca_pem, client->ca_pem_size, CURL_BLOB_NOCOPY};
        result = curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
        /* The system's directory would be trusted beside it. */
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
    return result;
}

static CURLcode set_client_options(const ar_http_client *client, ar_http_trust *trust, CURL *curl) {
    curl_easy_setopt(curl, CURLOPT_SHARE, client->share);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, client->connect_timeout_ms);
    if (trust != NULL) {
        ar_http_trust_use(trust, curl);
    }
    return set_copied_options(client, trust, curl);
}

/* At the first request over TLS: reading the system's bundle takes a while. */
static void open_trust(ar_http_client *client, const char *url) {
    if (strncmp(url, "https://", 8) == 0 && !client->trust_tried) {
        client->trust_tried = true;
        client->trust = ar_http_trust_open(client->ca_pem, client->ca_pem_size);
    }
}

/* NULL, and *RESULT says why. */
static CURL *new_curl(const ar_http_client *client, ar_http_trust *trust, CURLcode *result) {
    CURL *curl = curl_easy_init();
    *result = curl == NULL ? CURLE_OUT_OF_MEMORY : set_client_options(client, trust, curl);
    if (*result != CURLE_OK) {
        curl_easy_cleanup(curl);
        return NULL;
    }
    return curl;
}

static ar_http_transfer *new_transfer(const ar_http_client *client, ar_http_trust *trust,
                                      CURLcode *result) {
    CURL *curl = new_curl(client, trust, result);
    ar_http_transfer *transfer = curl == NULL ? NULL : malloc(sizeof *transfer);
    if (transfer == NULL) {
        curl_easy_cleanup(curl);
        return NULL;
    }
    if (!ar_http_transfer_open(transfer, curl, client->stall_timeout_s)) {
        free(transfer);
        return NULL;
    }
    transfer->has_trust = trust != NULL;
    return transfer;
}

/* NULL when there is none to be had; unless *RESULT says otherwise, for want of memory. */
static ar_http_transfer *take_transfer(ar_http_client *client, const char *url, CURLcode *result) {
    ar_http_transfer *transfer = NULL;
    pthread_mutex_lock(&client->mutex);
    open_trust(client, url);
    ar_http_trust *trust = client->trust;
    if (client->idle_count > 0) {
        transfer = client->idle[--client->idle_count];
    }
    pthread_mutex_unlock(&client->mutex);
    if (transfer == NULL) {
        return new_transfer(client, trust, result);
    }
    if (trust != NULL && !transfer->has_trust) { /* it has spoken plain HTTP so far */
        ar_http_trust_use(trust, transfer->curl);
        transfer->has_trust = true;
    }
    return transfer;
}

static void give_back(ar_http_client *client, ar_http_transfer *transfer) {
    pthread_mutex_lock(&client->mutex);
    if (client->idle_count < MAX_IDLE && !transfer->loop.broken) {
        client->idle[client->idle_count++] = transfer;
        transfer = NULL;
    }
    pthread_mutex_unlock(&client->mutex);
    if (transfer != NULL) {
        free_transfer(transfer);
    }
}

artrepo_code ar_http_client_send(ar_http_client *client, const ar_http_request *request,
                                 ar_http_response *response, artrepo_operation *operation,
                                 artrepo_error *error) {
    ar_http_response_clear(response);
    CURLcode result = CURLE_OK;
    ar_http_transfer *transfer = take_transfer(client, request->url, &result);
    if (transfer == NULL) {
        response->failure = AR_HTTP_LOCAL;
        if (result == CURLE_OK || result == CURLE_OUT_OF_MEMORY) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request");
        }
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED, "libcurl cannot be set up: %s",
                                 curl_easy_strerror(result));
    }
    artrepo_code code = ar_http_transfer_run(transfer, request, response, operation, error);
    give_back(client, transfer);
    if (response->status / 100 != 2) {
        ar_http_redact(request, response);
    }
    return code;
}

bool ar_http_client_speaks_tls(ar_http_client *client, const char *server) {
    char url[512];
    CURLcode result;
    CURL *curl = new_curl(client, NULL, &result);
    if (curl == NULL || snprintf(url, sizeof url, "https://%s/", server) >= (int)sizeof url) {
        curl_easy_cleanup(curl);
        return false;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, PROBE_TIMEOUT_MS);
    ar_http_signal held;
    ar_http_signal_hold(&held);
    result = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    ar_http_signal_release(&held);
    return result == CURLE_OK || result == CURLE_PEER_FAILED_VERIFICATION;
}
