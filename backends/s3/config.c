#include "s3/config.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "s3/profile.h"
#include "s3/url.h"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the settings of s3");
}

static bool is_empty(const char *text) {
    return text == NULL || text[0] == '\0';
}

/* ---- endpoint ---- */

static bool begins_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What every client leaves out; Amazon's hosts are known without it. */
static void drop_default_port(char *host, bool tls) {
    const char *port = tls ? ":443" : ":80";
    size_t length = strlen(host);
    size_t tail = strlen(port);
    if (length > tail && strcmp(host + length - tail, port) == 0) {
        host[length - tail] = '\0';
    }
}

/* HOST, HOST:PORT, either with a path, either behind http:// or https://. */
static artrepo_code read_endpoint(const artrepo_driver_settings *settings, ar_s3_config *config,
                                  artrepo_error *error) {
    const char *endpoint = artrepo_driver_settings_get(settings, "endpoint");
    config->tls = !artrepo_driver_settings_get_bool(settings, "insecure", false);
    if (is_empty(endpoint)) {
        endpoint = getenv("AWS_ENDPOINT_URL_S3");
        endpoint = is_empty(endpoint) ? getenv("AWS_ENDPOINT_URL") : endpoint;
    }
    if (is_empty(endpoint)) {
        endpoint = "s3.amazonaws.com";
    }
    const char *host = endpoint;
    if (begins_with(endpoint, "http://")) {
        config->tls = false;
        host += strlen("http://");
    } else if (begins_with(endpoint, "https://")) {
        config->tls = true;
        host += strlen("https://");
    }
    size_t length = strcspn(host, "/");
    if (length == 0 || strpbrk(host, " \t\r\n?#@\\%") != NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "s3.endpoint '%s' is no HOST, HOST:PORT or HOST/PATH", endpoint);
    }
    size_t path_length = strlen(host + length);
    while (path_length > 0 && host[length + path_length - 1] == '/') {
        path_length--;
    }
    config->host = strndup(host, length);
    config->path = strndup(host + length, path_length);
    if (config->host == NULL || config->path == NULL) {
        return no_memory(error);
    }
    drop_default_port(config->host, config->tls);
    config->endpoint = ar_s3_endpoint_of(config->host);
    return ARTREPO_OK;
}

static artrepo_code read_region(const artrepo_driver_settings *settings, ar_s3_config *config,
                                artrepo_error *error) {
    const char *region = artrepo_driver_settings_get(settings, "region");
    region = is_empty(region) ? config->endpoint.region : region;
    region = is_empty(region) ? getenv("AWS_REGION") : region;
    region = is_empty(region) ? getenv("AWS_DEFAULT_REGION") : region;
    ar_s3_profile profile = {0};
    artrepo_error failure = ARTREPO_ERROR_INIT; /* it is said when the files are needed */
    if (is_empty(region) &&
        ar_s3_profile_read(ar_s3_profile_name(), &profile, &failure) == ARTREPO_OK) {
        region = profile.values[AR_S3_REGION];
    }
    config->region_given = !is_empty(region);
    region = is_empty(region) ? "us-east-1" : region;
    artrepo_code code = ARTREPO_OK;
    if (!ar_s3_is_region(region)) {
        code =
            artrepo_error_set(error, ARTREPO_INVALID,
                              "s3.region '%s' is no name of a region, such as us-east-1", region);
    } else if ((config->region = strdup(region)) == NULL) {
        code = no_memory(error);
    }
    ar_s3_profile_wipe(&profile);
    return code;
}

static artrepo_code read_bucket(const artrepo_driver_settings *settings, ar_s3_config *config,
                                artrepo_error *error) {
    const char *bucket = artrepo_driver_settings_get(settings, "bucket");
    if (is_empty(bucket)) {
        return artrepo_error_set(error, ARTREPO_INVALID, "s3.bucket is missing; name the bucket");
    }
    if (strspn(bucket, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
            strlen(bucket) ||
        strlen(bucket) > 255 || strcmp(bucket, ".") == 0 || strcmp(bucket, "..") == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "s3.bucket '%s' is no name of a bucket (letters, digits, dots "
                                 "and dashes)",
                                 bucket);
    }
    config->bucket = strdup(bucket);
    return config->bucket == NULL ? no_memory(error) : ARTREPO_OK;
}

static artrepo_code read_addressing(const artrepo_driver_settings *settings, ar_s3_config *config,
                                    artrepo_error *error) {
    const char *style = artrepo_driver_settings_get(settings, "addressingStyle");
    if (is_empty(style) || strcmp(style, "auto") == 0) {
        config->addressing = AR_S3_ADDRESSING_AUTO;
    } else if (strcmp(style, "path") == 0) {
        config->addressing = AR_S3_ADDRESSING_PATH;
    } else if (strcmp(style, "virtual-hosted") == 0) {
        config->addressing = AR_S3_ADDRESSING_VIRTUAL_HOSTED;
    } else {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "s3.addressingStyle '%s' is none of path and virtual-hosted; "
                                 "leave it out for automatic",
                                 style);
    }
    if (config->endpoint.kind == AR_S3_ENDPOINT_ACCELERATE &&
        (config->addressing == AR_S3_ADDRESSING_PATH ||
         !ar_s3_bucket_is_dns_name(config->bucket))) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "s3.endpoint '%s' finds buckets by the host's name alone, and "
                                 "'%s' %s; use an endpoint without acceleration",
                                 config->host, config->bucket,
                                 config->addressing == AR_S3_ADDRESSING_PATH
                                     ? "is addressed by path"
                                     : "cannot be part of one");
    }
    return ARTREPO_OK;
}

/* ---- encryption ---- */

static char *base64_of(const char *text) {
    size_t length = strlen(text);
    unsigned char *encoded = length > 1 << 16 ? NULL : malloc(length / 3 * 4 + 8);
    if (encoded != NULL) {
        EVP_EncodeBlock(encoded, (const unsigned char *)text, (int)length);
    }
    return (char *)encoded;
}

static artrepo_code read_customer_password(const artrepo_driver_settings *settings,
                                           ar_s3_config *config, artrepo_error *error) {
    const char *name = "encryptionOptions.serverSideCustomerKeySecret";
    artrepo_code code =
        artrepo_driver_settings_secret(settings, name, &config->customer_password, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (config->customer_password.size == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID, "the secret of s3.%s is empty", name);
    }
    if (!config->tls) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "s3.%s needs TLS, since the key goes with each request; remove "
                                 "insecure: true",
                                 name);
    }
    return ARTREPO_OK;
}

static artrepo_code read_encryption(const artrepo_driver_settings *settings, ar_s3_config *config,
                                    artrepo_error *error) {
    if (!artrepo_driver_settings_get_bool(settings, "encryptionOptions.enableEncryption", false)) {
        return ARTREPO_OK;
    }
    const char *kms_key = artrepo_driver_settings_get(settings, "encryptionOptions.kmsKeyId");
    const char *context =
        artrepo_driver_settings_get(settings, "encryptionOptions.kmsEncryptionContext");
    bool customer =
        artrepo_driver_settings_has(settings, "encryptionOptions.serverSideCustomerKeySecret");
    if (customer && !is_empty(kms_key)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "s3.encryptionOptions has both kmsKeyId and "
                                 "serverSideCustomerKeySecret; choose one of them");
    }
    if (customer) {
        config->encryption = AR_S3_ENCRYPTION_CUSTOMER;
        return read_customer_password(settings, config, error);
    }
    if (is_empty(kms_key)) {
        config->encryption = AR_S3_ENCRYPTION_S3;
        return ARTREPO_OK;
    }
    config->encryption = AR_S3_ENCRYPTION_KMS;
    config->kms_key_id = strdup(kms_key);
    config->kms_context = is_empty(context) ? NULL : base64_of(context);
    if (config->kms_key_id == NULL || (!is_empty(context) && config->kms_context == NULL)) {
        return no_memory(error);
    }
    return ARTREPO_OK;
}

/* ---- all of it ---- */

artrepo_code ar_s3_config_read(const artrepo_driver_settings *settings, ar_s3_config *config,
                               artrepo_error *error) {
    artrepo_code code = read_bucket(settings, config, error);
    if (code == ARTREPO_OK) {
        code = read_endpoint(settings, config, error);
    }
    if (code == ARTREPO_OK) {
        code = read_region(settings, config, error);
    }
    if (code == ARTREPO_OK) {
        code = read_addressing(settings, config, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_driver_settings_secret(settings, "caSecret", &config->ca, error);
    }
    if (code == ARTREPO_OK) {
        code = read_encryption(settings, config, error);
    }
    config->create_bucket = artrepo_driver_settings_has(settings, "createBucketIfNotPresent");
    config->object_locking =
        artrepo_driver_settings_get_bool(settings, "createBucketIfNotPresent.objectLocking", false);
    return code;
}

void ar_s3_config_free(ar_s3_config *config) {
    free(config->host);
    free(config->path);
    free(config->bucket);
    free(config->region);
    free(config->kms_key_id);
    free(config->kms_context);
    artrepo_secret_clear(&config->customer_password);
    artrepo_secret_clear(&config->ca);
    *config = (ar_s3_config){0};
}
