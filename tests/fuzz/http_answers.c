/* What any web server says to the http driver: statuses, redirects, ranges, digests. */
#include "answers.h"
#include "fuzz.h"
#include "web/driver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ar_value *settings = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(settings, "url", "http://user:secret@host.example:8080/some/key?query=1");
    fuzz_answers_run(&artrepo_driver_http, "http", settings, data, size);
    return 0;
}
