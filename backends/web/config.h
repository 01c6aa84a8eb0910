/* What the settings under `http:` and `artifactory:` mean. */
#ifndef AR_WEB_CONFIG_H
#define AR_WEB_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <artrepo/driver.h>

#include "base/buffer.h"

/* Client credentials of OAuth 2.0 (RFC 6749, section 4.4). */
typedef struct ar_web_oauth {
    bool given;
    artrepo_secret client_id, client_secret, token_url;
    char *scopes;         /* "a b"; NULL: none */
    char *grant_type;     /* of the endpoint's parameters; NULL: client_credentials */
    ar_buffer parameters; /* the endpoint's others, as a form */
} ar_web_oauth;

typedef struct ar_web_config {
    bool artifactory;
    char *url;                       /* without a user, a password and a fragment */
    char *path;                      /* the key that URL is the address of */
    char **headers;                  /* "Name: value", the user's */
    size_t header_count;             /* wiped: they may hold tokens */
    char *authorization;             /* "Authorization: Basic ..."; NULL: none */
    artrepo_secret certificate, key; /* to show to the server; empty: none */
    artrepo_secret ca;               /* to trust instead of the system's; empty: the system's */
    ar_web_oauth oauth;
    int64_t spool_limit; /* bytes of the temporary file of an upload */
} ar_web_config;

/* Free CONFIG (zeroed before) in every case. */
artrepo_code ar_web_config_read(const artrepo_driver_settings *settings, bool artifactory,
                                ar_web_config *config, artrepo_error *error);
void ar_web_config_free(ar_web_config *config);

/* "Authorization: Basic ..." of RFC 7617, to be wiped; NULL when there is no memory. */
char *ar_web_basic_header(const char *user, const char *password);

/* ---- identity.c ---- */

/* Whether the certificate and the key are PEM, can be read, and belong together. */
artrepo_code ar_web_check_identity(const artrepo_secret *certificate, const artrepo_secret *key,
                                   artrepo_error *error);

#endif
