/*
 * Tokens of OAuth 2.0, as credentials of a provider (provider.h): the value is the header line
 * "Authorization: Bearer TOKEN".
 */
#ifndef AR_REMOTE_OAUTH_H
#define AR_REMOTE_OAUTH_H

#include <stddef.h>

#include "http/client.h"
#include "remote/provider.h"

/* A provider's kind has these two for its values. */
bool ar_oauth_are_equal(const void *a, const void *b);
void ar_oauth_free(void *header);

/* The header line of TOKEN, for ar_oauth_free(). ARTREPO_IO when it cannot stand in
 * a header; WHAT goes before the message. */
artrepo_code ar_oauth_header(const char *token, const char *what, void **header,
                             artrepo_error *error);

/* Appends "NAME=VALUE" to a form, percent-encoded, behind an "&" where one is due. A NULL VALUE
 * appends nothing. Reserve room before where VALUE is a secret. False when there is no memory. */
bool ar_oauth_append_field(ar_buffer *form, const char *name, const char *value);

typedef struct ar_oauth_request {
    const char *what; /* "get a token for s@p from https://host/path"; goes before messages */
    const char *url;
    const char *const *headers; /* beside Content-Type and Accept */
    size_t header_count;        /* up to 4 */
    const ar_buffer *form;
} ar_oauth_request;

/*
 * Posts the form to a token endpoint and reads its answer (RFC 6749, section 5), with the
 * operation's retries. CLIENT NULL: by one of its own. ARTREPO_ACCESS_DENIED with the server's
 * words when it refuses. FOUND's origin is the caller's to set; FALLBACK_S is how long a token
 * without expires_in is good for (0: for ever). ERROR is never NULL.
 */
artrepo_code ar_oauth_fetch(ar_http_client *client, const ar_oauth_request *request,
                            int64_t fallback_s, ar_found_credentials *found,
                            artrepo_operation *operation, artrepo_error *error);

/* The same for an answer that came otherwise, such as a metadata server's. One attempt. */
artrepo_code ar_oauth_read(const ar_http_response *response, const char *what, int64_t fallback_s,
                           ar_found_credentials *found, artrepo_error *error);

#endif
