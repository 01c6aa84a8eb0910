/* What a store says to the s3 driver, and what those say that it asks for credentials: listings,
 * objects, faults, uploads, removals, roles. */
#include "answers.h"
#include "fuzz.h"
#include "s3/driver.h"

/* The ways that have no name are as the first. */
enum {
    WITH_KEYS,
    CREATES_BUCKET,
    ASSUMES_ROLE,
    WITH_WEB_IDENTITY,
    ON_CONTAINER,
    ON_MACHINE,
    WAYS = 8
};

static void set_environment(unsigned way) {
    static const char *const unset[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_ROLE_ARN",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "HOME",
                                        "AWS_REGION",
                                        "AWS_DEFAULT_REGION",
                                        "AWS_PROFILE",
                                        "AWS_CONFIG_FILE",
                                        "AWS_SHARED_CREDENTIALS_FILE",
                                        "AWS_ENDPOINT_URL",
                                        "AWS_ENDPOINT_URL_STS",
                                        "AWS_CA_BUNDLE"};
    static char token_file[64];
    for (size_t i = 0; i < sizeof unset / sizeof *unset; i++) {
        unsetenv(unset[i]);
    }
    if (way == WITH_WEB_IDENTITY) {
        if (token_file[0] == '\0') {
            char name[16];
            fuzz_answers_secret(FUZZ_SECRET, name);
            snprintf(token_file, sizeof token_file, FUZZ_SECRETS_PATH "%s", name);
        }
        setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token_file, 1);
        setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r", 1);
    } else if (way == ON_CONTAINER) {
        setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/credentials", 1);
    } else if (way != ON_MACHINE) {
        setenv("AWS_ACCESS_KEY_ID", "AK", 1);
        setenv("AWS_SECRET_ACCESS_KEY", FUZZ_SECRET, 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned port; /* another store each time: what is remembered of one is not mixed in */
    unsigned way = fuzz_answers_way(data, size, WAYS);
    char endpoint[32];
    set_environment(way);
    snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", 1 + port++ % 60000);
    ar_value *settings = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(settings, "endpoint", endpoint);
    ar_value_put_string(settings, "bucket", "bucket");
    ar_value_put_string(settings, "insecure", "true");
    if (way == ASSUMES_ROLE) {
        ar_value_put_string(settings, "roleARN", "arn:aws:iam::123456789012:role/r");
    } else if (way == CREATES_BUCKET) {
        ar_value_put(settings, "createBucketIfNotPresent", ar_value_new(AR_VALUE_OBJECT, NULL));
    }
    fuzz_answers_run(&artrepo_driver_s3, "s3", settings, 4096, data, size);
    return 0;
}
