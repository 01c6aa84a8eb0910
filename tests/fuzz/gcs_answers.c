/* What Google's store says to the gcs driver, and what those say that it asks for a token: JSON of
 * objects, listings, faults and tokens, headers. */
#include "answers.h"
#include "fuzz.h"
#include "gcs/driver.h"
#include "gcs/put.h"

enum { WITHOUT_TOKEN, AS_USER, AS_EXTERNAL_ACCOUNT, WITH_IMPERSONATION, ON_MACHINE, WAYS = 8 };

#define USER                                                                                       \
    "{\"type\": \"authorized_user\", \"client_id\": \"i\", \"client_secret\": \"" FUZZ_SECRET      \
    "\", "                                                                                         \
    "\"refresh_token\": \"" FUZZ_SECRET "\"}"
#define EXTERNAL                                                                                   \
    "{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "        \
    "\"token_url\": \"https://sts.googleapis.com/v1/token\", \"credential_source\": "              \
    "{\"url\": \"http://127.0.0.1:1/subject\", \"format\": {\"type\": \"json\", "                  \
    "\"subject_token_field_name\": \"t\"}}}"
#define IMPERSONATION                                                                              \
    "{\"type\": \"impersonated_service_account\", \"service_account_impersonation_url\": "         \
    "\"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/"                       \
    "a:generateAccessToken\""                                                                      \
    ", \"source_credentials\": " USER "}"

static void set_environment(unsigned way) {
    static const char *const accounts[] = {NULL, USER, EXTERNAL, IMPERSONATION};
    static char files[4][64];
    unsetenv("STORAGE_EMULATOR_HOST");
    unsetenv("GOOGLE_APPLICATION_CREDENTIALS");
    unsetenv("CLOUDSDK_CONFIG");
    unsetenv("HOME");
    if (way > WITHOUT_TOKEN && way < ON_MACHINE) {
        if (files[way][0] == '\0') {
            char name[16];
            fuzz_answers_secret(accounts[way], name);
            snprintf(files[way], sizeof files[way], FUZZ_SECRETS_PATH "%s", name);
        }
        setenv("GOOGLE_APPLICATION_CREDENTIALS", files[way], 1);
    } else if (way != ON_MACHINE) {
        setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1", 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    set_environment(fuzz_answers_way(data, size, WAYS));
    ar_value *settings = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(settings, "bucket", "bucket");
    fuzz_answers_run(&artrepo_driver_gcs, "gcs", settings, AR_GCS_CHUNK_UNIT, data, size);
    return 0;
}
