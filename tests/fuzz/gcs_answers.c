/* What Google's store says to the gcs driver: JSON of objects, listings and faults, headers. */
#include "answers.h"
#include "fuzz.h"
#include "gcs/driver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1", 1);
    ar_value *settings = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(settings, "bucket", "bucket");
    fuzz_answers_run(&artrepo_driver_gcs, "gcs", settings, data, size);
    return 0;
}
