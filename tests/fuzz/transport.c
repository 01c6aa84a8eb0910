#include "transport.h"

#include <pthread.h>
#include <strings.h>
#include <unistd.h>

#include "base/settings.h"
#include "fuzz.h"
#include "http/client.h"

enum { MOST_REQUESTS = 64, MOST_CONTENT = 2 << 20 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static const char *script, *script_end;
static size_t requests, part;

artrepo_code __wrap_ar_http_client_open(const ar_http_options *options, ar_http_client **client,
                                        artrepo_error *error);
void __wrap_ar_http_client_close(ar_http_client *client);
artrepo_code __wrap_ar_http_client_send(ar_http_client *client, const ar_http_request *request,
                                        ar_http_response *response, artrepo_operation *operation,
                                        artrepo_error *error);
bool __wrap_ar_http_client_speaks_tls(ar_http_client *client, const char *server);
size_t __wrap_artrepo_operation_part_size(const artrepo_operation *operation);
void __wrap_ar_clock_sleep_ns(int64_t ns);
int64_t __wrap_ar_clock_now_ns(void);
int64_t __wrap_ar_clock_wall_ms(void);

/* ---- time, which only passes while somebody sleeps ---- */

static int64_t now_ns;

void __wrap_ar_clock_sleep_ns(int64_t ns) {
    fuzz_check(ns >= 0);
    pthread_mutex_lock(&mutex);
    now_ns += ns;
    pthread_mutex_unlock(&mutex);
}

int64_t __wrap_ar_clock_now_ns(void) {
    pthread_mutex_lock(&mutex);
    int64_t now = now_ns;
    pthread_mutex_unlock(&mutex);
    return now;
}

int64_t __wrap_ar_clock_wall_ms(void) {
    static const int64_t start_ms = 1749567489000; /* 2025-06-10T14:58:09Z */
    return start_ms + __wrap_ar_clock_now_ns() / 1000000;
}

/* ---- a client without a transport ---- */

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
    return part;
}

/* ---- what was sent of an object ---- */

static int64_t sent;

static const unsigned char *content_at(int64_t offset, size_t size) {
    static unsigned char content[MOST_CONTENT];
    if (content[1] == 0) {
        for (size_t i = 0; i < MOST_CONTENT; i++) {
            content[i] = (unsigned char)(i ^ i >> 8 ^ i >> 12);
        }
    }
    fuzz_check(offset >= 0 && offset + (int64_t)size <= MOST_CONTENT);
    return content + offset;
}

void fuzz_transport_content(int64_t offset, void *buffer, size_t size) {
    memcpy(buffer, content_at(offset, size), size);
}

static void check_sent(int64_t offset, const char *bytes, size_t size) {
    fuzz_check(size == 0 || memcmp(content_at(offset, size), bytes, size) == 0);
}

/* A part of an object. */
typedef struct extent {
    int64_t offset, size;
} extent;

static void add_sent(extent e) {
    pthread_mutex_lock(&mutex);
    if (e.offset <= sent && e.offset + e.size > sent) {
        sent = e.offset + e.size;
    }
    pthread_mutex_unlock(&mutex);
}

int64_t fuzz_transport_sent(void) {
    return sent;
}

/* NULL when there is none. */
static const char *header_of(const ar_http_request *request, const char *start) {
    for (size_t i = 0; i < request->header_count; i++) {
        if (strncasecmp(request->headers[i], start, strlen(start)) == 0) {
            return request->headers[i] + strlen(start);
        }
    }
    return NULL;
}

/* The value of a parameter of S3; NULL when there is none. */
static const char *parameter_of(const ar_http_request *request, const char *start) {
    const char *place = strstr(request->url, start);
    return place == NULL || header_of(request, "x-amz-date: ") == NULL ? NULL
                                                                       : place + strlen(start);
}

/* Where in the object the body of REQUEST is from; -1 when it is from none. */
static int64_t place_of(const ar_http_request *request) {
    const char *number = parameter_of(request, "partNumber=");
    const char *range = header_of(request, "Content-Range: bytes ");
    if (number != NULL) {
        return (strtoll(number, NULL, 10) - 1) * (int64_t)part;
    }
    if (range != NULL) {
        return strtoll(range, NULL, 10);
    }
    bool is_object = header_of(request, "content-type: text/plain") != NULL;
    return is_object && strcmp(request->method, "PUT") == 0 ? 0 : -1;
}

static extent send_source(artrepo_source *source) {
    char buffer[4096];
    extent e = {0, 0};
    size_t got = 1;
    while (got > 0 &&
           artrepo_source_read(source, buffer, sizeof buffer, &got, NULL) == ARTREPO_OK) {
        check_sent(e.size, buffer, got);
        e.size += (int64_t)got;
    }
    return e;
}

static void send_file(const ar_http_body *body) {
    char *bytes = malloc((size_t)body->size + 1);
    fuzz_check(bytes != NULL);
    fuzz_check(pread(body->descriptor, bytes, (size_t)body->size, body->offset) == body->size);
    check_sent(0, bytes, (size_t)body->size);
    free(bytes);
}

/* GCS's small uploads have the data behind what the object is to be. */
static const char *find_data(const ar_http_body *body, size_t *size) {
    static const char blank[] = "\r\n\r\n", boundary[] = "\r\n--";
    const char *data = body->data, *end = data + body->size;
    for (int parts = 0; data != NULL && parts < 2; parts++) {
        data = memmem(data, (size_t)(end - data), blank, sizeof blank - 1);
        data = data == NULL ? NULL : data + sizeof blank - 1;
    }
    fuzz_check(data != NULL);
    const char *last = end - (sizeof boundary - 1);
    while (memcmp(--last, boundary, sizeof boundary - 1) != 0) {
        fuzz_check(last > data);
    }
    *size = (size_t)(last - data);
    return data;
}

static extent send_body(const ar_http_request *request, const ar_http_body *body) {
    extent e = {place_of(request), body->size};
    if (header_of(request, "Content-Type: multipart/related") != NULL) {
        size_t size;
        const char *data = find_data(body, &size);
        check_sent(0, data, size);
        e = (extent){0, (int64_t)size};
    } else if (e.offset >= 0 && body->data == NULL) {
        send_file(body);
    } else if (e.offset >= 0) {
        check_sent(e.offset, body->data, (size_t)body->size);
    }
    return e;
}

static extent send_data(const ar_http_request *request) {
    return request->source != NULL ? send_source(request->source)
           : request->body != NULL ? send_body(request, request->body)
                                   : (extent){-1, 0};
}

/* A part must have been taken. Of an upload that goes on, the store says what it has, whatever
 * became of the request. */
static void note_sent(const ar_http_request *request, const ar_http_response *response, bool heard,
                      extent e) {
    bool is_part = parameter_of(request, "partNumber=") != NULL;
    if (e.offset >= 0 && (!is_part || (heard && response->status / 100 == 2))) {
        add_sent(e);
    }
}

/* ---- what is left in the store ---- */

static bool has_upload, upload_has_ended;

static void note_upload(const ar_http_request *request) {
    if (parameter_of(request, "uploadId=") != NULL) {
        has_upload = has_upload || strcmp(request->method, "PUT") == 0;
        upload_has_ended = upload_has_ended || strcmp(request->method, "DELETE") == 0;
    }
}

bool fuzz_transport_left_upload(void) {
    return has_upload && !upload_has_ended;
}

/* ---- what was given of an object ---- */

typedef struct delivery {
    int64_t offset;
    const char *bytes;
    size_t size;
} delivery;

static delivery deliveries[MOST_REQUESTS];
static size_t delivery_count;

static void add_delivery(const ar_http_response *response, const char *bytes, size_t size) {
    const char *range = ar_http_response_header(response, "Content-Range");
    int64_t offset = 0;
    if (response->status == 206 && range != NULL) {
        range += strcspn(range, "0123456789"); /* "bytes 5-9/10", in whatever spelling */
        offset = strtoll(range, NULL, 10);
    }
    pthread_mutex_lock(&mutex);
    deliveries[delivery_count++] = (delivery){offset, bytes, size};
    pthread_mutex_unlock(&mutex);
}

static bool gave_byte(int64_t offset, char byte) {
    for (size_t i = 0; i < delivery_count; i++) {
        const delivery *one = &deliveries[i];
        int64_t place = offset - one->offset;
        if (place >= 0 && (uint64_t)place < one->size && one->bytes[place] == byte) {
            return true;
        }
    }
    return false;
}

bool fuzz_transport_gave(int64_t offset, const char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (!gave_byte(offset + (int64_t)i, bytes[i])) {
            return false;
        }
    }
    return true;
}

/* ---- answers ---- */

void fuzz_transport_begin(const char *text, size_t size, size_t part_bytes) {
    script = text;
    script_end = text + size;
    requests = 0;
    part = part_bytes;
    sent = 0;
    delivery_count = 0;
    has_upload = upload_has_ended = false;
    now_ns = 0;
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
    add_delivery(response, body, size);
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

artrepo_code __wrap_ar_http_client_send(ar_http_client *client, const ar_http_request *request,
                                        ar_http_response *response, artrepo_operation *operation,
                                        artrepo_error *error) {
    (void)client;
    const char *answer, *end;
    check_request(request);
    ar_http_response_clear(response);
    note_upload(request);
    extent e = send_data(request);
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
    fits = fits && !ar_http_response_contradicts_itself(response);
    /* The tests of the retries have the waiting. */
    response->retry_after_ms = response->retry_after_ms > 0 ? 1 : 0;
    bool is_head = strcmp(request->method, "HEAD") == 0;
    size_t size = is_head ? 0 : (size_t)(end - body);
    if (!is_head && response->content_length >= 0 && size != (uint64_t)response->content_length) {
        /* The transport sees to it that what comes is as long as it was said to be. */
        breaks = breaks || size < (uint64_t)response->content_length;
        size = breaks ? size : (size_t)response->content_length;
    }
    artrepo_code code = fits ? take_body(request, response, body, size, error)
                             : artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                                 "the headers are not those of an answer");
    if (code == ARTREPO_OK && (breaks || response->status < 100)) {
        response->failure = AR_HTTP_BROKEN;
        code = artrepo_error_set(error, ARTREPO_TRANSIENT, "the connection broke");
    } else if (code != ARTREPO_OK) {
        response->failure = AR_HTTP_LOCAL;
    }
    note_sent(request, response, code == ARTREPO_OK, e);
    return code;
}
