/* open and close: settings to what libs3 is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libs3/store.h"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the settings of libs3");
}

static bool is_empty(const char *text) {
    return text == NULL || text[0] == '\0';
}

/* ---- endpoint ---- */

static const char *skip_scheme(const char *endpoint, bool *tls) {
    static const char plain[] = "http://", secure[] = "https://";
    if (strncmp(endpoint, plain, sizeof plain - 1) == 0) {
        *tls = false;
        return endpoint + sizeof plain - 1;
    }
    if (strncmp(endpoint, secure, sizeof secure - 1) == 0) {
        *tls = true;
        return endpoint + sizeof secure - 1;
    }
    return endpoint;
}

static artrepo_code read_endpoint(const artrepo_driver_settings *settings, ar_libs3 *store,
                                  artrepo_error *error) {
    const char *endpoint = artrepo_driver_settings_get(settings, "endpoint");
    bool tls = !artrepo_driver_settings_get_bool(settings, "insecure", false);
    if (is_empty(endpoint)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "endpoint is missing; name the store as HOST or HOST:PORT");
    }
    const char *host = skip_scheme(endpoint, &tls);
    size_t length = strcspn(host, "/");
    if (length == 0 || strpbrk(host, " \t\r\n?#@\\%") != NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID, "endpoint '%s' is no HOST or HOST:PORT",
                                 endpoint);
    }
    if (strspn(host + length, "/") != strlen(host + length)) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "the driver libs3 does not support an endpoint with a path, as in "
                                 "'%s'; use the driver s3",
                                 endpoint);
    }
    if (length > S3_MAX_HOSTNAME_SIZE) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "endpoint has %zu characters, and libs3 takes %d", length,
                                 S3_MAX_HOSTNAME_SIZE);
    }
    if (tls && !AR_LIBS3_VERIFIES_TLS) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "the driver libs3 does not support TLS (insecure: false): libs3 "
                                 "2.x takes any certificate, so that anybody could answer for %s; "
                                 "use the driver s3, or set insecure: true in a network you trust",
                                 host);
    }
    store->host = strndup(host, length);
    store->bucket.protocol = tls ? S3ProtocolHTTPS : S3ProtocolHTTP;
    snprintf(store->endpoint, sizeof store->endpoint, "http%s://%.*s", tls ? "s" : "", (int)length,
             host);
    return store->host == NULL ? no_memory(error) : ARTREPO_OK;
}

/* ---- bucket and addressing ---- */

static bool is_amazon(const char *host) {
    static const char suffix[] = ".amazonaws.com";
    size_t length = strlen(host);
    return length >= sizeof suffix && strcmp(host + length - (sizeof suffix - 1), suffix) == 0;
}

/* The same rule as that of the driver s3. */
static S3UriStyle automatic_style(const ar_libs3 *store) {
    bool dns_safe =
        S3_validate_bucket_name(store->bucket_name, S3UriStyleVirtualHost) == S3StatusOK;
    return is_amazon(store->host) && dns_safe ? S3UriStyleVirtualHost : S3UriStylePath;
}

static artrepo_code read_addressing(const artrepo_driver_settings *settings, ar_libs3 *store,
                                    artrepo_error *error) {
    const char *style = artrepo_driver_settings_get(settings, "addressingStyle");
    if (is_empty(style) || strcmp(style, "auto") == 0) {
        store->bucket.uriStyle = automatic_style(store);
    } else if (strcmp(style, "path") == 0) {
        store->bucket.uriStyle = S3UriStylePath;
    } else if (strcmp(style, "virtual-hosted") == 0) {
        store->bucket.uriStyle = S3UriStyleVirtualHost;
    } else {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "addressingStyle '%s' is none of path and virtual-hosted; leave "
                                 "it out for automatic",
                                 style);
    }
    S3Status status = S3_validate_bucket_name(store->bucket_name, store->bucket.uriStyle);
    return status == S3StatusOK
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INVALID,
                                   "bucket '%s' is not a name that libs3 takes: %s",
                                   store->bucket_name, S3_get_status_name(status));
}

static artrepo_code read_bucket(const artrepo_driver_settings *settings, ar_libs3 *store,
                                artrepo_error *error) {
    const char *bucket = artrepo_driver_settings_get(settings, "bucket");
    if (is_empty(bucket)) {
        return artrepo_error_set(error, ARTREPO_INVALID, "bucket is missing; name the bucket");
    }
    store->bucket_name = strdup(bucket);
    return store->bucket_name == NULL ? no_memory(error) : read_addressing(settings, store, error);
}

static artrepo_code read_region(const artrepo_driver_settings *settings, ar_libs3 *store,
                                artrepo_error *error) {
    const char *region = artrepo_driver_settings_get(settings, "region");
    if (is_empty(region)) {
        return ARTREPO_OK;
    }
    if (strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") !=
            strlen(region) ||
        strlen(region) > 31) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "region '%s' is no name of a region, such as us-east-1", region);
    }
    store->region = strdup(region);
    return store->region == NULL ? no_memory(error) : ARTREPO_OK;
}

/* ---- open and close ---- */

static artrepo_code read_settings(const artrepo_driver_settings *settings, ar_libs3 *store,
                                  artrepo_error *error) {
    artrepo_code code = ar_libs3_refuse_unsupported(settings, error);
    if (code == ARTREPO_OK) {
        code = read_endpoint(settings, store, error);
    }
    if (code == ARTREPO_OK) {
        code = read_bucket(settings, store, error);
    }
    if (code == ARTREPO_OK) {
        code = read_region(settings, store, error);
    }
    return code == ARTREPO_OK ? ar_libs3_read_credentials(settings, store, error) : code;
}

artrepo_code ar_libs3_open(const artrepo_driver_settings *settings, artrepo_operation *operation,
                           void **state, artrepo_error *error) {
    (void)operation;
    ar_libs3 *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return no_memory(error);
    }
    pthread_mutex_init(&store->mutex, NULL);
    artrepo_code code = read_settings(settings, store, error);
    if (code == ARTREPO_OK) {
        code = ar_libs3_library_open(error);
        store->uses_library = code == ARTREPO_OK;
    }
    if (code != ARTREPO_OK) {
        ar_libs3_close(store);
        return code;
    }
    store->bucket.hostName = store->host;
    store->bucket.bucketName = store->bucket_name;
    store->bucket.accessKeyId = store->access_key.data;
    store->bucket.secretAccessKey = store->secret_key.data;
#ifdef AR_LIBS3_V4
    store->bucket.authRegion = store->region;
#endif
    *state = store;
    return ARTREPO_OK;
}

void ar_libs3_close(void *state) {
    ar_libs3 *store = state;
    for (size_t i = 0; i < store->idle_count; i++) {
        S3_destroy_request_context(store->idle[i]);
    }
    if (store->uses_library) {
        ar_libs3_library_close();
    }
    artrepo_secret_clear(&store->access_key);
    artrepo_secret_clear(&store->secret_key);
    free(store->host);
    free(store->bucket_name);
    free(store->region);
    pthread_mutex_destroy(&store->mutex);
    free(store);
}
