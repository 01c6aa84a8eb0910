#include "gcs/provider.h"

#include "gcs/account_file.h"
#include "gcs/chain.h"
#include "remote/oauth.h"

static artrepo_code find(void *context, artrepo_operation *operation, ar_found_credentials *found,
                         artrepo_error *error) {
    const ar_gcs_provider *provider = context;
    const artrepo_secret *key = &provider->config->account_key;
    if (key->data == NULL) {
        return ar_gcs_chain_token(operation, found, error);
    }
    /* The reference takes no other kind there, since the others can name files and addresses. */
    ar_gcs_account_text text = {.text = key->data,
                                .size = key->size,
                                .where = "gcs.serviceAccountKeySecret",
                                .keys_only = true};
    return ar_gcs_account_token(&text, operation, found, error);
}

static const ar_credentials_kind kind = {find, ar_oauth_are_equal, ar_oauth_free};

void ar_gcs_provider_open(ar_gcs_provider *provider, const ar_gcs_config *config) {
    provider->config = config;
    ar_provider_open(&provider->shared, &kind, provider);
}

void ar_gcs_provider_close(ar_gcs_provider *provider) {
    ar_provider_close(&provider->shared);
}
