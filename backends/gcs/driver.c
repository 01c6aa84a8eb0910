#include "gcs/driver.h"

#include <stdlib.h>
#include <string.h>

#include "gcs/store.h"

/* What may come behind LEAD, first of all: neither a longer form of something short, nor a half of
 * a surrogate pair, nor what is past Unicode's end. */
static bool may_follow(unsigned char lead, unsigned char next) {
    unsigned char least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    unsigned char most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    return next >= least && next <= most;
}

/* Names of objects are Unicode. */
static bool is_utf8(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    while (*c != '\0') {
        unsigned char lead = *c++;
        int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
        if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || (more > 0 && !may_follow(lead, *c))) {
            return false;
        }
        for (; more > 0; more--) {
            if ((*c++ & 0xc0) != 0x80) {
                return false;
            }
        }
    }
    return true;
}

artrepo_code ar_gcs_check_key(const ar_gcs *gcs, const char *verb, const char *key,
                              artrepo_error *error) {
    size_t length = strlen(key);
    const char *wrong = length == 0               ? "is empty; name an object"
                        : length > AR_GCS_MAX_KEY ? "is longer than the 1,024 bytes that GCS takes"
                        : strcmp(key, ".") == 0   ? "is no name that GCS takes"
                        : strcmp(key, "..") == 0  ? "is no name that GCS takes"
                        : strpbrk(key, "\r\n") != NULL ? "has a line break in it, which GCS refuses"
                        : !is_utf8(key)                ? "is not UTF-8, which GCS refuses"
                                                       : NULL;
    return wrong == NULL ? ARTREPO_OK
                         : artrepo_error_set(error, ARTREPO_INVALID,
                                             "%s in bucket '%s' at %s: the key '%.40s%s' %s", verb,
                                             gcs->config.bucket, gcs->config.endpoint, key,
                                             length > 40 ? "..." : "", wrong);
}

static void close_store(void *state) {
    ar_gcs *gcs = state;
    ar_http_client_close(gcs->http);
    ar_gcs_provider_close(&gcs->provider);
    ar_gcs_config_free(&gcs->config);
    free(gcs);
}

static artrepo_code open_store(const artrepo_driver_settings *settings,
                               artrepo_operation *operation, void **state, artrepo_error *error) {
    (void)operation;
    ar_gcs *gcs = calloc(1, sizeof *gcs);
    if (gcs == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for gcs");
    }
    ar_gcs_provider_open(&gcs->provider, &gcs->config);
    artrepo_code code = ar_gcs_config_read(settings, &gcs->config, error);
    if (code == ARTREPO_OK) {
        ar_http_options options = {0};
        code = ar_http_client_open(&options, &gcs->http, error);
    }
    if (code != ARTREPO_OK) {
        close_store(gcs);
        return code;
    }
    *state = gcs;
    return ARTREPO_OK;
}

const artrepo_driver artrepo_driver_gcs = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "gcs",
    .capabilities = ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT |
                    ARTREPO_CAN_RETRY_PUT | ARTREPO_COPIES_LINKS,
    .open = open_store,
    .close = close_store,
    .stat = ar_gcs_stat,
    .get = ar_gcs_get,
    .put = ar_gcs_put,
    .list = ar_gcs_list,
    .remove = ar_gcs_remove,
};
