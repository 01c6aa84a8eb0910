/* The transport and its clock are replaced when the program is linked (--wrap). */
#include "answers.h"

#include <pthread.h>

#include "base/settings.h"
#include "fuzz.h"
#include "http/client.h"

enum { PART = 4096, PUT_SMALL = 100, PUT_LARGE = 3 * PART + 100, MOST_REQUESTS = 64 };

static const char key[] = "some/key";
static const char prefix[] = "some/";

/* ---- the transport ---- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *script, *script_end;
static size_t requests;

artrepo_code __wrap_ar_http_client_open(const ar_http_options *options, ar_http_client **client,
                                        artrepo_error *error);
void __wrap_ar_http_client_close(ar_http_client *client);
artrepo_code __wrap_ar_http_client_send(ar_http_client *client, const ar_http_request *request,
                                        ar_http_response *response, artrepo_operation *operation,
                                        artrepo_error *error);
bool __wrap_ar_http_client_speaks_tls(ar_http_client *client, const char *server);
size_t __wrap_artrepo_operation_part_size(const artrepo_operation *operation);
void __wrap_ar_clock_sleep_ns(int64_t ns);

void __wrap_ar_clock_sleep_ns(int64_t ns) {
    fuzz_check(ns >= 0);
}

artrepo_code __wrap_ar_http_client_open(const ar_http_options *options, ar_http_client **client,
                                        artrepo_error *error) {
    (void)options;
    (void)error;
    *client = malloc(1);
    return ARTREPO_OK;
}

void __wrap_ar_http_client_close(ar_http_client *client) {
    free(client);
}

bool __wrap_ar_http_client_speaks_tls(ar_http_client *client, const char *server) {
    (void)client;
    fuzz_check(strlen(server) > 0);
    return false;
}

size_t __wrap_artrepo_operation_part_size(const artrepo_operation *operation) {
    (void)operation;
    return PART;
}

/* False when there are no more. */
static bool next_answer(const char **answer, const char **end) {
    static const char between[] = "\n%%\n";
    pthread_mutex_lock(&mutex);
    bool found = script < script_end && ++requests <= MOST_REQUESTS;
    if (found) {
        *answer = script;
        *end = memmem(script, (size_t)(script_end - script), between, sizeof between - 1);
        script = *end == NULL ? script_end : *end + sizeof between - 1;
        *end = *end == NULL ? script_end : *end;
    }
    pthread_mutex_unlock(&mutex);
    return found;
}

/* Returns where the body begins. */
static const char *take_headers(ar_http_response *response, const char *answer, const char *end,
                                bool *fits) {
    *fits = true;
    while (answer < end && *fits) {
        const char *feed = memchr(answer, '\n', (size_t)(end - answer));
        const char *line = answer;
        size_t size = (size_t)((feed == NULL ? end : feed + 1) - answer);
        answer += size;
        *fits = ar_http_response_add_line(response, line, size);
        if (size == 1) {
            return answer;
        }
    }
    *fits = *fits && ar_http_response_add_line(response, "\n", 1);
    return answer;
}

static artrepo_code take_body(const ar_http_request *request, ar_http_response *response,
                              const char *body, size_t size, artrepo_error *error) {
    size_t limit = request->body_limit == 0 ? 64 << 10 : request->body_limit;
    if (request->receive == NULL || response->status / 100 != 2) {
        fuzz_check(ar_buffer_append(&response->body, body, size < limit ? size : limit));
        return ARTREPO_OK;
    }
    size_t half = size / 2;
    artrepo_code code = ARTREPO_OK;
    if (half > 0) {
        code = request->receive(request->receive_data, response, body, half, error);
    }
    if (code == ARTREPO_OK && size > 0) {
        code = request->receive(request->receive_data, response, body + half, size - half, error);
    }
    return code;
}

static void check_request(const ar_http_request *request) {
    fuzz_check(request->method[0] != '\0' && strncmp(request->url, "http", 4) == 0);
    fuzz_check(strpbrk(request->url, " \r\n\t") == NULL);
    for (size_t i = 0; i < request->header_count; i++) {
        fuzz_check(strpbrk(request->headers[i], "\r\n") == NULL);
    }
}

static void send_source(artrepo_source *source) {
    char buffer[4096];
    size_t got = 1;
    while (got > 0 &&
           artrepo_source_read(source, buffer, sizeof buffer, &got, NULL) == ARTREPO_OK) {
    }
}

artrepo_code __wrap_ar_http_client_send(ar_http_client *client, const ar_http_request *request,
                                        ar_http_response *response, artrepo_operation *operation,
                                        artrepo_error *error) {
    (void)client;
    const char *answer, *end;
    check_request(request);
    ar_http_response_clear(response);
    if (request->source != NULL) {
        send_source(request->source);
    }
    if (!next_answer(&answer, &end)) {
        response->failure = AR_HTTP_UNREACHABLE;
        artrepo_error_set(error, ARTREPO_TRANSIENT, "no more answers");
        /* All attempts would end so. */
        artrepo_operation_cancel(operation);
        return ARTREPO_TRANSIENT;
    }
    bool breaks = answer < end && *answer == '!';
    bool fits;
    response->status = 200;
    const char *body = take_headers(response, answer + breaks, end, &fits);
    /* The tests of the retries have the waiting. */
    response->retry_after_ms = response->retry_after_ms > 0 ? 1 : 0;
    size_t size = (size_t)(end - body);
    if (response->content_length >= 0 && size != (uint64_t)response->content_length) {
        /* The transport sees to it that what comes is as long as it was said to be. */
        breaks = breaks || size < (uint64_t)response->content_length;
        size = breaks ? size : (size_t)response->content_length;
    }
    artrepo_code code =
        fits ? take_body(request, response, body, size, error)
             : artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE, "the headers are too large");
    if (code == ARTREPO_OK && (breaks || response->status < 100)) {
        response->failure = AR_HTTP_BROKEN;
        code = artrepo_error_set(error, ARTREPO_TRANSIENT, "the connection broke");
    } else if (code != ARTREPO_OK) {
        response->failure = AR_HTTP_LOCAL;
    }
    return code;
}

/* ---- what the driver is asked for ---- */

typedef struct driven {
    const artrepo_driver *driver;
    void *state;
    artrepo_operation *operation;
    artrepo_error error;
    artrepo_object object;
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

static artrepo_code run_get(driven *d, int64_t offset, int64_t length) {
    artrepo_range range = {offset, length, NULL};
    artrepo_sink *sink = NULL;
    size_t size = 0;
    fuzz_check(artrepo_sink_open_memory(1 << 20, &sink, NULL) == ARTREPO_OK);
    artrepo_code code =
        d->driver->get(d->state, key, &range, sink, &d->object, d->operation, &d->error);
    artrepo_sink_memory(sink, &size);
    if (code == ARTREPO_OK) {
        check_object(&d->object);
        fuzz_check(length < 0 || size <= (size_t)length);
        /* All that there is of the range, and nothing else. */
        int64_t there = d->object.size - offset;
        there = there < 0 ? 0 : length >= 0 && there > length ? length : there;
        fuzz_check(d->object.size < 0 || size == (size_t)there);
    }
    artrepo_sink_close(sink);
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
    memset(buffer, 'd', *got);
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
    }
    return code;
}

static artrepo_code run_remove_many(driven *d) {
    static const char *const keys[] = {"some/a", "some/b", "some/c & d", "some/\x01"};
    return d->driver->remove_many(d->state, keys, 4, d->operation, &d->error);
}

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
        return run_put(d, PUT_LARGE, false);
    case 6:
        return d->driver->remove == NULL
                   ? run_put(d, PUT_SMALL, false)
                   : d->driver->remove(d->state, key, d->operation, &d->error);
    default:
        return d->driver->remove_many == NULL ? run_put(d, PUT_LARGE, true) : run_remove_many(d);
    }
}

void fuzz_answers_run(const artrepo_driver *driver, const char *kind, ar_value *settings,
                      const uint8_t *data, size_t size) {
    if (size == 0) {
        ar_value_free(settings);
        return;
    }
    driven d = {.driver = driver, .operation = artrepo_operation_new()};
    artrepo_retry_policy policy = {.steps = 3, .duration_ms = 0, .factor = 1, .jitter = 0};
    artrepo_operation_set_retry(d.operation, &policy);
    artrepo_operation_set_threads(d.operation, 1);
    artrepo_operation_set_transfers(d.operation, 1);
    struct artrepo_driver_settings all = {
        .root = settings, .kind = kind, .secrets_directory = "/nowhere"};
    char *text = fuzz_text(data + 1, size - 1);
    script = text;
    script_end = text + size - 1;
    requests = 0;
    artrepo_code code = driver->open(&all, d.operation, &d.state, &d.error);
    fuzz_check(code == ARTREPO_OK);
    code = run(&d, data[0] % 8);
    fuzz_check_error(code, &d.error);
    driver->close(d.state);
    artrepo_operation_free(d.operation);
    ar_value_free(settings);
    free(text);
}
