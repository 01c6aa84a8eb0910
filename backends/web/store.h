/* An opened location of http or artifactory: what all rooms of this backend share. */
#ifndef AR_WEB_STORE_H
#define AR_WEB_STORE_H

#include <stdatomic.h>

#include "http/client.h"
#include "remote/provider.h"
#include "web/config.h"

typedef struct ar_web {
    ar_web_config config;
    ar_http_client *http;
    ar_http_client *foreign;    /* for other servers than the URL's: shows no client certificate */
    ar_provider tokens;         /* of OAuth 2.0, where the settings have it */
    atomic_bool client_in_form; /* the token endpoint takes no basic authentication */
    atomic_bool refuses_chunks; /* the server wants to know the length of what it is sent */
} ar_web;

/* ---- token.c ---- */

/* CONTEXT is the ar_web. */
extern const ar_credentials_kind ar_web_token_kind;

/* ---- driver.h's functions, one room each ---- */

artrepo_code ar_web_stat(void *state, const char *key, artrepo_object *object,
                         artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_web_get(void *state, const char *key, const artrepo_range *range,
                        artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                        artrepo_error *error);
artrepo_code ar_web_put(void *state, const char *key, artrepo_source *source,
                        const artrepo_put_options *options, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error);

#endif
