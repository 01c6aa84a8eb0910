#include "gcs/external_account.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gcs/impersonation.h"
#include "gcs/subject_token.h"
#include "remote/oauth.h"
#include "remote/secret.h"

#define GRANT "urn:ietf:params:oauth:grant-type:token-exchange"
#define ACCESS_TOKEN "urn:ietf:params:oauth:token-type:access_token"
#define TOKEN_URL "https://sts.googleapis.com/v1/token"
#define FORM_BYTES 4096

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request of a token");
}

/* Of workforce pools, whose people have no project of their own. */
static bool append_options(const ar_gcs_account *account, ar_buffer *form) {
    const char *project = ar_json_text(account->root, "workforce_pool_user_project");
    if (project == NULL || ar_json_text(account->root, "client_id") != NULL) {
        return true;
    }
    json_t *options = json_pack("{s:s}", "userProject", project);
    char *text = options == NULL ? NULL : json_dumps(options, JSON_COMPACT);
    bool ok = text != NULL && ar_oauth_append_field(form, "options", text);
    free(text);
    json_decref(options);
    return ok;
}

static artrepo_code build_form(const ar_gcs_account *account, bool impersonates, ar_buffer *form,
                               artrepo_error *error) {
    const char *audience, *type;
    artrepo_secret token = {NULL, 0};
    artrepo_code code = ar_gcs_account_member(account, "audience", &audience, error);
    if (code == ARTREPO_OK) {
        code = ar_gcs_account_member(account, "subject_token_type", &type, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_gcs_subject_token(account, &token, error);
    }
    if (code == ARTREPO_OK &&
        !(ar_buffer_reserve(form, FORM_BYTES + token.size * 3) &&
          ar_oauth_append_field(form, "grant_type", GRANT) &&
          ar_oauth_append_field(form, "audience", audience) &&
          ar_oauth_append_field(form, "scope",
                                impersonates ? AR_GCS_PLATFORM_SCOPE : AR_GCS_STORAGE_SCOPE) &&
          ar_oauth_append_field(form, "requested_token_type", ACCESS_TOKEN) &&
          ar_oauth_append_field(form, "subject_token_type", type) &&
          ar_oauth_append_field(form, "subject_token", token.data) &&
          append_options(account, form))) {
        code = no_memory(error);
    }
    artrepo_secret_clear(&token);
    return code;
}

/* "Authorization: Basic ..." of client_id and client_secret; NULL when they are not there. */
static artrepo_code build_client(const ar_gcs_account *account, char **header,
                                 artrepo_error *error) {
    static const char start[] = "Authorization: Basic ";
    const char *id = ar_json_text(account->root, "client_id");
    const char *secret = ar_json_text(account->root, "client_secret");
    *header = NULL;
    if (id == NULL || secret == NULL) {
        return ARTREPO_OK;
    }
    ar_buffer plain = AR_BUFFER_INIT;
    size_t size = strlen(id) + strlen(secret) + 1;
    if (ar_buffer_reserve(&plain, size + 1) && ar_buffer_printf(&plain, "%s:%s", id, secret)) {
        *header = malloc(sizeof start + size / 3 * 4 + 8);
    }
    if (*header != NULL) {
        memcpy(*header, start, sizeof start);
        EVP_EncodeBlock((unsigned char *)*header + sizeof start - 1,
                        (const unsigned char *)plain.data, (int)plain.size);
    }
    ar_secret_wipe_buffer(&plain);
    return *header == NULL ? no_memory(error) : ARTREPO_OK;
}

static artrepo_code exchange(const ar_gcs_account *account, const ar_buffer *form,
                             ar_found_credentials *found, artrepo_error *error) {
    const char *url;
    char *client = NULL;
    char what[700];
    artrepo_code code = ar_gcs_account_address(account, "token_url", TOKEN_URL, &url, error);
    if (code == ARTREPO_OK) {
        code = build_client(account, &client, error);
    }
    if (code == ARTREPO_OK) {
        snprintf(what, sizeof what, "get a token for the external account of %.200s at %.300s",
                 account->where, url);
        const char *headers[] = {client};
        ar_oauth_request request = {.what = what,
                                    .url = url,
                                    .headers = headers,
                                    .header_count = client == NULL ? 0 : 1,
                                    .form = form};
        code = ar_oauth_fetch(NULL, &request, 3600, found, account->operation, error);
        found->origin = "an external account";
    }
    ar_secret_wipe_text(&client);
    return code;
}

artrepo_code ar_gcs_external_account_token(const ar_gcs_account *account,
                                           ar_found_credentials *found, artrepo_error *error) {
    bool impersonates = ar_json_text(account->root, AR_GCS_IMPERSONATION_URL) != NULL;
    ar_buffer form = AR_BUFFER_INIT;
    artrepo_code code = build_form(account, impersonates, &form, error);
    if (code == ARTREPO_OK) {
        code = exchange(account, &form, found, error);
    }
    ar_secret_wipe_buffer(&form);
    return code == ARTREPO_OK && impersonates ? ar_gcs_impersonate(account, found, error) : code;
}
