/* Settings of an `s3:` repository that libs3 cannot do: refused, never ignored. */
#include <string.h>

#include "libs3/store.h"

typedef struct unsupported_setting {
    const char *name;
    bool is_flag; /* false is the same as not there */
    const char *reason;
} unsupported_setting;

#define NO_ENCRYPTION "it cannot ask for server-side encryption"

static const unsupported_setting unsupported[] = {
    {"sessionTokenSecret", false, "it takes no session tokens"},
    {"roleARN", false, "it cannot assume roles"},
    {"useSDKCreds", true, "it has no credential chain"},
    {"createBucketIfNotPresent", false, "it does not make buckets"},
    {"encryptionOptions.enableEncryption", true, NO_ENCRYPTION},
    {"encryptionOptions.kmsKeyId", false, NO_ENCRYPTION},
    {"encryptionOptions.kmsEncryptionContext", false, NO_ENCRYPTION},
    {"encryptionOptions.serverSideCustomerKeySecret", false, NO_ENCRYPTION},
    {"caSecret", false, "it cannot be told whom to trust"},
};

static bool is_set(const artrepo_driver_settings *settings, const unsupported_setting *setting) {
    if (setting->is_flag) {
        return artrepo_driver_settings_get_bool(settings, setting->name, false);
    }
    const char *text = artrepo_driver_settings_get(settings, setting->name);
    return artrepo_driver_settings_has(settings, setting->name) &&
           (text == NULL || text[0] != '\0');
}

artrepo_code ar_libs3_refuse_unsupported(const artrepo_driver_settings *settings,
                                         artrepo_error *error) {
    static const unsupported_setting region = {"region", false,
                                               AR_LIBS3_SIGNATURE " knows no regions"};
    const unsupported_setting *found =
        !AR_LIBS3_HAS_REGION && is_set(settings, &region) ? &region : NULL;
    for (size_t i = 0; found == NULL && i < sizeof unsupported / sizeof *unsupported; i++) {
        found = is_set(settings, &unsupported[i]) ? &unsupported[i] : NULL;
    }
    if (found == NULL) {
        return ARTREPO_OK;
    }
    return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                             "the driver libs3 does not support %s: %s; remove the setting, or use "
                             "the driver s3",
                             found->name, found->reason);
}
