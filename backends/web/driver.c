#include "web/driver.h"

#include <stdlib.h>
#include <string.h>

#include "web/store.h"

static void close_store(void *state) {
    ar_web *web = state;
    if (web->foreign != web->http) {
        ar_http_client_close(web->foreign);
    }
    ar_http_client_close(web->http);
    ar_provider_close(&web->tokens);
    ar_web_config_free(&web->config);
    free(web);
}

static artrepo_code open_transport(ar_web *web, artrepo_error *error) {
    const ar_web_config *config = &web->config;
    ar_http_options options = {
        .ca_pem = config->ca.size > 0 ? config->ca.data : NULL,
        .ca_pem_size = config->ca.size,
        .certificate_pem = config->certificate.data,
        .certificate_pem_size = config->certificate.size,
        .key_pem = config->key.data,
        .key_pem_size = config->key.size,
    };
    artrepo_code code = ar_http_client_open(&options, &web->http, error);
    if (code != ARTREPO_OK || options.certificate_pem == NULL) {
        web->foreign = web->http;
        return code;
    }
    options.certificate_pem = options.key_pem = NULL;
    options.certificate_pem_size = options.key_pem_size = 0;
    return ar_http_client_open(&options, &web->foreign, error);
}

static artrepo_code open_store(const artrepo_driver_settings *settings, bool artifactory,
                               void **state, artrepo_error *error) {
    ar_web *web = calloc(1, sizeof *web);
    if (web == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for http");
    }
    ar_provider_open(&web->tokens, &ar_web_token_kind, web);
    artrepo_code code = ar_web_config_read(settings, artifactory, &web->config, error);
    if (code == ARTREPO_OK) {
        code = open_transport(web, error);
    }
    if (code != ARTREPO_OK) {
        close_store(web);
        return code;
    }
    *state = web;
    return ARTREPO_OK;
}

static artrepo_code open_http(const artrepo_driver_settings *settings, artrepo_operation *operation,
                              void **state, artrepo_error *error) {
    (void)operation;
    return open_store(settings, false, state, error);
}

static artrepo_code open_artifactory(const artrepo_driver_settings *settings,
                                     artrepo_operation *operation, void **state,
                                     artrepo_error *error) {
    (void)operation;
    return open_store(settings, true, state, error);
}

/* HTTP has no verb to list; DELETE would work in places, and the executor has it in none. */
enum { CAPABILITIES = ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT };

const artrepo_driver artrepo_driver_http = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "http",
    .capabilities = CAPABILITIES,
    .open = open_http,
    .close = close_store,
    .stat = ar_web_stat,
    .get = ar_web_get,
    .put = ar_web_put,
};

const artrepo_driver artrepo_driver_artifactory = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "artifactory",
    .capabilities = CAPABILITIES,
    .open = open_artifactory,
    .close = close_store,
    .stat = ar_web_stat,
    .get = ar_web_get,
    .put = ar_web_put,
};
