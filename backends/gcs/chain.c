#include "gcs/chain.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/secret.h"
#include "gcs/account_file.h"
#include "gcs/machine.h"
#include "remote/environment.h"
#include "remote/secret.h"

#define NAMED "GOOGLE_APPLICATION_CREDENTIALS"
#define MAX_FILE ((size_t)1 << 20)

static artrepo_code token_of_file(const char *path, const char *where, artrepo_operation *operation,
                                  ar_found_credentials *found, artrepo_error *error) {
    artrepo_secret content = {NULL, 0};
    artrepo_code code = ar_secret_read(path, MAX_FILE, &content, error);
    if (code != ARTREPO_OK) {
        return artrepo_error_prefix(error, "%s", where);
    }
    ar_secret_warn_readable(path, operation);
    char name[1200];
    snprintf(name, sizeof name, "%s %s", where, path);
    ar_gcs_account_text text = {.text = content.data, .size = content.size, .where = name};
    code = ar_gcs_account_token(&text, operation, found, error);
    artrepo_secret_clear(&content);
    if (code == ARTREPO_NOT_FOUND) { /* who has such a file wants no other credentials */
        error->code = code = ARTREPO_ACCESS_DENIED;
    }
    return code;
}

static artrepo_code from_named_file(artrepo_operation *operation, ar_found_credentials *found,
                                    artrepo_error *error) {
    const char *path = ar_environment(NAMED);
    if (path == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, NAMED " is not set");
    }
    artrepo_code code = token_of_file(path, NAMED, operation, found, error);
    if (code == ARTREPO_NOT_FOUND) {
        error->code = code = ARTREPO_ACCESS_DENIED;
    }
    return code;
}

/* What `gcloud auth application-default login` writes. */
static artrepo_code from_gcloud(artrepo_operation *operation, ar_found_credentials *found,
                                artrepo_error *error) {
    const char *directory = ar_environment("CLOUDSDK_CONFIG");
    const char *home = ar_environment("HOME");
    if (directory == NULL && home == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                 "neither CLOUDSDK_CONFIG nor HOME is set");
    }
    ar_buffer path = AR_BUFFER_INIT;
    bool ok = ar_buffer_printf(&path, "%s%s/application_default_credentials.json",
                               directory != NULL ? directory : home,
                               directory != NULL ? "" : "/.config/gcloud");
    artrepo_code code =
        ok ? token_of_file(path.data, "gcloud's file", operation, found, error)
           : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
    ar_buffer_free(&path);
    return code;
}

typedef artrepo_code source(artrepo_operation *operation, ar_found_credentials *found,
                            artrepo_error *error);

/* Each says ARTREPO_NOT_FOUND, and why, when it has nothing to say. */
static source *const sources[] = {from_named_file, from_gcloud, ar_gcs_machine_token};

artrepo_code ar_gcs_chain_token(artrepo_operation *operation, ar_found_credentials *found,
                                artrepo_error *error) {
    ar_buffer tried = AR_BUFFER_INIT;
    artrepo_code code = ARTREPO_NOT_FOUND;
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof sources / sizeof *sources; i++) {
        code = sources[i](operation, found, error);
        if (code != ARTREPO_NOT_FOUND) {
            goto done;
        }
        ok = ar_buffer_printf(&tried, "%s; ", error->message);
    }
    code = ok ? artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                  "there are no credentials for gcs: serviceAccountKeySecret is "
                                  "not set; %sset one of them",
                                  tried.data)
              : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
done:
    ar_buffer_free(&tried);
    return code;
}
