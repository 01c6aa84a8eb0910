#include "gcs/service_account.h"

#include <stdio.h>

#include "base/clock.h"
#include "gcs/jwt.h"
#include "remote/oauth.h"
#include "remote/secret.h"

#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define LIFETIME_S 3600
#define BACKDATE_S 10 /* for clocks that are a little ahead */

static artrepo_code build_form(const ar_gcs_account *account, const char *email, const char *url,
                               ar_buffer *form, artrepo_error *error) {
    ar_buffer assertion = AR_BUFFER_INIT;
    int64_t now = ar_clock_wall_ms() / 1000 - BACKDATE_S;
    ar_gcs_assertion claims = {.issuer = email,
                               .audience = url,
                               .scope = AR_GCS_STORAGE_SCOPE,
                               .key_id = ar_json_text(account->root, "private_key_id"),
                               .issued_s = now,
                               .expires_s = now + LIFETIME_S};
    artrepo_code code = ar_gcs_account_member(account, "private_key", &claims.private_key, error);
    if (code == ARTREPO_OK) {
        code = ar_gcs_jwt_sign(&claims, &assertion, error);
        if (code != ARTREPO_OK) {
            artrepo_error_prefix(error, "%s", account->where);
        }
    }
    if (code == ARTREPO_OK && (!ar_buffer_reserve(form, assertion.size * 3 + 256) ||
                               !ar_oauth_append_field(form, "grant_type", GRANT) ||
                               !ar_oauth_append_field(form, "assertion", assertion.data))) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request of a token");
    }
    ar_secret_wipe_buffer(&assertion);
    return code;
}

artrepo_code ar_gcs_service_account_token(const ar_gcs_account *account,
                                          ar_found_credentials *found, artrepo_error *error) {
    const char *email, *url;
    char what[700];
    ar_buffer form = AR_BUFFER_INIT;
    artrepo_code code = ar_gcs_account_member(account, "client_email", &email, error);
    if (code == ARTREPO_OK) {
        code = ar_gcs_account_address(account, "token_uri", AR_GCS_TOKEN_URL, &url, error);
    }
    if (code == ARTREPO_OK) {
        code = build_form(account, email, url, &form, error);
    }
    if (code == ARTREPO_OK) {
        snprintf(what, sizeof what, "get a token for %.200s at %.300s", email, url);
        ar_oauth_request request = {.what = what, .url = url, .form = &form};
        code = ar_oauth_fetch(NULL, &request, LIFETIME_S, found, account->operation, error);
        found->origin = "the key of a service account";
    }
    ar_secret_wipe_buffer(&form);
    return code;
}
