/* Tokens of OAuth 2.0 by client credentials (RFC 6749, section 4.4). */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "remote/oauth.h"
#include "remote/percent.h"
#include "remote/secret.h"
#include "web/address.h"
#include "web/store.h"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a token");
}

/* The id and the secret, each encoded as in a form (section 2.3.1). */
static char *client_header(const ar_web_oauth *oauth) {
    ar_buffer id = AR_BUFFER_INIT, secret = AR_BUFFER_INIT;
    bool ok = ar_buffer_reserve(&secret, 3 * oauth->client_secret.size + 1) &&
              ar_buffer_append_text(&id, "") && ar_buffer_append_text(&secret, "") &&
              ar_percent_encode(&id, oauth->client_id.data, false) &&
              ar_percent_encode(&secret, oauth->client_secret.data, false);
    char *header = ok ? ar_web_basic_header(id.data, secret.data) : NULL;
    ar_secret_wipe_buffer(&id);
    ar_secret_wipe_buffer(&secret);
    return header;
}

static bool build_form(const ar_web_oauth *oauth, bool with_client, ar_buffer *form) {
    const char *grant = oauth->grant_type == NULL ? "client_credentials" : oauth->grant_type;
    return ar_buffer_reserve(form, 512 + 3 * (oauth->client_id.size + oauth->client_secret.size) +
                                       oauth->parameters.size) &&
           ar_oauth_append_field(form, "grant_type", grant) &&
           ar_oauth_append_field(form, "scope", oauth->scopes) &&
           (oauth->parameters.size == 0 ||
            (ar_buffer_append_char(form, '&') &&
             ar_buffer_append(form, oauth->parameters.data, oauth->parameters.size))) &&
           (!with_client ||
            (ar_oauth_append_field(form, "client_id", oauth->client_id.data) &&
             ar_oauth_append_field(form, "client_secret", oauth->client_secret.data)));
}

/* The client is named in the header, as servers must take it, or in the form, as some want it. */
static artrepo_code fetch(ar_web *web, bool in_form, ar_found_credentials *found,
                          artrepo_operation *operation, artrepo_error *error) {
    const ar_web_oauth *oauth = &web->config.oauth;
    char where[600], what[700];
    ar_buffer form = AR_BUFFER_INIT;
    char *header = in_form ? NULL : client_header(oauth);
    const char *headers[] = {header};
    ar_web_address_show(oauth->token_url.data, where, sizeof where);
    snprintf(what, sizeof what, "get a token from %s", where);
    ar_oauth_request request = {.what = what,
                                .url = oauth->token_url.data,
                                .headers = headers,
                                .header_count = in_form ? 0 : 1,
                                .form = &form};
    artrepo_code code = (!in_form && header == NULL) || !build_form(oauth, in_form, &form)
                            ? no_memory(error)
                            : ar_oauth_fetch(web->foreign, &request, 0, found, operation, error);
    ar_secret_wipe_text(&header);
    ar_secret_wipe_buffer(&form);
    return code;
}

static bool is_refusal(const artrepo_error *error) {
    return error->http_status >= 400 && error->http_status < 500 && error->http_status != 429;
}

static artrepo_code find(void *context, artrepo_operation *operation, ar_found_credentials *found,
                         artrepo_error *error) {
    ar_web *web = context;
    bool in_form = atomic_load(&web->client_in_form);
    artrepo_code code = fetch(web, in_form, found, operation, error);
    if (code != ARTREPO_OK && !in_form && is_refusal(error)) {
        artrepo_error second = ARTREPO_ERROR_INIT;
        if (fetch(web, true, found, operation, &second) == ARTREPO_OK) {
            atomic_store(&web->client_in_form, true);
            code = ARTREPO_OK;
        }
    }
    found->origin = "auth.oauth2";
    if (code == ARTREPO_ACCESS_DENIED) {
        size_t length = strlen(error->message);
        snprintf(error->message + length, sizeof error->message - length,
                 "; check clientIDSecret, clientSecretSecret and scopes of auth.oauth2");
    }
    return code;
}

const ar_credentials_kind ar_web_token_kind = {find, ar_oauth_are_equal, ar_oauth_free};
