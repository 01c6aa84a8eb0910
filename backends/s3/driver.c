#include "s3/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "s3/store.h"

void ar_s3_region(ar_s3 *s3, char region[AR_S3_REGION_BYTES]) {
    pthread_mutex_lock(&s3->mutex);
    memcpy(region, s3->region, AR_S3_REGION_BYTES);
    pthread_mutex_unlock(&s3->mutex);
}

bool ar_s3_set_region(ar_s3 *s3, const char *region) {
    if (!ar_s3_is_region(region)) {
        return false;
    }
    pthread_mutex_lock(&s3->mutex);
    snprintf(s3->region, sizeof s3->region, "%s", region);
    pthread_mutex_unlock(&s3->mutex);
    return true;
}

artrepo_code ar_s3_check_key(const ar_s3 *s3, const char *verb, const char *key,
                             artrepo_error *error) {
    size_t length = strlen(key);
    if (length == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s in bucket '%s' at %s: the key is empty; name an object", verb,
                                 s3->config.bucket, s3->endpoint);
    }
    if (length > AR_S3_MAX_KEY) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s in bucket '%s' at %s: the key '%.40s...' has %zu bytes, and "
                                 "S3 takes 1,024 at most; use a shorter one",
                                 verb, s3->config.bucket, s3->endpoint, key, length);
    }
    return ARTREPO_OK;
}

static void close_store(void *state) {
    ar_s3 *s3 = state;
    ar_http_client_close(s3->http);
    ar_s3_signer_close(&s3->signer);
    ar_s3_provider_close(&s3->provider);
    ar_s3_config_free(&s3->config);
    ar_s3_endpoint_memory_close(s3->memory);
    ar_s3_part_buffers_close(&s3->part_buffers);
    pthread_mutex_destroy(&s3->mutex);
    free(s3->endpoint);
    free(s3);
}

static artrepo_code open_transport(ar_s3 *s3, artrepo_error *error) {
    ar_buffer endpoint = AR_BUFFER_INIT;
    if (!ar_buffer_printf(&endpoint, "%s://%s%s", s3->config.tls ? "https" : "http",
                          s3->config.host, s3->config.path)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for s3");
    }
    s3->endpoint = endpoint.data;
    s3->memory = ar_s3_endpoint_memory_open(s3->endpoint);
    if (s3->memory == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for s3");
    }
    if (s3->config.endpoint.without_checksums) {
        atomic_store(&s3->memory->refuses_checksums, true);
        atomic_store(&s3->memory->refuses_checksum_mode, true);
    }
    ar_http_options options = {
        .ca_pem = s3->config.ca.size > 0 ? s3->config.ca.data : NULL,
        .ca_pem_size = s3->config.ca.size,
    };
    return ar_http_client_open(&options, &s3->http, error);
}

static artrepo_code open_store(const artrepo_driver_settings *settings,
                               artrepo_operation *operation, void **state, artrepo_error *error) {
    (void)operation;
    ar_s3 *s3 = calloc(1, sizeof *s3);
    if (s3 == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for s3");
    }
    pthread_mutex_init(&s3->mutex, NULL);
    ar_s3_part_buffers_open(&s3->part_buffers);
    ar_s3_signer_open(&s3->signer);
    ar_s3_provider_open(&s3->provider);
    artrepo_code code = ar_s3_config_read(settings, &s3->config, error);
    if (code == ARTREPO_OK) {
        ar_s3_set_region(s3, s3->config.region);
        code = ar_s3_provider_configure(&s3->provider, settings, s3->config.region, error);
    }
    if (code == ARTREPO_OK) {
        code = open_transport(s3, error);
    }
    if (code != ARTREPO_OK) {
        close_store(s3);
        return code;
    }
    *state = s3;
    return ARTREPO_OK;
}

const artrepo_driver artrepo_driver_s3 = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "s3",
    .capabilities = ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT |
                    ARTREPO_CAN_RETRY_PUT,
    .open = open_store,
    .close = close_store,
    .stat = ar_s3_stat,
    .get = ar_s3_get,
    .put = ar_s3_put,
    .list = ar_s3_list,
    .remove = ar_s3_remove,
    .remove_many = ar_s3_remove_many,
};
