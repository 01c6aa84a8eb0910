#include "answers.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/settings.h"
#include "fuzz.h"
#include "transport.h"

enum { WHAT = 7, INTO_FILE = 8, WAY_SHIFT = 4 }; /* of the first byte */
enum { PUT_SMALL = 100 };

static const char key[] = "some/key";
static const char prefix[] = "some/";
static size_t put_large; /* bytes that are put in parts */

/* ---- how the driver is opened ---- */

void fuzz_answers_secret(const char *text, char name[16]) {
    int descriptor = memfd_create("secret", MFD_CLOEXEC);
    fuzz_check(descriptor >= 0 && write(descriptor, text, strlen(text)) == (ssize_t)strlen(text));
    fuzz_check(fchmod(descriptor, 0600) == 0);
    snprintf(name, 16, "%d", descriptor);
}

unsigned fuzz_answers_way(const uint8_t *data, size_t size, unsigned count) {
    return size == 0 ? 0 : (data[0] >> WAY_SHIFT) % count;
}

/* ---- what it says ---- */

static bool store_knows; /* the secret, and may say it */
static bool said_what_stays;

static void check_words(const char *words) {
    fuzz_check(store_knows || strstr(words, FUZZ_SECRET) == NULL);
}

static void take_log(void *data, const artrepo_log_record *record) {
    (void)data;
    said_what_stays = said_what_stays || strstr(record->message, "could not abort") != NULL;
    check_words(record->message);
    for (size_t i = 0; i < record->field_count; i++) {
        check_words(record->fields[i].value);
    }
}

/* ---- what the driver is asked for ---- */

typedef struct driven {
    const artrepo_driver *driver;
    void *state;
    artrepo_operation *operation;
    artrepo_error error;
    artrepo_object object;
    bool into_file;
} driven;

static void check_object(const artrepo_object *object) {
    fuzz_check(object->size >= -1);
    fuzz_check(memchr(object->version, '\0', sizeof object->version) != NULL);
    fuzz_check(memchr(object->content_type, '\0', sizeof object->content_type) != NULL);
    /* It is sent back in headers. */
    for (const char *c = object->version; *c != '\0'; c++) {
        fuzz_check(((unsigned char)*c >= 0x20 || *c == '\t') && *c != 0x7f);
    }
}

static artrepo_code take_listed(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)error;
    size_t *count = data;
    check_object(object);
    fuzz_check(strncmp(object->key, prefix, sizeof prefix - 1) == 0);
    ++*count;
    return ARTREPO_OK;
}

static artrepo_code run_list(driven *d) {
    size_t count = 0;
    return d->driver->list(d->state, prefix, take_listed, &count, d->operation, &d->error);
}

static artrepo_code run_stat(driven *d) {
    artrepo_code code = d->driver->stat(d->state, key, &d->object, d->operation, &d->error);
    if (code == ARTREPO_OK) {
        check_object(&d->object);
    }
    return code;
}

/* All that there is of the range, and nothing else. */
static void check_got(const artrepo_object *object, const artrepo_range *range, const char *content,
                      size_t size) {
    int64_t there = object->size - range->offset;
    there = there < 0 ? 0 : range->length >= 0 && there > range->length ? range->length : there;
    fuzz_check(range->length < 0 || size <= (size_t)range->length);
    fuzz_check(object->size < 0 || size == (size_t)there);
    fuzz_check(fuzz_transport_gave(range->offset, content, size));
}

static artrepo_code get_into_memory(driven *d, const artrepo_range *range) {
    artrepo_sink *sink = NULL;
    size_t size = 0;
    fuzz_check(artrepo_sink_open_memory(1 << 20, &sink, NULL) == ARTREPO_OK);
    artrepo_code code =
        d->driver->get(d->state, key, range, sink, &d->object, d->operation, &d->error);
    const char *content = artrepo_sink_memory(sink, &size);
    if (code == ARTREPO_OK) {
        check_got(&d->object, range, content, size);
    }
    artrepo_sink_close(sink);
    return code;
}

static artrepo_code get_into_file(driven *d, const artrepo_range *range) {
    artrepo_sink *sink = NULL;
    char content[8192]; /* more than an input has */
    int descriptor = memfd_create("got", MFD_CLOEXEC);
    fuzz_check(artrepo_sink_open_descriptor(descriptor, "got", &sink, NULL) == ARTREPO_OK);
    artrepo_code code =
        d->driver->get(d->state, key, range, sink, &d->object, d->operation, &d->error);
    artrepo_sink_close(sink);
    ssize_t size = pread(descriptor, content, sizeof content, 0);
    if (code == ARTREPO_OK) {
        fuzz_check(size >= 0 && size < (ssize_t)sizeof content);
        check_got(&d->object, range, content, (size_t)size);
    }
    close(descriptor);
    return code;
}

static artrepo_code run_get(driven *d, int64_t offset, int64_t length) {
    artrepo_range range = {offset, length, NULL};
    artrepo_code code = d->into_file ? get_into_file(d, &range) : get_into_memory(d, &range);
    if (code == ARTREPO_OK) {
        check_object(&d->object);
    }
    return code;
}

typedef struct stream {
    artrepo_source base;
    size_t size, left;
} stream;

static artrepo_code read_stream(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                artrepo_error *error) {
    (void)error;
    stream *source = (stream *)base;
    *got = source->left < capacity ? source->left : capacity;
    fuzz_transport_content((int64_t)(source->size - source->left), buffer, *got);
    source->left -= *got;
    return ARTREPO_OK;
}

static artrepo_code rewind_stream(artrepo_source *base, artrepo_error *error) {
    (void)error;
    ((stream *)base)->left = ((stream *)base)->size;
    return ARTREPO_OK;
}

static artrepo_code run_put(driven *d, size_t size, bool size_known) {
    static const artrepo_source_functions functions = {read_stream, rewind_stream, NULL};
    stream source = {{&functions, size_known ? (int64_t)size : -1, -1}, size, size};
    artrepo_put_options options = {"text/plain"};
    artrepo_code code =
        d->driver->put(d->state, key, &source.base, &options, &d->object, d->operation, &d->error);
    if (code == ARTREPO_OK) {
        check_object(&d->object);
        fuzz_check(source.left == 0 && d->object.size == (int64_t)size);
        fuzz_check(fuzz_transport_sent() == (int64_t)size);
    } else {
        fuzz_check(!fuzz_transport_left_upload() || said_what_stays);
    }
    return code;
}

static artrepo_code run_remove_many(driven *d) {
    static const char *const keys[] = {"some/a", "some/b", "some/c & d", "some/\x01"};
    return d->driver->remove_many(d->state, keys, 4, d->operation, &d->error);
}

/* ---- all of it ---- */

static artrepo_code run(driven *d, unsigned what) {
    switch (what) {
    case 0:
        return run_stat(d);
    case 1:
        return run_get(d, 0, -1);
    case 2:
        return run_get(d, 10, 20);
    case 3:
        return d->driver->list == NULL ? run_stat(d) : run_list(d);
    case 4:
        return run_put(d, PUT_SMALL, true);
    case 5:
        return run_put(d, put_large, false);
    case 6:
        return d->driver->remove == NULL
                   ? run_put(d, PUT_SMALL, false)
                   : d->driver->remove(d->state, key, d->operation, &d->error);
    default:
        return d->driver->remove_many == NULL ? run_put(d, put_large, true) : run_remove_many(d);
    }
}

void fuzz_answers_run(const artrepo_driver *driver, const char *kind, ar_value *settings,
                      size_t part_bytes, const uint8_t *data, size_t size) {
    if (size == 0) {
        ar_value_free(settings);
        return;
    }
    driven d = {.driver = driver,
                .operation = artrepo_operation_new(),
                .into_file = (data[0] & INTO_FILE) != 0};
    artrepo_retry_policy policy = {.steps = 3, .duration_ms = 0, .factor = 1, .jitter = 0};
    artrepo_operation_set_retry(d.operation, &policy);
    artrepo_operation_set_threads(d.operation, 1);
    artrepo_operation_set_transfers(d.operation, 1);
    struct artrepo_driver_settings all = {
        .root = settings, .kind = kind, .secrets_directory = FUZZ_SECRETS_DIRECTORY};
    char *text = fuzz_text(data + 1, size - 1);
    store_knows = memmem(data, size, FUZZ_SECRET, strlen(FUZZ_SECRET)) != NULL;
    artrepo_operation_set_log(d.operation, ARTREPO_LOG_DEBUG, take_log, NULL);
    said_what_stays = false;
    put_large = 3 * part_bytes + 100;
    fuzz_transport_begin(text, size - 1, part_bytes);
    artrepo_code code = driver->open(&all, d.operation, &d.state, &d.error);
    fuzz_check(code == ARTREPO_OK);
    code = run(&d, data[0] & WHAT);
    fuzz_check_error(code, &d.error);
    check_words(d.error.message);
    driver->close(d.state);
    artrepo_operation_free(d.operation);
    ar_value_free(settings);
    free(text);
}
