/* The gcs driver, opened on a scripted server that plays Google's endpoints. */
#ifndef TESTS_UNIT_BACKENDS_GCS_FIXTURE_H
#define TESTS_UNIT_BACKENDS_GCS_FIXTURE_H

#include "unit/http/scripted_server.h"

#include <artrepo/driver.h>

#include "base/settings.h"
#include "gcs/driver.h"
#include "remote/checksum.h"

extern char **environ;

typedef struct gcs_fixture {
    scripted_server server;
    ar_value *root;
    void *state;
    artrepo_operation *operation;
    artrepo_error failure;
    artrepo_object object;
    char *log; /* of the server: each request's first line, "\n" behind it */
    size_t log_size;
    pthread_mutex_t mutex;
    void *data; /* the test's */
} gcs_fixture;

/* Nothing of whoever runs the tests, and no metadata server of a machine that may be there. */
static inline void gcs_clean_environment(void) {
    static const char *const ours[] = {"STORAGE_EMULATOR", "CLOUDSDK_", "GCE_METADATA_",
                                       "GOOGLE_",          "NO_GCE_",   NULL};
    for (size_t i = 0; environ[i] != NULL;) {
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        bool unset = strcasestr(name, "_proxy") != NULL;
        for (size_t j = 0; ours[j] != NULL; j++) {
            unset = unset || strncmp(name, ours[j], strlen(ours[j])) == 0;
        }
        if (unset) {
            unsetenv(name);
        } else {
            i++;
        }
    }
    setenv("HOME", "/nowhere", 1);
    setenv("NO_GCE_CHECK", "true", 1);
}

static inline artrepo_operation *gcs_hurried_operation(void) {
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_retry_policy policy = {.steps = 4, .duration_ms = 1, .factor = 1, .jitter = 0};
    artrepo_operation_set_retry(operation, &policy);
    return operation;
}

static inline void gcs_open(gcs_fixture *f) {
    struct artrepo_driver_settings settings = {f->root, "gcs", "/nowhere"};
    assert_ok(artrepo_driver_gcs.open(&settings, f->operation, &f->state, error));
}

/* ANSWER gets the fixture as its data. */
static inline void gcs_prepare(gcs_fixture *f, scripted_answer *answer, const void *data) {
    memset(f, 0, sizeof *f);
    gcs_clean_environment();
    pthread_mutex_init(&f->mutex, NULL);
    f->data = (void *)(uintptr_t)data;
    scripted_start(&f->server, answer, f);
    f->root = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(f->root, "bucket", "bucket");
    f->operation = gcs_hurried_operation();
}

/* Opened as on an emulator, without credentials. */
static inline void gcs_start(gcs_fixture *f, scripted_answer *answer, const void *data) {
    gcs_prepare(f, answer, data);
    setenv("STORAGE_EMULATOR_HOST", f->server.address, 1);
    gcs_open(f);
}

static inline void gcs_stop(gcs_fixture *f) {
    if (f->state != NULL) {
        artrepo_driver_gcs.close(f->state);
    }
    scripted_stop(&f->server);
    artrepo_operation_free(f->operation);
    ar_value_free(f->root);
    free(f->log);
    pthread_mutex_destroy(&f->mutex);
}

/* ---- the server's side ---- */

static inline bool gcs_is(const scripted_request *request, const char *start) {
    return strncmp(request->head, start, strlen(start)) == 0;
}

static inline void gcs_note(gcs_fixture *f, const char *text) {
    pthread_mutex_lock(&f->mutex);
    size_t size = strlen(text);
    f->log = realloc(f->log, f->log_size + size + 2);
    memcpy(f->log + f->log_size, text, size);
    memcpy(f->log + f->log_size + size, "\n", 2);
    f->log_size += size + 1;
    pthread_mutex_unlock(&f->mutex);
}

/* The first line of REQUEST, and the value of HEADER (NULL: none) behind " | ". */
static inline void gcs_note_request(gcs_fixture *f, const scripted_request *request,
                                    const char *header) {
    char line[3000], value[1024] = "";
    if (header != NULL) {
        scripted_header(request->head, header, value);
    }
    snprintf(line, sizeof line, "%.*s%s%s", (int)strcspn(request->head, "\r\n"), request->head,
             value[0] == '\0' ? "" : " | ", value);
    gcs_note(f, line);
}

#define GCS_JSON "Content-Type: application/json; charset=UTF-8\r\n"

static inline void gcs_refuse(scripted_reply *reply, const char *status, const char *headers,
                              const char *reason, const char *message) {
    char body[1000], all[500];
    snprintf(all, sizeof all, GCS_JSON "X-GUploader-UploadID: ADPycdu_id\r\n%s", headers);
    snprintf(body, sizeof body,
             "{\"error\": {\"code\": %.3s, \"message\": \"%s\", \"errors\": [{\"message\": "
             "\"%s\", \"domain\": \"global\", \"reason\": \"%s\"}]}}",
             status, message, message, reason);
    scripted_say(reply, status, all, body);
}

static inline void gcs_say_object(scripted_reply *reply, const char *name, long size,
                                  const char *generation, const char *crc32c) {
    char body[1000];
    snprintf(body, sizeof body,
             "{\"kind\": \"storage#object\", \"name\": \"%s\", \"size\": \"%ld\", "
             "\"generation\": \"%s\", \"updated\": \"2025-06-10T14:58:09.123Z\", "
             "\"contentType\": \"text/plain\", \"crc32c\": \"%s\"}",
             name, size, generation, crc32c);
    scripted_say(reply, "200 OK", GCS_JSON, body);
}

/* ---- sources ---- */

/* SIZE bytes of 'd', whose number it tells or not. */
typedef struct gcs_source {
    artrepo_source base;
    size_t left;
} gcs_source;

static inline artrepo_code gcs_source_read(artrepo_source *base, void *buffer, size_t capacity,
                                           size_t *got, artrepo_error *error) {
    (void)error;
    gcs_source *source = (gcs_source *)base;
    *got = source->left < capacity ? source->left : capacity;
    memset(buffer, 'd', *got);
    source->left -= *got;
    return ARTREPO_OK;
}

static const artrepo_source_functions gcs_source_functions = {gcs_source_read, NULL, NULL};

static inline void gcs_crc_of_d(size_t size, char text[AR_CHECKSUM_TEXT]) {
    char *data = malloc(size + 1);
    memset(data, 'd', size);
    ar_checksum_text(AR_CHECKSUM_CRC32C, ar_checksum_update(AR_CHECKSUM_CRC32C, 0, data, size),
                     text);
    free(data);
}

static inline artrepo_code gcs_put(gcs_fixture *f, const char *key, size_t size, bool tells) {
    gcs_source source = {{&gcs_source_functions, tells ? (int64_t)size : -1, -1}, size};
    artrepo_put_options options = {"text/plain"};
    return artrepo_driver_gcs.put(f->state, key, &source.base, &options, &f->object, f->operation,
                                  &f->failure);
}

#endif
