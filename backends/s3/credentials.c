#include "s3/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "http/header.h"
#include "remote/secret.h"

void ar_s3_credentials_free(ar_s3_credentials *credentials) {
    ar_secret_wipe_text(&credentials->access_key);
    ar_secret_wipe_text(&credentials->secret_key);
    ar_secret_wipe_text(&credentials->session_token);
    credentials->expiry_ms = 0;
    credentials->origin = NULL;
}

bool ar_s3_credentials_set(ar_s3_credentials *credentials, const char *access_key,
                           const char *secret_key, const char *token) {
    bool has_token = token != NULL && token[0] != '\0';
    ar_s3_credentials_free(credentials);
    credentials->access_key = strdup(access_key);
    credentials->secret_key = strdup(secret_key);
    credentials->session_token = has_token ? strdup(token) : NULL;
    if (credentials->access_key == NULL || credentials->secret_key == NULL ||
        (has_token && credentials->session_token == NULL)) {
        ar_s3_credentials_free(credentials);
        return false;
    }
    return true;
}

static bool is_same(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

bool ar_s3_credentials_are_equal(const ar_s3_credentials *a, const ar_s3_credentials *b) {
    return is_same(a->access_key, b->access_key) && is_same(a->secret_key, b->secret_key) &&
           is_same(a->session_token, b->session_token);
}

artrepo_code ar_s3_credentials_check(const ar_s3_credentials *credentials, artrepo_error *error) {
    const char *token = credentials->session_token;
    if (ar_http_fits_header(credentials->access_key) &&
        (token == NULL || ar_http_fits_header(token))) {
        return ARTREPO_OK;
    }
    return artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                             "the credentials from %s have a line break or another control "
                             "character in them; put them right there",
                             credentials->origin);
}

/* ---- the settings ---- */

static artrepo_code read_secret(const artrepo_driver_settings *settings, const char *name,
                                char **value, artrepo_error *error) {
    artrepo_secret secret;
    artrepo_code code = artrepo_driver_settings_secret(settings, name, &secret, error);
    if (code != ARTREPO_OK || secret.data == NULL) {
        return code;
    }
    ar_secret_trim(&secret);
    if (secret.size == 0) {
        code = artrepo_error_set(error, ARTREPO_INVALID, "the secret of s3.%s is empty", name);
    } else if ((*value = strdup(secret.data)) == NULL) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
    }
    artrepo_secret_clear(&secret);
    return code;
}

static artrepo_code read_all(const artrepo_driver_settings *settings,
                             ar_s3_credentials *credentials, artrepo_error *error) {
    artrepo_code code = read_secret(settings, "accessKeySecret", &credentials->access_key, error);
    if (code == ARTREPO_OK) {
        code = read_secret(settings, "secretKeySecret", &credentials->secret_key, error);
    }
    if (code == ARTREPO_OK) {
        code = read_secret(settings, "sessionTokenSecret", &credentials->session_token, error);
    }
    if (code == ARTREPO_OK &&
        (credentials->access_key == NULL || credentials->secret_key == NULL)) {
        code = artrepo_error_set(error, ARTREPO_INVALID,
                                 "s3 needs both accessKeySecret and secretKeySecret, or neither");
    }
    return code;
}

artrepo_code ar_s3_credentials_of_settings(const artrepo_driver_settings *settings,
                                           ar_s3_credentials *credentials, artrepo_error *error) {
    *credentials = (ar_s3_credentials){0};
    if (!artrepo_driver_settings_has(settings, "accessKeySecret") &&
        !artrepo_driver_settings_has(settings, "secretKeySecret")) {
        return ARTREPO_OK;
    }
    artrepo_code code = read_all(settings, credentials, error);
    credentials->origin = "accessKeySecret and secretKeySecret";
    if (code == ARTREPO_OK) {
        code = ar_s3_credentials_check(credentials, error);
    }
    if (code != ARTREPO_OK) {
        ar_s3_credentials_free(credentials);
    }
    return code;
}
