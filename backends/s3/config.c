#include "s3/config.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "s3/profile.h"

#define AWS_SUFFIX ".amazonaws.com"
#define AWS_CHINA_SUFFIX ".amazonaws.com.cn"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the settings of s3");
}

static bool is_empty(const char *text) {
    return text == NULL || text[0] == '\0';
}

void ar_s3_trim_secret(artrepo_secret *secret) {
    if (secret->data == NULL) {
        return;
    }
    size_t start = 0;
    size_t end = strlen(secret->data);
    while (end > 0 && isspace((unsigned char)secret->data[end - 1])) {
        end--;
    }
    while (start < end && isspace((unsigned char)secret->data[start])) {
        start++;
    }
    memmove(secret->data, secret->data + start, end - start);
    memset(secret->data + (end - start), 0, secret->size - (end - start));
    secret->size = end - start;
}

bool ar_s3_is_region(const char *region) {
    size_t length = strlen(region);
    return length > 0 && length <= 63 &&
           strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               length;
}

/* ---- endpoint ---- */

static bool ends_with(const char *text, const char *suffix) {
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

static bool begins_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Which kind of Amazon's endpoints HOST is, and its region, which stays NULL when the host names
 * none. Anything unusual (a port, an access point) counts as an endpoint like others. */
static bool parse_aws_host(const char *host, ar_s3_endpoint_kind *kind, char **region) {
    *kind = AR_S3_ENDPOINT_OTHER;
    *region = NULL;
    const char *suffix = ends_with(host, AWS_CHINA_SUFFIX) ? AWS_CHINA_SUFFIX : AWS_SUFFIX;
    if (!ends_with(host, suffix)) {
        return true;
    }
    size_t length = strlen(host) - strlen(suffix);
    const char *name = host;
    ar_s3_endpoint_kind found = AR_S3_ENDPOINT_AWS;
    if (length == 2 && begins_with(name, "s3")) {
        *kind = found;
        return true;
    }
    if (begins_with(name, "s3.dualstack.")) {
        found = AR_S3_ENDPOINT_AWS_DUALSTACK;
        name += strlen("s3.dualstack.");
    } else if (begins_with(name, "s3.") || begins_with(name, "s3-")) {
        name += strlen("s3.");
    } else {
        return true;
    }
    length -= (size_t)(name - host);
    if (length == 0 || memchr(name, '.', length) != NULL || begins_with(name, "fips")) {
        return true;
    }
    *kind = found;
    *region = strndup(name, length);
    return *region != NULL;
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
    return config->host == NULL || config->path == NULL ? no_memory(error) : ARTREPO_OK;
}

static artrepo_code read_region(const artrepo_driver_settings *settings, ar_s3_config *config,
                                artrepo_error *error) {
    char *host_region = NULL;
    if (!parse_aws_host(config->host, &config->endpoint_kind, &host_region)) {
        return no_memory(error);
    }
    const char *region = artrepo_driver_settings_get(settings, "region");
    region = is_empty(region) ? host_region : region;
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
    free(host_region);
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
