/* What any web server says to the http driver, Artifactory to that of its own, and an OAuth server
 * to both: statuses, redirects, ranges, digests, tokens. */
#include "answers.h"
#include "fuzz.h"
#include "web/driver.h"
#include "web/upload.h"

/* Three of them are more than what is read ahead of an upload. */
enum { PART = AR_WEB_AHEAD_BYTES / 3 };
enum { WITH_PASSWORD, WITH_OAUTH, ARTIFACTORY, WAYS = 4 };

static ar_value *object_in(ar_value *parent, const char *name) {
    ar_value *object = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put(parent, name, object);
    return object;
}

static void put_secret(ar_value *parent, const char *name, const char *key) {
    ar_value *selector = object_in(parent, name);
    ar_value_put_string(selector, "name", FUZZ_SECRETS_NAME);
    ar_value_put_string(selector, "key", key);
}

static void put_oauth(ar_value *settings) {
    static char id[16], url[16];
    if (id[0] == '\0') {
        fuzz_answers_secret(FUZZ_SECRET, id);
        fuzz_answers_secret("https://login.example/token", url);
    }
    ar_value *oauth = object_in(object_in(settings, "auth"), "oauth2");
    put_secret(oauth, "clientIDSecret", id);
    put_secret(oauth, "clientSecretSecret", id);
    put_secret(oauth, "tokenURLSecret", url);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned way = fuzz_answers_way(data, size, WAYS);
    ar_value *settings = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(settings, "url",
                        way == WITH_OAUTH ? "http://host.example:8080/some/key?query=1"
                                          : "http://user:" FUZZ_SECRET
                                            "@host.example:8080/some/key?query=1");
    if (way == WITH_OAUTH) {
        put_oauth(settings);
    }
    if (way == ARTIFACTORY) {
        fuzz_answers_run(&artrepo_driver_artifactory, "artifactory", settings, PART, data, size);
    } else {
        fuzz_answers_run(&artrepo_driver_http, "http", settings, PART, data, size);
    }
    return 0;
}
