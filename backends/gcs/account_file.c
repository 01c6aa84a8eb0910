#include "gcs/account_file.h"

#include <string.h>

#include "gcs/external_account.h"
#include "gcs/impersonation.h"
#include "gcs/service_account.h"
#include "gcs/user_account.h"
#include "remote/service.h"

/* ---- members ---- */

artrepo_code ar_gcs_account_member(const ar_gcs_account *account, const char *name,
                                   const char **value, artrepo_error *error) {
    *value = ar_json_text(account->root, name);
    return *value != NULL ? ARTREPO_OK
                          : artrepo_error_set(error, ARTREPO_INVALID, "%s: there is no %s in it",
                                              account->where, name);
}

static bool is_this_machine(const char *name) {
    return strcmp(name, "localhost") == 0 || strcmp(name, "::1") == 0 ||
           (strncmp(name, "127.", 4) == 0 && strspn(name, "0123456789.") == strlen(name));
}

artrepo_code ar_gcs_account_address(const ar_gcs_account *account, const char *name,
                                    const char *otherwise, const char **url, artrepo_error *error) {
    ar_service_address address;
    *url = ar_json_text(account->root, name);
    if (*url == NULL && otherwise != NULL) {
        *url = otherwise;
        return ARTREPO_OK;
    }
    if (*url == NULL) {
        return ar_gcs_account_member(account, name, url, error);
    }
    artrepo_code code = ar_service_address_of(*url, name, &address, error);
    if (code == ARTREPO_OK && !address.tls && !is_this_machine(address.name)) {
        code = artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "%s '%.200s': secrets are not sent over plain HTTP; use https",
                                 name, *url);
    }
    return code == ARTREPO_OK ? code : artrepo_error_prefix(error, "%s", account->where);
}

/* ---- types ---- */

typedef artrepo_code fetch(const ar_gcs_account *account, ar_found_credentials *found,
                           artrepo_error *error);

static const struct {
    const char *type;
    fetch *fetch;
} types[] = {
    {"service_account", ar_gcs_service_account_token},
    {"authorized_user", ar_gcs_user_account_token},
    {"external_account", ar_gcs_external_account_token},
    {"impersonated_service_account", ar_gcs_impersonated_account_token},
};

static artrepo_code fetch_by_type(const ar_gcs_account *account, bool keys_only,
                                  ar_found_credentials *found, artrepo_error *error) {
    const char *type;
    artrepo_code code = ar_gcs_account_member(account, "type", &type, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    size_t count = keys_only ? 1 : sizeof types / sizeof *types;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(type, types[i].type) == 0) {
            return types[i].fetch(account, found, error);
        }
    }
    return artrepo_error_set(error, keys_only ? ARTREPO_INVALID : ARTREPO_UNSUPPORTED,
                             "%s: credentials of type '%.60s' %s", account->where, type,
                             keys_only ? "are no key of a service account"
                                       : "are none of service_account, authorized_user, "
                                         "external_account and impersonated_service_account");
}

artrepo_code ar_gcs_account_token(const ar_gcs_account_text *text, artrepo_operation *operation,
                                  ar_found_credentials *found, artrepo_error *error) {
    json_error_t failure; /* its words quote the text */
    json_t *root = json_loadb(text->text, text->size, JSON_REJECT_DUPLICATES, &failure);
    ar_gcs_account account = {root, text->where, operation};
    artrepo_code code =
        json_is_object(root)
            ? fetch_by_type(&account, text->keys_only, found, error)
            : artrepo_error_set(error, ARTREPO_INVALID,
                                "%s: it is no JSON object, as Google's files of credentials are",
                                text->where);
    ar_json_wipe(root);
    return code;
}
