/* What a store says to the s3 driver: listings, objects, faults, uploads, removals. */
#include "answers.h"
#include "fuzz.h"
#include "s3/driver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned port; /* another store each time: what is remembered of one is not mixed in */
    char endpoint[32];
    setenv("AWS_ACCESS_KEY_ID", "AK", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "SK", 1);
    snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", 1 + port++ % 60000);
    ar_value *settings = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(settings, "endpoint", endpoint);
    ar_value_put_string(settings, "bucket", "bucket");
    ar_value_put_string(settings, "insecure", "true");
    fuzz_answers_run(&artrepo_driver_s3, "s3", settings, data, size);
    return 0;
}
