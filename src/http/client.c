#include "http/client.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/signal.h"
#include "http/transfer.h"

enum { MAX_IDLE = 64 };
#define CONNECT_TIMEOUT_MS 15000L
#define STALL_TIMEOUT_S 60L
#define PROBE_TIMEOUT_MS 5000L
#define BUFFER_BYTES (256L << 10)

struct ar_http_client {
    char *ca_pem;
    size_t ca_pem_size;
    char *user_agent;
    long connect_timeout_ms, stall_timeout_s;
    CURLSH *share; /* addresses and TLS sessions */
    pthread_mutex_t share_locks[CURL_LOCK_DATA_LAST];
    pthread_mutex_t mutex;
    CURL *idle[MAX_IDLE]; /* each with its open connection; the latest used last */
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

static bool copy_options(ar_http_client *client, const ar_http_options *options) {
    client->connect_timeout_ms =
        options->connect_timeout_ms > 0 ? (long)options->connect_timeout_ms : CONNECT_TIMEOUT_MS;
    client->stall_timeout_s =
        options->stall_timeout_s > 0 ? (long)options->stall_timeout_s : STALL_TIMEOUT_S;
    if (options->ca_pem != NULL) {
        client->ca_pem = malloc(options->ca_pem_size + 1);
        if (client->ca_pem == NULL) {
            return false;
        }
        memcpy(client->ca_pem, options->ca_pem, options->ca_pem_size);
        client->ca_pem[options->ca_pem_size] = '\0';
        client->ca_pem_size = options->ca_pem_size;
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

void ar_http_client_close(ar_http_client *client) {
    if (client == NULL) {
        return;
    }
    for (size_t i = 0; i < client->idle_count; i++) {
        curl_easy_cleanup(client->idle[i]);
    }
    if (client->share != NULL) {
        curl_share_cleanup(client->share);
    }
    for (size_t i = 0; i < CURL_LOCK_DATA_LAST; i++) {
        pthread_mutex_destroy(&client->share_locks[i]);
    }
    pthread_mutex_destroy(&client->mutex);
    free(client->ca_pem);
    free(client->user_agent);
    free(client);
}

/* ---- handles ---- */

static void set_client_options(const ar_http_client *client, CURL *curl) {
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_MAXCONNECTS, 2L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, client->user_agent);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, client->connect_timeout_ms);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, client->stall_timeout_s);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, BUFFER_BYTES);
    if (client->ca_pem != NULL) {
        struct curl_blob blob = {client->ca_pem, client->ca_pem_size, CURL_BLOB_NOCOPY};
        curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &blob);
        /* The system's directory would be trusted beside it. */
        curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
    }
}

static CURL *take_handle(ar_http_client *client) {
    CURL *curl = NULL;
    pthread_mutex_lock(&client->mutex);
    if (client->idle_count > 0) {
        curl = client->idle[--client->idle_count];
    }
    pthread_mutex_unlock(&client->mutex);
    if (curl == NULL) {
        curl = curl_easy_init();
        if (curl != NULL) {
            curl_easy_setopt(curl, CURLOPT_SHARE, client->share); /* outlives resets */
        }
    }
    if (curl != NULL) {
        set_client_options(client, curl);
    }
    return curl;
}

/* Connections stay with the handle; all else is forgotten. */
static void give_back(ar_http_client *client, CURL *curl) {
    curl_easy_reset(curl);
    pthread_mutex_lock(&client->mutex);
    if (client->idle_count < MAX_IDLE) {
        client->idle[client->idle_count++] = curl;
        curl = NULL;
    }
    pthread_mutex_unlock(&client->mutex);
    if (curl != NULL) {
        curl_easy_cleanup(curl);
    }
}

artrepo_code ar_http_client_send(ar_http_client *client, const ar_http_request *request,
                                 ar_http_response *response, artrepo_operation *operation,
                                 artrepo_error *error) {
    ar_http_response_clear(response);
    CURL *curl = take_handle(client);
    if (curl == NULL) {
        response->failure = AR_HTTP_LOCAL;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request");
    }
    ar_http_transfer transfer = {.curl = curl,
                                 .request = request,
                                 .response = response,
                                 .operation = operation,
                                 .failure = ARTREPO_ERROR_INIT};
    artrepo_code code = ar_http_transfer_run(&transfer, error);
    give_back(client, curl);
    return code;
}

bool ar_http_client_speaks_tls(ar_http_client *client, const char *server) {
    char url[512];
    CURL *curl = take_handle(client);
    if (curl == NULL || snprintf(url, sizeof url, "https://%s/", server) >= (int)sizeof url) {
        curl_easy_cleanup(curl);
        return false;
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, PROBE_TIMEOUT_MS);
    ar_http_signal held;
    ar_http_signal_hold(&held);
    CURLcode result = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    ar_http_signal_release(&held);
    return result == CURLE_OK || result == CURLE_PEER_FAILED_VERIFICATION;
}
