#include "unit/http/scripted_server.h"

#include "base/clock.h"
#include "http/client.h"

typedef struct exchange {
    scripted_server server;
    ar_http_client *client;
    ar_http_response response;
    artrepo_error failure;
    char url[256];
} exchange;

static void start(exchange *e, scripted_answer *answer, void *data) {
    ar_http_options options = {.stall_timeout_s = 2, .connect_timeout_ms = 2000};
    *e = (exchange){.response = AR_HTTP_RESPONSE_INIT, .failure = ARTREPO_ERROR_INIT};
    scripted_start(&e->server, answer, data);
    assert_ok(ar_http_client_open(&options, &e->client, error));
}

static void stop(exchange *e) {
    ar_http_response_clear(&e->response);
    ar_http_client_close(e->client);
    scripted_stop(&e->server);
}

static artrepo_code send_request(exchange *e, ar_http_request request, const char *path,
                                 artrepo_operation *operation) {
    snprintf(e->url, sizeof e->url, "http://%s%s", e->server.address, path);
    request.url = e->url;
    request.method = request.method == NULL ? "GET" : request.method;
    return ar_http_client_send(e->client, &request, &e->response, operation, &e->failure);
}

/* ---- answers and requests ---- */

static void echo(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    char *body = NULL;
    assert_true(asprintf(&body, "%s\n%.*s", request->head, (int)request->body_size, request->body) >
                0);
    scripted_say(reply, "200 OK", "X-Test: yes\r\n", body);
    free(body);
}

static void requests_arrive_as_made(void **state) {
    (void)state;
    exchange e;
    start(&e, echo, NULL);
    static const char *const headers[] = {"x-one: 1", "authorization: secret"};
    ar_http_body body = {"the body", -1, 0, 8};
    ar_http_request request = {
        .method = "PUT", .headers = headers, .header_count = 2, .body = &body};
    assert_int_equal(send_request(&e, request, "/a/../b//%2e?q=%20", NULL), ARTREPO_OK);
    const char *text = e.response.body.data;
    assert_int_equal(e.response.status, 200);
    assert_memory_equal(text, "PUT /a/../b//%2e?q=%20 HTTP/1.1\r\n", 33);
    assert_non_null(strstr(text, "\r\nx-one: 1\r\nauthorization: secret\r\n"));
    assert_non_null(strstr(text, "\r\nContent-Length: 8\r\n"));
    assert_null(strstr(text, "Expect"));
    assert_non_null(strstr(text, "\nthe body"));
    assert_string_equal(ar_http_response_header(&e.response, "x-test"), "yes");

    request = (ar_http_request){.method = "DELETE"};
    assert_int_equal(send_request(&e, request, "/x", NULL), ARTREPO_OK);
    assert_memory_equal(e.response.body.data, "DELETE /x HTTP/1.1\r\n", 20);
    assert_null(strstr(e.response.body.data, "Content-Length"));
    assert_null(strstr(e.response.body.data, "secret")); /* nothing of the one before */
    stop(&e);
}

static void bodies_of_files(void **state) {
    (void)state;
    exchange e;
    start(&e, echo, NULL);
    char path[128];
    char *directory = scratch_directory();
    snprintf(path, sizeof path, "%s/file", directory);
    write_file(path, "0123456789", 10, 0600);
    int descriptor = open(path, O_RDONLY);
    ar_http_body body = {NULL, descriptor, 3, 5};
    ar_http_request request = {.method = "PUT", .body = &body, .expect_continue = true};
    assert_int_equal(send_request(&e, request, "/", NULL), ARTREPO_OK);
    assert_non_null(strstr(e.response.body.data, "\n34567"));
    assert_non_null(strstr(e.response.body.data, "Expect: 100-continue"));
    body.size = 8;
    assert_int_equal(send_request(&e, request, "/", NULL), ARTREPO_IO);
    assert_non_null(strstr(e.failure.message, "the file became shorter while it was read"));
    assert_false(e.failure.retryable);
    close(descriptor);
    remove_scratch(directory);
    stop(&e);
}

static void head_and_redirects(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    if (strncmp(request->head, "HEAD", 4) == 0) {
        ar_buffer_append_text(&reply->bytes,
                              "HTTP/1.1 404 Not Found\r\nContent-Length: 77\r\n\r\n");
    } else {
        scripted_say(reply, "301 Moved", "Location: /elsewhere\r\n", "moved");
    }
}

static void other_statuses(void **state) {
    (void)state;
    exchange e;
    start(&e, head_and_redirects, NULL);
    assert_int_equal(send_request(&e, (ar_http_request){.method = "HEAD"}, "/", NULL), ARTREPO_OK);
    assert_int_equal(e.response.status, 404);
    assert_int_equal(e.response.content_length, 77);
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/", NULL), ARTREPO_OK);
    assert_int_equal(e.response.status, 301); /* not followed */
    assert_string_equal(e.response.body.data, "moved");
    assert_int_equal(e.server.requests, 2);
    stop(&e);
}

/* ---- the body's way ---- */

static void large_answer(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    char *body = malloc(1000001);
    memset(body, 'b', 1000000);
    body[1000000] = '\0';
    scripted_say(reply, strstr(request->head, "/error") != NULL ? "500 No" : "200 OK", "", body);
    free(body);
}

static artrepo_code count_bytes(void *data, const ar_http_response *response, const void *bytes,
                                size_t size, artrepo_error *error) {
    (void)bytes;
    size_t *count = data;
    assert_int_equal(response->content_length, 1000000);
    if (*count > 500000) {
        return artrepo_error_set(error, ARTREPO_IO, "no space left");
    }
    *count += size;
    return ARTREPO_OK;
}

static void answers_are_bounded(void **state) {
    (void)state;
    exchange e;
    start(&e, large_answer, NULL);
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/", NULL), ARTREPO_REFUSED_UNSAFE);
    assert_int_equal(send_request(&e, (ar_http_request){.body_limit = 1000000}, "/", NULL),
                     ARTREPO_OK);
    assert_int_equal(e.response.body.size, 1000000);
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/error", NULL), ARTREPO_OK);
    assert_int_equal(e.response.body.size, 65536); /* enough to tell what was wrong */
    size_t count = 0;
    ar_http_request request = {.receive = count_bytes, .receive_data = &count};
    assert_int_equal(send_request(&e, request, "/", NULL), ARTREPO_IO);
    assert_string_equal(e.failure.message, "no space left");
    stop(&e);
}

static void many_headers(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    int count = strstr(request->head, "/more") != NULL ? 2000 : 1000;
    ar_buffer_append_text(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n");
    for (int i = 0; i < count; i++) {
        ar_buffer_printf(&reply->bytes, "X-Header-%04d: %080d\r\n", i, i);
    }
    ar_buffer_append_text(&reply->bytes, "\r\nx");
}

static void headers_are_bounded(void **state) {
    (void)state;
    exchange e;
    start(&e, many_headers, NULL);
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/", NULL), ARTREPO_OK);
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/more", NULL), ARTREPO_REFUSED_UNSAFE);
    assert_non_null(strstr(e.failure.message, "headers are larger than any that make sense"));
    assert_false(e.failure.retryable);
    stop(&e);
}

/* ---- sources ---- */

/* SIZE bytes of 's' of the more that it claims, or of an unknown number. */
typedef struct letters {
    artrepo_source base;
    size_t size, position;
    int rewinds;
} letters;

static artrepo_code letters_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                 artrepo_error *error) {
    (void)error;
    letters *source = (letters *)base;
    size_t left = source->size - source->position;
    *got = left < capacity ? left : capacity;
    memset(buffer, 's', *got);
    source->position += *got;
    return ARTREPO_OK;
}

static artrepo_code letters_rewind(artrepo_source *base, artrepo_error *error) {
    (void)error;
    ((letters *)base)->position = 0;
    ((letters *)base)->rewinds++;
    return ARTREPO_OK;
}

static const artrepo_source_functions rewindable = {letters_read, letters_rewind, NULL};

static void sources_that_end_early(void **state) {
    (void)state;
    exchange e;
    start(&e, echo, NULL);
    letters source = {{&rewindable, 100, -1}, 60, 0, 0};
    ar_http_request request = {.method = "PUT", .source = &source.base};
    assert_int_equal(send_request(&e, request, "/", NULL), ARTREPO_IO);
    assert_non_null(strstr(e.failure.message, "the source ended after 60 of its 100 bytes"));
    assert_false(e.failure.retryable);
    assert_int_equal(e.server.requests, 0);
    stop(&e);
}

/* ---- connections ---- */

static void close_or_keep(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    scripted_say(reply, "200 OK", "", "x");
    reply->close = strstr(request->head, "/close") != NULL; /* without saying so */
}

static void connections_are_kept(void **state) {
    (void)state;
    exchange e;
    start(&e, close_or_keep, NULL);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(send_request(&e, (ar_http_request){0}, "/", NULL), ARTREPO_OK);
    }
    assert_int_equal(e.server.connections, 1);
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/close", NULL), ARTREPO_OK);
    ar_clock_sleep_ns(20 * AR_MILLISECOND_NS);
    ar_http_body body = {"again", -1, 0, 5};
    ar_http_request request = {.method = "PUT", .body = &body};
    assert_int_equal(send_request(&e, request, "/", NULL), ARTREPO_OK);
    assert_int_equal(e.server.connections, 2);
    /* And so is a source that can be rewound. */
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/close", NULL), ARTREPO_OK);
    ar_clock_sleep_ns(20 * AR_MILLISECOND_NS);
    letters source = {{&rewindable, 100, -1}, 100, 0, 0};
    request = (ar_http_request){.method = "PUT", .source = &source.base};
    assert_int_equal(send_request(&e, request, "/", NULL), ARTREPO_OK);
    assert_int_equal(e.server.connections, 3);
    stop(&e);
}

static void *send_twenty(void *data) {
    exchange *e = data;
    for (int i = 0; i < 20; i++) {
        ar_http_response response = AR_HTTP_RESPONSE_INIT;
        ar_http_request request = {.method = "GET", .url = e->url};
        assert_int_equal(ar_http_client_send(e->client, &request, &response, NULL, NULL),
                         ARTREPO_OK);
        assert_string_equal(response.body.data, "x");
        ar_http_response_clear(&response);
    }
    return NULL;
}

static void many_threads(void **state) {
    (void)state;
    exchange e;
    start(&e, close_or_keep, NULL);
    snprintf(e.url, sizeof e.url, "http://%s/", e.server.address);
    pthread_t threads[8];
    for (int i = 0; i < 8; i++) {
        pthread_create(&threads[i], NULL, send_twenty, &e);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(e.server.requests, 160);
    assert_true(e.server.connections <= 8);
    stop(&e);
}

/* ---- what goes wrong ---- */

static void break_off(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    if (strstr(request->head, "/short") != NULL) {
        ar_buffer_append_text(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    } else if (strstr(request->head, "/half") != NULL) {
        ar_buffer_append_text(&reply->bytes, "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Le");
    } else if (strstr(request->head, "/garbage") != NULL) {
        ar_buffer_append_text(&reply->bytes, "\x15\x03\x03 nothing like HTTP\r\n\r\n");
    } else if (strstr(request->head, "/stall") != NULL) {
        ar_buffer_append_text(&reply->bytes, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
        return;
    }
    reply->close = true;
    reply->reset = strstr(request->head, "/reset") != NULL;
}

static void assert_fails(exchange *e, const char *path, artrepo_code code, bool retryable,
                         ar_http_failure failure) {
    assert_int_equal(send_request(e, (ar_http_request){0}, path, NULL), code);
    assert_int_equal(e->failure.retryable, retryable);
    assert_int_equal(e->response.failure, failure);
    assert_non_null(strstr(e->failure.message, e->server.address));
}

static void broken_answers(void **state) {
    (void)state;
    exchange e;
    start(&e, break_off, NULL);
    assert_fails(&e, "/short", ARTREPO_TRANSIENT, true, AR_HTTP_BROKEN);
    assert_fails(&e, "/half", ARTREPO_TRANSIENT, true, AR_HTTP_BROKEN); /* no object of 0 bytes */
    assert_non_null(strstr(e.failure.message, "ends within its headers"));
    assert_fails(&e, "/reset", ARTREPO_TRANSIENT, true, AR_HTTP_SILENT);
    assert_fails(&e, "/nothing", ARTREPO_TRANSIENT, true, AR_HTTP_SILENT);
    assert_fails(&e, "/garbage", ARTREPO_INVALID, false, AR_HTTP_NOT_HTTP);
    int64_t before = ar_clock_now_ns();
    assert_fails(&e, "/stall", ARTREPO_TRANSIENT, true, AR_HTTP_BROKEN);
    assert_in_range(ar_clock_now_ns() - before, AR_SECOND_NS, 8 * AR_SECOND_NS);
    stop(&e);
}

/* The client has no time of its own: that of the operation counts, in full seconds. */
static void stalls_of_the_operation(void **state) {
    (void)state;
    exchange e;
    ar_http_options options = {.connect_timeout_ms = 2000};
    artrepo_operation *operation = artrepo_operation_new();
    start(&e, break_off, NULL);
    ar_http_client_close(e.client);
    assert_ok(ar_http_client_open(&options, &e.client, error));
    artrepo_operation_set_stall_timeout(operation, 100);
    int64_t before = ar_clock_now_ns();
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/stall", operation),
                     ARTREPO_TRANSIENT);
    assert_in_range(ar_clock_now_ns() - before, AR_SECOND_NS / 2, 10 * AR_SECOND_NS);
    assert_non_null(strstr(e.failure.message, "waited too long for"));
    assert_true(e.failure.retryable);
    /* As good as none: the request's own time is over first. */
    artrepo_operation_set_stall_timeout(operation, INT64_MAX);
    before = ar_clock_now_ns();
    ar_http_request request = {.timeout_ms = 2500};
    assert_int_equal(send_request(&e, request, "/stall", operation), ARTREPO_TRANSIENT);
    assert_in_range(ar_clock_now_ns() - before, 2 * AR_SECOND_NS, 20 * AR_SECOND_NS);
    artrepo_operation_free(operation);
    stop(&e);
}

static void *cancel_soon(void *operation) {
    ar_clock_sleep_ns(100 * AR_MILLISECOND_NS);
    artrepo_operation_cancel(operation);
    return NULL;
}

static void cancel_and_deadline(void **state) {
    (void)state;
    exchange e;
    start(&e, break_off, NULL);
    artrepo_operation *operation = artrepo_operation_new();
    int64_t before = ar_clock_now_ns();
    artrepo_operation_set_deadline(operation, 200);
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/stall", operation),
                     ARTREPO_CANCELLED);
    assert_non_null(strstr(e.failure.message, "deadline"));
    artrepo_operation_set_deadline(operation, 0);
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_soon, operation);
    assert_int_equal(send_request(&e, (ar_http_request){0}, "/stall", operation),
                     ARTREPO_CANCELLED);
    pthread_join(thread, NULL);
    assert_in_range(ar_clock_now_ns() - before, 0, 3 * AR_SECOND_NS);
    assert_int_equal(send_request(&e, (ar_http_request){.timeout_ms = 100}, "/stall", NULL),
                     ARTREPO_TRANSIENT);
    artrepo_operation_free(operation);
    stop(&e);
}

static void nobody_listens(void **state) {
    (void)state;
    exchange e;
    start(&e, echo, NULL);
    scripted_stop(&e.server);
    assert_fails(&e, "/", ARTREPO_TRANSIENT, true, AR_HTTP_UNREACHABLE);
    ar_http_request request = {.method = "GET", .url = "http://no-such-host.invalid/"};
    assert_int_equal(ar_http_client_send(e.client, &request, &e.response, NULL, &e.failure),
                     ARTREPO_TRANSIENT);
    assert_non_null(strstr(e.failure.message, "cannot find the address of no-such-host.invalid"));
    request.url = "file:///etc/passwd";
    assert_int_equal(ar_http_client_send(e.client, &request, &e.response, NULL, &e.failure),
                     ARTREPO_INVALID);
    request.url = "http://[::1/";
    assert_int_equal(ar_http_client_send(e.client, &request, &e.response, NULL, &e.failure),
                     ARTREPO_INVALID);
    assert_non_null(strstr(e.failure.message, "is not an address"));
    assert_int_equal(e.response.failure, AR_HTTP_LOCAL);
    char url[64];
    snprintf(url, sizeof url, "http://user:geheim@%s/", e.server.address);
    request.url = url;
    assert_int_equal(ar_http_client_send(e.client, &request, &e.response, NULL, &e.failure),
                     ARTREPO_TRANSIENT);
    assert_non_null(strstr(e.failure.message, e.server.address));
    assert_null(strstr(e.failure.message, "geheim"));
    ar_http_response_clear(&e.response);
    ar_http_client_close(e.client);
}

static void tls_to_a_plain_port(void **state) {
    (void)state;
    exchange e;
    start(&e, break_off, NULL);
    char url[64];
    snprintf(url, sizeof url, "https://%s/", e.server.address);
    ar_http_request request = {.method = "GET", .url = url, .timeout_ms = 500};
    assert_int_not_equal(ar_http_client_send(e.client, &request, &e.response, NULL, &e.failure),
                         ARTREPO_OK);
    assert_false(ar_http_client_speaks_tls(e.client, e.server.address));
    stop(&e);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_arrive_as_made), cmocka_unit_test(bodies_of_files),
        cmocka_unit_test(other_statuses),          cmocka_unit_test(answers_are_bounded),
        cmocka_unit_test(connections_are_kept),    cmocka_unit_test(many_threads),
        cmocka_unit_test(broken_answers),          cmocka_unit_test(cancel_and_deadline),
        cmocka_unit_test(nobody_listens),          cmocka_unit_test(tls_to_a_plain_port),
        cmocka_unit_test(headers_are_bounded),     cmocka_unit_test(sources_that_end_early),
        cmocka_unit_test(stalls_of_the_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
