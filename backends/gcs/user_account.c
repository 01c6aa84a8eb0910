#include "gcs/user_account.h"

#include <stdio.h>

#include "remote/oauth.h"
#include "remote/secret.h"

#define FORM_BYTES 8192

static artrepo_code build_form(const ar_gcs_account *account, ar_buffer *form,
                               artrepo_error *error) {
    const char *id, *secret, *token;
    artrepo_code code = ar_gcs_account_member(account, "client_id", &id, error);
    if (code == ARTREPO_OK) {
        code = ar_gcs_account_member(account, "client_secret", &secret, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_gcs_account_member(account, "refresh_token", &token, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    bool ok = ar_buffer_reserve(form, FORM_BYTES) &&
              ar_oauth_append_field(form, "grant_type", "refresh_token") &&
              ar_oauth_append_field(form, "client_id", id) &&
              ar_oauth_append_field(form, "client_secret", secret) &&
              ar_oauth_append_field(form, "refresh_token", token);
    return ok ? ARTREPO_OK
              : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request of a token");
}

artrepo_code ar_gcs_user_account_token(const ar_gcs_account *account, ar_found_credentials *found,
                                       artrepo_error *error) {
    const char *url;
    char what[700];
    ar_buffer form = AR_BUFFER_INIT;
    artrepo_code code = ar_gcs_account_address(account, "token_uri", AR_GCS_TOKEN_URL, &url, error);
    if (code == ARTREPO_OK) {
        code = build_form(account, &form, error);
    }
    if (code == ARTREPO_OK) {
        snprintf(what, sizeof what, "get a token for the user of %.200s at %.300s", account->where,
                 url);
        ar_oauth_request request = {.what = what, .url = url, .form = &form};
        code = ar_oauth_fetch(NULL, &request, 3600, found, account->operation, error);
        found->origin = "a user's login";
    }
    ar_secret_wipe_buffer(&form);
    return code;
}
