#include "repository/kind.h"

#include <stddef.h>
#include <string.h>

/* Shorthands that keep a field on one line. */
#define STRING(name)                                                                               \
    { name, AR_FIELD_STRING, NULL, false }
#define BOOL(name)                                                                                 \
    { name, AR_FIELD_BOOL, NULL, false }
#define INTEGER(name)                                                                              \
    { name, AR_FIELD_INTEGER, NULL, false }
#define SECRET(name)                                                                               \
    { name, AR_FIELD_SECRET, NULL, false }
#define STRINGS(name)                                                                              \
    { name, AR_FIELD_STRINGS, NULL, false }
#define OBJECT(name, fields)                                                                       \
    { name, AR_FIELD_OBJECT, fields, false }
#define OBJECTS(name, fields)                                                                      \
    { name, AR_FIELD_OBJECTS, fields, false }
#define SENSITIVE(name)                                                                            \
    { name, AR_FIELD_STRING, NULL, true }
#define END                                                                                        \
    { NULL, AR_FIELD_ANY, NULL, false }

/* ---- s3 ---- */

static const ar_field create_bucket_fields[] = {BOOL("objectLocking"), END};

static const ar_field encryption_fields[] = {BOOL("enableEncryption"), STRING("kmsKeyId"),
                                             STRING("kmsEncryptionContext"),
                                             SECRET("serverSideCustomerKeySecret"), END};

static const ar_field s3_fields[] = {STRING("endpoint"),
                                     STRING("bucket"),
                                     STRING("region"),
                                     BOOL("insecure"),
                                     SECRET("accessKeySecret"),
                                     SECRET("secretKeySecret"),
                                     SECRET("sessionTokenSecret"),
                                     STRING("roleARN"),
                                     BOOL("useSDKCreds"),
                                     OBJECT("createBucketIfNotPresent", create_bucket_fields),
                                     OBJECT("encryptionOptions", encryption_fields),
                                     SECRET("caSecret"),
                                     STRING("addressingStyle"),
                                     END};

static const ar_field s3_scheme[] = {STRING("keyFormat"), STRING("keyPrefix"), END};

/* ---- gcs, oss, azure, hdfs, artifactory, plugin ---- */

static const ar_field gcs_fields[] = {STRING("bucket"), SECRET("serviceAccountKeySecret"), END};

static const ar_field key_format_scheme[] = {STRING("keyFormat"), END};

static const ar_field lifecycle_fields[] = {INTEGER("markInfrequentAccessAfterDays"),
                                            INTEGER("markDeletionAfterDays"), END};

static const ar_field oss_fields[] = {STRING("endpoint"),
                                      STRING("bucket"),
                                      SECRET("accessKeySecret"),
                                      SECRET("secretKeySecret"),
                                      BOOL("createBucketIfNotPresent"),
                                      SENSITIVE("securityToken"),
                                      OBJECT("lifecycleRule", lifecycle_fields),
                                      BOOL("useSDKCreds"),
                                      END};

static const ar_field azure_fields[] = {STRING("endpoint"), STRING("container"),
                                        SECRET("accountKeySecret"), BOOL("useSDKCreds"), END};

static const ar_field azure_scheme[] = {STRING("blobNameFormat"), END};

/* A key of a ConfigMap is selected like one of a Secret. */
static const ar_field hdfs_fields[] = {SECRET("krbCCacheSecret"),
                                       SECRET("krbKeytabSecret"),
                                       STRING("krbUsername"),
                                       STRING("krbRealm"),
                                       SECRET("krbConfigConfigMap"),
                                       STRING("krbServicePrincipalName"),
                                       STRINGS("addresses"),
                                       STRING("hdfsUser"),
                                       STRING("dataTransferProtection"),
                                       BOOL("force"),
                                       END};

static const ar_field hdfs_scheme[] = {STRING("pathFormat"), END};

static const ar_field artifactory_fields[] = {SECRET("usernameSecret"), SECRET("passwordSecret"),
                                              SECRET("caSecret"), INTEGER("spoolLimitMiB"), END};

static const ar_field artifactory_scheme[] = {STRING("repoURL"), STRING("keyFormat"), END};

static const ar_field plugin_fields[] = {STRING("name"), STRING("configuration"),
                                         INTEGER("connectionTimeoutSeconds"), END};

/* ---- fs, http, raw, git ---- */

static const ar_field fs_fields[] = {STRING("root"), END};

static const ar_field header_fields[] = {STRING("name"), SENSITIVE("value"), END};

static const ar_field client_cert_fields[] = {SECRET("clientCertSecret"), SECRET("clientKeySecret"),
                                              END};

static const ar_field endpoint_param_fields[] = {STRING("key"), SENSITIVE("value"), END};

static const ar_field oauth2_fields[] = {SECRET("clientIDSecret"),
                                         SECRET("clientSecretSecret"),
                                         SECRET("tokenURLSecret"),
                                         STRINGS("scopes"),
                                         OBJECTS("endpointParams", endpoint_param_fields),
                                         END};

static const ar_field basic_auth_fields[] = {SECRET("usernameSecret"), SECRET("passwordSecret"),
                                             END};

static const ar_field http_auth_fields[] = {OBJECT("clientCert", client_cert_fields),
                                            OBJECT("oauth2", oauth2_fields),
                                            OBJECT("basicAuth", basic_auth_fields), END};

static const ar_field http_fields[] = {OBJECTS("headers", header_fields),
                                       OBJECT("auth", http_auth_fields), SECRET("caSecret"),
                                       INTEGER("spoolLimitMiB"), END};

static const ar_field raw_fields[] = {STRING("data"), END};

static const ar_field git_fields[] = {STRING("repo"),
                                      STRING("revision"),
                                      INTEGER("depth"),
                                      STRINGS("fetch"),
                                      SECRET("usernameSecret"),
                                      SECRET("passwordSecret"),
                                      SECRET("sshPrivateKeySecret"),
                                      BOOL("insecureIgnoreHostKey"),
                                      BOOL("disableSubmodules"),
                                      BOOL("singleBranch"),
                                      STRING("branch"),
                                      BOOL("insecureSkipTLS"),
                                      END};

/* ---- the kinds ---- */

static const ar_kind kinds[] = {
    {.name = "s3",
     .fields = s3_fields,
     .scheme_fields = s3_scheme,
     .key_needed = true,
     .key_field = "key",
     .format_field = "keyFormat",
     .prefix_field = "keyPrefix",
     .needed = {"endpoint", "bucket"},
     .repository = true},
    {.name = "gcs",
     .fields = gcs_fields,
     .scheme_fields = key_format_scheme,
     .key_needed = true,
     .key_field = "key",
     .format_field = "keyFormat",
     .needed = {"bucket"},
     .repository = true},
    {.name = "oss",
     .fields = oss_fields,
     .scheme_fields = key_format_scheme,
     .key_needed = true,
     .key_field = "key",
     .format_field = "keyFormat",
     .needed = {"endpoint", "bucket"},
     .repository = true},
    {.name = "azure",
     .fields = azure_fields,
     .scheme_fields = azure_scheme,
     .key_needed = true,
     .key_field = "blob",
     .format_field = "blobNameFormat",
     .needed = {"endpoint", "container"},
     .repository = true},
    {.name = "hdfs",
     .fields = hdfs_fields,
     .scheme_fields = hdfs_scheme,
     .key_field = "path",
     .format_field = "pathFormat",
     .needed = {"addresses"},
     .repository = true},
    {.name = "artifactory",
     .fields = artifactory_fields,
     .scheme_fields = artifactory_scheme,
     .key_field = "url",
     .key_in_url = true,
     .format_field = "keyFormat",
     .url_field = "repoURL",
     .needed = {"url", "usernameSecret"},
     .repository = true},
    {.name = "plugin",
     .fields = plugin_fields,
     .scheme_fields = key_format_scheme,
     .key_needed = true,
     .key_field = "key",
     .format_field = "keyFormat",
     .needed = {"name", "configuration"},
     .repository = true},
    {.name = "fs",
     .fields = fs_fields,
     .scheme_fields = key_format_scheme,
     .key_needed = true,
     .key_field = "key",
     .format_field = "keyFormat",
     .needed = {"root"},
     .repository = true},
    {.name = "http",
     .fields = http_fields,
     .key_field = "url",
     .key_in_url = true,
     .needed = {"url"}},
    {.name = "raw", .fields = raw_fields},
    {.name = "git", .fields = git_fields, .needed = {"repo"}},
};

static const ar_kind driver_kind = {.name = NULL,
                                    .key_field = "key",
                                    .key_needed = true,
                                    .format_field = "keyFormat",
                                    .scheme_fields = key_format_scheme,
                                    .repository = true};

const char *const ar_kinds_of_repositories[] = {"artifactory", "azure", "gcs", "hdfs", "oss",
                                                "plugin",      "s3",    "fs",  NULL};
const char *const ar_kinds_of_locations[] = {
    "artifactory", "azure", "git", "gcs", "hdfs", "http", "oss", "raw", "s3", "plugin", "fs", NULL};

const ar_kind *ar_kind_find(const char *name) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

const ar_kind *ar_kind_of_driver(void) {
    return &driver_kind;
}

const ar_kind *ar_kind_get(const char *name) {
    const ar_kind *kind = ar_kind_find(name);
    return kind == NULL ? &driver_kind : kind;
}

static bool is_set(const ar_value *settings, const char *name) {
    const ar_value *value = ar_value_get(settings, name);
    if (value == NULL || value->kind == AR_VALUE_NULL) {
        return false;
    }
    if (value->kind == AR_VALUE_ARRAY) {
        return value->count > 0;
    }
    return value->text == NULL || value->text[0] != '\0';
}

bool ar_kind_is_complete(const ar_kind *kind, const ar_value *settings, const char *key) {
    if (kind->key_needed && (key == NULL || key[0] == '\0')) {
        return false;
    }
    if (kind == &driver_kind) { /* whatever says more than a key says where it is */
        return settings->count > 0;
    }
    size_t count = sizeof kind->needed / sizeof kind->needed[0];
    for (size_t i = 0; i < count && kind->needed[i] != NULL; i++) {
        if (!is_set(settings, kind->needed[i])) {
            return false;
        }
    }
    return true;
}

bool ar_kind_is_name(const char *name) {
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return name[0] != '\0' && name[strspn(name, allowed)] == '\0';
}
