#include "gcs/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "remote/environment.h"
#include "remote/secret.h"

#define ENDPOINT "https://storage.googleapis.com"
#define EMULATOR "STORAGE_EMULATOR_HOST"
/* gcloud's name, for endpoints of Private Service Connect and the like. */
#define OVERRIDE "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE"
#define API_PATH "/storage/v1"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the settings of gcs");
}

static artrepo_code read_bucket(const artrepo_driver_settings *settings, ar_gcs_config *config,
                                artrepo_error *error) {
    const char *bucket = artrepo_driver_settings_get(settings, "bucket");
    if (bucket == NULL || bucket[0] == '\0') {
        return artrepo_error_set(error, ARTREPO_INVALID, "gcs.bucket is missing; name the bucket");
    }
    if (strspn(bucket, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
            strlen(bucket) ||
        strlen(bucket) > 222 || strcmp(bucket, ".") == 0 || strcmp(bucket, "..") == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "gcs.bucket '%s' is no name of a bucket (letters, digits, dots, "
                                 "dashes and underscores)",
                                 bucket);
    }
    config->bucket = strdup(bucket);
    return config->bucket == NULL ? no_memory(error) : ARTREPO_OK;
}

static void trim_end(ar_buffer *text, const char *end) {
    size_t length = strlen(end);
    while (text->size >= length && memcmp(text->data + text->size - length, end, length) == 0) {
        text->size -= length;
        text->data[text->size] = '\0';
    }
}

/* HOST[:PORT][/PATH], with or without a scheme; WHERE names it in messages. */
static artrepo_code set_endpoint(ar_gcs_config *config, const char *given, const char *scheme,
                                 const char *where, artrepo_error *error) {
    bool has_scheme = strncmp(given, "http://", 7) == 0 || strncmp(given, "https://", 8) == 0;
    const char *host = has_scheme ? strstr(given, "://") + 3 : given;
    if (host[0] == '\0' || host[0] == '/' || strstr(host, "//") != NULL ||
        strpbrk(host, " \t\r\n?#@\\%\"<>") != NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s '%.200s' is no HOST:PORT and no address such as "
                                 "http://HOST:PORT",
                                 where, given);
    }
    ar_buffer text = AR_BUFFER_INIT;
    if (!ar_buffer_printf(&text, "%s%s", has_scheme ? "" : scheme, given)) {
        return no_memory(error);
    }
    trim_end(&text, "/");
    trim_end(&text, API_PATH);
    trim_end(&text, "/");
    config->endpoint = ar_buffer_steal(&text);
    return config->endpoint == NULL ? no_memory(error) : ARTREPO_OK;
}

static artrepo_code read_endpoint(ar_gcs_config *config, artrepo_error *error) {
    const char *emulator = ar_environment(EMULATOR);
    const char *override = ar_environment(OVERRIDE);
    config->anonymous = emulator != NULL;
    if (emulator != NULL) {
        return set_endpoint(config, emulator, "http://", EMULATOR, error);
    }
    return set_endpoint(config, override == NULL ? ENDPOINT : override, "https://", OVERRIDE,
                        error);
}

static artrepo_code read_account_key(const artrepo_driver_settings *settings, ar_gcs_config *config,
                                     artrepo_error *error) {
    static const char name[] = "serviceAccountKeySecret";
    if (config->anonymous) {
        return ARTREPO_OK; /* an emulator is not shown it */
    }
    artrepo_code code = artrepo_driver_settings_secret(settings, name, &config->account_key, error);
    if (code == ARTREPO_OK && config->account_key.data != NULL) {
        ar_secret_trim(&config->account_key);
        if (config->account_key.size == 0) {
            code = artrepo_error_set(error, ARTREPO_INVALID, "the secret of gcs.%s is empty", name);
        }
    }
    return code;
}

artrepo_code ar_gcs_config_read(const artrepo_driver_settings *settings, ar_gcs_config *config,
                                artrepo_error *error) {
    artrepo_code code = read_bucket(settings, config, error);
    if (code == ARTREPO_OK) {
        code = read_endpoint(config, error);
    }
    return code == ARTREPO_OK ? read_account_key(settings, config, error) : code;
}

void ar_gcs_config_free(ar_gcs_config *config) {
    free(config->bucket);
    free(config->endpoint);
    artrepo_secret_clear(&config->account_key);
    *config = (ar_gcs_config){0};
}
