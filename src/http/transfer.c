#include "http/transfer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/operation.h"
#include "http/signal.h"

#define DEFAULT_BODY_LIMIT ((size_t)64 << 10)
#define SECOND_THOUGHTS_MS 20 /* nginx says "100 Continue", and then that it redirects */

/* ---- callbacks ---- */

static size_t send_source(ar_http_transfer *transfer, char *buffer, size_t capacity) {
    artrepo_source *source = transfer->request->source;
    int64_t left = source->size - transfer->sent;
    size_t got = 0;
    if (transfer->request->source_once && transfer->sent == 0) {
        ar_http_loop_listen(&transfer->loop, SECOND_THOUGHTS_MS);
    }
    if (source->size >= 0 && (int64_t)capacity > left) {
        capacity = (size_t)left;
    }
    artrepo_code code =
        capacity == 0 ? ARTREPO_OK
                      : artrepo_source_read(source, buffer, capacity, &got, &transfer->failure);
    if (code == ARTREPO_OK && got == 0 && capacity > 0 && source->size >= 0) {
        code = artrepo_error_set(&transfer->failure, ARTREPO_IO,
                                 "the source ended after %lld of its %lld bytes",
                                 (long long)transfer->sent, (long long)source->size);
    }
    if (code != ARTREPO_OK) {
        transfer->failure.code = code;
        return CURL_READFUNC_ABORT;
    }
    transfer->sent += (int64_t)got;
    transfer->source_ended = source->size < 0 ? got == 0 : transfer->sent == source->size;
    return got;
}

static size_t send_body(char *buffer, size_t size, size_t count, void *data) {
    ar_http_transfer *transfer = data;
    if (transfer->request->source != NULL) {
        return send_source(transfer, buffer, size * count);
    }
    const ar_http_body *body = transfer->request->body;
    int64_t left = body->size - transfer->sent;
    size_t want = size * count;
    if ((int64_t)want > left) {
        want = (size_t)left;
    }
    if (body->data != NULL) {
        memcpy(buffer, (const char *)body->data + transfer->sent, want);
    } else if (want > 0) {
        size_t got = 0;
        if (ar_file_pread_full(body->descriptor, buffer, want, body->offset + transfer->sent, &got,
                               "the file that is being sent", &transfer->failure) != ARTREPO_OK) {
            return CURL_READFUNC_ABORT;
        }
        if (got < want) {
            artrepo_error_set(&transfer->failure, ARTREPO_IO,
                              "the file became shorter while it was read (at byte %lld)",
                              (long long)(body->offset + transfer->sent) + (long long)got);
            return CURL_READFUNC_ABORT;
        }
    }
    transfer->sent += (int64_t)want;
    return want;
}

static bool rewind_source(ar_http_transfer *transfer) {
    if (transfer->sent > 0 &&
        artrepo_source_rewind(transfer->request->source, NULL) != ARTREPO_OK) {
        return false;
    }
    transfer->sent = 0;
    transfer->source_ended = false;
    return true;
}

/* Curl starts a body over when the kept connection turns out to be closed. */
static int seek_body(void *data, curl_off_t offset, int origin) {
    ar_http_transfer *transfer = data;
    if (transfer->request->source != NULL) {
        return origin == SEEK_SET && offset == 0 && rewind_source(transfer) ? CURL_SEEKFUNC_OK
                                                                            : CURL_SEEKFUNC_FAIL;
    }
    if (origin != SEEK_SET || offset < 0 || offset > transfer->request->body->size) {
        return CURL_SEEKFUNC_FAIL;
    }
    transfer->sent = offset;
    return CURL_SEEKFUNC_OK;
}

static size_t receive_header(char *line, size_t size, size_t count, void *data) {
    ar_http_transfer *transfer = data;
    if (!ar_http_response_add_line(transfer->response, line, size * count)) {
        if (transfer->response->headers.size + size * count >= AR_HTTP_MAX_HEADERS) {
            artrepo_error_set(&transfer->failure, ARTREPO_REFUSED_UNSAFE,
                              "the answer's headers are larger than any that make sense");
        } else {
            artrepo_error_set(&transfer->failure, ARTREPO_INTERNAL,
                              "no memory for the answer's headers");
        }
        return 0;
    }
    /* A status line, a header, or the blank line at the end. */
    transfer->has_headers = size * count <= 2 && transfer->response->status >= 200;
    if (transfer->has_headers && ar_http_response_contradicts_itself(transfer->response)) {
        artrepo_error_set(&transfer->failure, ARTREPO_REFUSED_UNSAFE,
                          "the answer has several Content-Length headers that contradict each "
                          "other");
        return 0;
    }
    return size * count;
}

static artrepo_code collect(ar_http_transfer *transfer, const char *bytes, size_t size) {
    ar_buffer *body = &transfer->response->body;
    size_t limit = transfer->request->body_limit;
    limit = limit == 0 ? DEFAULT_BODY_LIMIT : limit;
    if (size > limit - body->size) {
        if (transfer->response->status / 100 == 2) {
            return artrepo_error_set(&transfer->failure, ARTREPO_REFUSED_UNSAFE,
                                     "the answer is larger than the %zu bytes that make sense",
                                     limit);
        }
        size = limit - body->size;   /* the beginning of an error page tells enough, */
        transfer->has_enough = true; /* and some have no end */
    }
    if (!ar_buffer_append(body, bytes, size)) {
        return artrepo_error_set(&transfer->failure, ARTREPO_INTERNAL, "no memory for the answer");
    }
    return ARTREPO_OK;
}

static size_t receive_body(char *bytes, size_t size, size_t count, void *data) {
    ar_http_transfer *transfer = data;
    const ar_http_request *request = transfer->request;
    size_t total = size * count;
    /* Curl hands out many of these before it returns to the loop, and the receiver may be slow. */
    artrepo_code code = artrepo_operation_check(transfer->operation, &transfer->failure);
    if (code == ARTREPO_OK) {
        bool is_wanted = request->receive != NULL && transfer->response->status / 100 == 2;
        code = is_wanted ? request->receive(request->receive_data, transfer->response, bytes, total,
                                            &transfer->failure)
                         : collect(transfer, bytes, total);
    }
    if (code != ARTREPO_OK) {
        transfer->failure.code = code;
    }
    /* Anything but TOTAL ends the transfer. */
    return code == ARTREPO_OK && !transfer->has_enough ? total : total == 0 ? 1 : 0;
}

/* ---- the options of a handle ---- */

#define SMALL_BODY (INT64_C(64) << 10)
#define WITH_HEADERS_BYTES (INT64_C(64) << 10) /* curl's own limit */
#define SMALL_BUFFER_BYTES (64L << 10)
#define LARGE_BUFFER_BYTES (256L << 10)
#define EXPECT_TIMEOUT_MS 500L /* some servers do not know 100-continue */
#define ONCE_EXPECT_TIMEOUT_MS 3000L

/* What stays as it is from one request to the next. */
bool ar_http_transfer_open(ar_http_transfer *transfer, CURL *curl, long stall_timeout_s) {
    *transfer = (ar_http_transfer){
        .curl = curl, .stall_timeout_s = stall_timeout_s, .stall_s = stall_timeout_s};
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->text);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, send_body);
    curl_easy_setopt(curl, CURLOPT_READDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek_body);
    curl_easy_setopt(curl, CURLOPT_SEEKDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall_timeout_s);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, LARGE_BUFFER_BYTES);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, SMALL_BUFFER_BYTES);
    if (!ar_http_loop_open(&transfer->loop)) {
        curl_easy_cleanup(curl);
        return false;
    }
    return true;
}

void ar_http_transfer_close(ar_http_transfer *transfer) {
    curl_easy_cleanup(transfer->curl);
    ar_http_loop_close(&transfer->loop);
    transfer->curl = NULL;
}

/* Curl sends such a body together with the headers, which spares both sides a wake-up. */
static bool goes_with_headers(const ar_http_request *request) {
    const ar_http_body *body = request->body;
    return body != NULL && body->data != NULL && body->size < WITH_HEADERS_BYTES &&
           !request->expect_continue;
}

static void set_read_body(ar_http_transfer *transfer, int64_t size) {
    bool large = size < 0 || size > SMALL_BODY;
    if (large != transfer->large_buffers) {
        transfer->large_buffers = large;
        curl_easy_setopt(transfer->curl, CURLOPT_UPLOAD_BUFFERSIZE,
                         large ? LARGE_BUFFER_BYTES : SMALL_BUFFER_BYTES);
    }
    curl_easy_setopt(transfer->curl, CURLOPT_UPLOAD, 1L);
    /* Without a size curl sends chunks. */
    curl_easy_setopt(transfer->curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)(size < 0 ? -1 : size));
}

/* Curl copies the method: with no memory for it, a DELETE would be a GET that goes well. */
static CURLcode set_body(ar_http_transfer *transfer) {
    CURL *curl = transfer->curl;
    const ar_http_request *request = transfer->request;
    const char *method = request->method;
    const char *by_itself = "GET"; /* what curl calls this without a word from us */
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL); /* or else it would be sent again */
    if (goes_with_headers(request)) {
        by_itself = "POST";
        curl_easy_setopt(curl, CURLOPT_POST, 1L);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body->size);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body->data);
    } else if (request->body != NULL || request->source != NULL) {
        by_itself = "PUT";
        set_read_body(transfer,
                      request->source != NULL ? request->source->size : request->body->size);
    } else {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        if (strcmp(method, "HEAD") == 0) {
            by_itself = "HEAD";
            curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        }
    }
    return curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST,
                            strcmp(method, by_itself) == 0 ? NULL : method);
}

/* Later than the deadline, so that a time-out because of it is recognised as such. */
#define DEADLINE_SLACK_MS 20
#define MAX_STALL_S INT64_C(31536000) /* curl counts in milliseconds, and does not look */

static void set_timeouts(ar_http_transfer *transfer) {
    int64_t timeout = ar_operation_remaining_ms(transfer->operation);
    timeout = timeout > INT64_MAX - DEADLINE_SLACK_MS ? timeout : timeout + DEADLINE_SLACK_MS;
    if (transfer->request->timeout_ms > 0 && transfer->request->timeout_ms < timeout) {
        timeout = transfer->request->timeout_ms;
    }
    timeout = timeout == INT64_MAX ? 0 : timeout;
    if (timeout != transfer->timeout_ms) {
        transfer->timeout_ms = timeout;
        curl_easy_setopt(transfer->curl, CURLOPT_TIMEOUT_MS, (long)timeout);
    }
    int64_t stall = transfer->request->stall_timeout_s;
    stall = stall > 0 ? stall : transfer->stall_timeout_s;
    if (stall <= 0) {
        int64_t stall_ms = artrepo_operation_stall_timeout(transfer->operation);
        stall = stall_ms / 1000 + (stall_ms % 1000 > 0 ? 1 : 0);
    }
    stall = stall < MAX_STALL_S ? stall : MAX_STALL_S;
    if (stall != transfer->stall_s) {
        transfer->stall_s = stall;
        curl_easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_TIME, (long)stall);
    }
}

/* One behind the other in one piece of memory, with the request's own texts; NULL when there is no
 * memory. */
static struct curl_slist *make_headers(const ar_http_request *request, bool expect_continue) {
    size_t count = request->header_count + 2;
    struct curl_slist *list = malloc(count * sizeof *list);
    if (list == NULL) {
        return NULL;
    }
    /* Without a word from us curl would ask by itself, from 1 MiB on, and take a body for a form.
     */
    const char *own[] = {expect_continue ? "Expect: 100-continue" : "Expect:", "Content-Type:"};
    for (size_t i = 0; i < count; i++) {
        const char *line = i < 2 ? own[i] : request->headers[i - 2];
        list[i] = (struct curl_slist){(char *)(uintptr_t)line, i + 1 < count ? &list[i + 1] : NULL};
    }
    return list;
}

/* ---- running ---- */

static CURLcode perform(ar_http_transfer *transfer) {
    ar_http_signal held;
    ar_http_signal_hold(&held);
    CURLcode result = ar_http_loop_run(&transfer->loop, transfer->curl, transfer->operation);
    ar_http_signal_release(&held);
    return result;
}

static artrepo_code perform_once(ar_http_transfer *transfer, bool expect_continue, CURLcode *result,
                                 artrepo_error *error) {
    struct curl_slist *headers = make_headers(transfer->request, expect_continue);
    if (headers == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request");
    }
    transfer->sent = 0;
    transfer->source_ended = false;
    transfer->has_headers = false;
    transfer->has_enough = false;
    transfer->text[0] = '\0';
    transfer->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, headers);
    *result = set_body(transfer);
    if (*result == CURLE_OK) {
        *result = curl_easy_setopt(transfer->curl, CURLOPT_URL, transfer->request->url);
    }
    if (*result == CURLE_OK) {
        *result = perform(transfer);
    }
    if (*result == CURLE_WRITE_ERROR && transfer->has_enough &&
        transfer->failure.code == ARTREPO_OK) {
        *result = CURLE_OK;
    }
    if (*result == CURLE_OK && !transfer->has_headers) {
        /* Curl makes do with the headers that have come; they say nothing of the body then. */
        *result = CURLE_RECV_ERROR;
        snprintf(transfer->text, sizeof transfer->text, "the answer ends within its headers");
    }
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, NULL);
    free(headers);
    return ARTREPO_OK;
}

static bool was_cut(const ar_http_transfer *transfer, CURLcode result) {
    return transfer->failure.code == ARTREPO_OK &&
           (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR ||
            result == CURLE_GOT_NOTHING || result == CURLE_PARTIAL_FILE);
}

static bool body_is_sent(const ar_http_transfer *transfer, CURLcode result) {
    const ar_http_body *body = transfer->request->body;
    if (transfer->request->source != NULL) {
        return result != CURLE_SEND_ERROR && transfer->source_ended;
    }
    curl_off_t sent = transfer->sent;
    if (goes_with_headers(transfer->request)) {
        curl_easy_getinfo(transfer->curl, CURLINFO_SIZE_UPLOAD_T, &sent);
    }
    return body == NULL || (result != CURLE_SEND_ERROR && sent == body->size);
}

/* A server that refuses a request need not read its body: it answers, and closes. Whether what
 * arrived before the connection broke is such an answer, or good enough as one. */
static bool is_refusal(const ar_http_transfer *transfer, CURLcode result, bool whole) {
    const ar_http_response *response = transfer->response;
    return !body_is_sent(transfer, result) && transfer->has_headers && response->status >= 300 &&
           (!whole || (response->content_length >= 0 &&
                       (int64_t)response->body.size >= response->content_length));
}

/* Nothing can have come of a request that was not sent as a whole. Once more, then: with a question
 * before the body, so that a refusal is heard. */
static bool may_start_over(const ar_http_transfer *transfer, CURLcode result) {
    return !body_is_sent(transfer, result) &&
           (transfer->response->status < 200 || transfer->response->status >= 300);
}

artrepo_code ar_http_transfer_run(ar_http_transfer *transfer, const ar_http_request *request,
                                  ar_http_response *response, artrepo_operation *operation,
                                  artrepo_error *error) {
    transfer->request = request;
    transfer->response = response;
    transfer->operation = operation;
    set_timeouts(transfer);
    bool fresh = request->fresh_connection || request->source_once;
    curl_easy_setopt(transfer->curl, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L);
    curl_easy_setopt(transfer->curl, CURLOPT_EXPECT_100_TIMEOUT_MS,
                     request->source_once ? ONCE_EXPECT_TIMEOUT_MS : EXPECT_TIMEOUT_MS);
    CURLcode result = CURLE_OK;
    artrepo_code code = perform_once(transfer, request->expect_continue, &result, error);
    if (code == ARTREPO_OK && was_cut(transfer, result) && !is_refusal(transfer, result, true) &&
        may_start_over(transfer, result) && (request->source == NULL || rewind_source(transfer))) {
        ar_http_response_clear(response);
        curl_easy_setopt(transfer->curl, CURLOPT_FRESH_CONNECT, 1L);
        code = perform_once(transfer, true, &result, error);
    }
    if (code == ARTREPO_OK && result != CURLE_OK &&
        !(was_cut(transfer, result) && is_refusal(transfer, result, false))) {
        code = ar_http_transfer_failed(transfer, result, error);
    }
    transfer->request = NULL;
    transfer->response = NULL;
    transfer->operation = NULL;
    return code;
}
