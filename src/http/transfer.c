#include "http/transfer.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/operation.h"
#include "http/signal.h"

#define DEFAULT_BODY_LIMIT ((size_t)64 << 10)

/* ---- callbacks ---- */

static size_t send_body(char *buffer, size_t size, size_t count, void *data) {
    ar_http_transfer *transfer = data;
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

/* Curl starts a body over when the kept connection turns out to be closed. */
static int seek_body(void *data, curl_off_t offset, int origin) {
    ar_http_transfer *transfer = data;
    if (origin != SEEK_SET || offset < 0 || offset > transfer->request->body->size) {
        return CURL_SEEKFUNC_FAIL;
    }
    transfer->sent = offset;
    return CURL_SEEKFUNC_OK;
}

static size_t receive_header(char *line, size_t size, size_t count, void *data) {
    ar_http_transfer *transfer = data;
    if (!ar_http_response_add_line(transfer->response, line, size * count)) {
        artrepo_error_set(&transfer->failure, ARTREPO_REFUSED_UNSAFE,
                          "the answer's headers are larger than any that make sense");
        return 0;
    }
    /* A status line, a header, or the blank line at the end. */
    transfer->has_headers = size * count <= 2 && transfer->response->status >= 200;
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
        size = limit - body->size; /* the beginning of an error page tells enough */
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
    artrepo_code code;
    if (request->receive != NULL && transfer->response->status / 100 == 2) {
        code = request->receive(request->receive_data, transfer->response, bytes, total,
                                &transfer->failure);
    } else {
        code = collect(transfer, bytes, total);
    }
    if (code != ARTREPO_OK) {
        transfer->failure.code = code;
        return total == 0 ? 1 : 0;
    }
    return total;
}

static int check_cancel(void *data, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                        curl_off_t up) {
    (void)down_total;
    (void)down;
    (void)up_total;
    (void)up;
    ar_http_transfer *transfer = data;
    return artrepo_operation_check(transfer->operation, &transfer->failure) != ARTREPO_OK;
}

/* ---- the options of a handle ---- */

#define SMALL_BODY (INT64_C(64) << 10)
#define SMALL_BUFFER_BYTES (64L << 10)
#define LARGE_BUFFER_BYTES (256L << 10)
#define EXPECT_TIMEOUT_MS 500L /* some servers do not know 100-continue */

/* What stays as it is from one request to the next. */
void ar_http_transfer_open(ar_http_transfer *transfer, CURL *curl, long stall_timeout_s) {
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
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_cancel);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, stall_timeout_s);
    curl_easy_setopt(curl, CURLOPT_EXPECT_100_TIMEOUT_MS, EXPECT_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, LARGE_BUFFER_BYTES);
    curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, SMALL_BUFFER_BYTES);
}

void ar_http_transfer_close(ar_http_transfer *transfer) {
    curl_easy_cleanup(transfer->curl);
    transfer->curl = NULL;
}

static void set_body(ar_http_transfer *transfer) {
    CURL *curl = transfer->curl;
    const ar_http_body *body = transfer->request->body;
    const char *method = transfer->request->method;
    if (body != NULL) {
        bool large = body->size > SMALL_BODY;
        if (large != transfer->large_buffers) {
            transfer->large_buffers = large;
            curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE,
                             large ? LARGE_BUFFER_BYTES : SMALL_BUFFER_BYTES);
        }
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)body->size);
    } else {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        if (strcmp(method, "HEAD") == 0) {
            curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
        }
    }
    bool by_itself = strcmp(method, body != NULL ? "PUT" : "GET") == 0 ||
                     (body == NULL && strcmp(method, "HEAD") == 0);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, by_itself ? NULL : method);
}

/* Later than the deadline, so that a time-out because of it is recognised as such. */
#define DEADLINE_SLACK_MS 20

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
    if (stall != transfer->stall_s) {
        transfer->stall_s = stall;
        curl_easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_TIME, (long)stall);
    }
}

/* NULL when there is no memory. */
static struct curl_slist *make_headers(const ar_http_request *request, bool expect_continue) {
    /* Without a word from us curl would ask by itself, from 1 MiB on. */
    struct curl_slist *list =
        curl_slist_append(NULL, expect_continue ? "Expect: 100-continue" : "Expect:");
    struct curl_slist *last = list;
    for (size_t i = 0; last != NULL && i < request->header_count; i++) {
        /* Appending to the last one: nothing is walked through. */
        if (curl_slist_append(last, request->headers[i]) == NULL) {
            curl_slist_free_all(list);
            return NULL;
        }
        last = last->next;
    }
    return list;
}

/* ---- running ---- */

static CURLcode perform(ar_http_transfer *transfer) {
    ar_http_signal held;
    ar_http_signal_hold(&held);
    CURLcode result = curl_easy_perform(transfer->curl);
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
    transfer->has_headers = false;
    transfer->text[0] = '\0';
    transfer->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, headers);
    *result = curl_easy_setopt(transfer->curl, CURLOPT_URL, transfer->request->url);
    if (*result == CURLE_OK) {
        *result = perform(transfer);
    }
    if (*result == CURLE_OK && !transfer->has_headers) {
        /* Curl makes do with the headers that have come; they say nothing of the body then. */
        *result = CURLE_RECV_ERROR;
        snprintf(transfer->text, sizeof transfer->text, "the answer ends within its headers");
    }
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    return ARTREPO_OK;
}

static bool was_cut(const ar_http_transfer *transfer, CURLcode result) {
    return transfer->failure.code == ARTREPO_OK &&
           (result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR ||
            result == CURLE_GOT_NOTHING || result == CURLE_PARTIAL_FILE);
}

static bool body_is_sent(const ar_http_transfer *transfer, CURLcode result) {
    const ar_http_body *body = transfer->request->body;
    return body == NULL || (result != CURLE_SEND_ERROR && transfer->sent == body->size);
}

/* A server that refuses a request need not read its body: it answers, and closes. Whether what
 * arrived before the connection broke is such an answer, or good enough as one. */
static bool is_refusal(const ar_http_transfer *transfer, CURLcode result, bool whole) {
    const ar_http_response *response = transfer->response;
    return !body_is_sent(transfer, result) && transfer->has_headers && response->status >= 400 &&
           (!whole || (response->content_length >= 0 &&
                       (int64_t)response->body.size >= response->content_length));
}

/* Nothing can have come of a request that was not sent as a whole. Once more, then: with a question
 * before the body, so that a refusal is heard. */
static bool may_start_over(const ar_http_transfer *transfer, CURLcode result) {
    return !body_is_sent(transfer, result) &&
           (transfer->response->status < 200 || transfer->response->status >= 400);
}

artrepo_code ar_http_transfer_run(ar_http_transfer *transfer, const ar_http_request *request,
                                  ar_http_response *response, artrepo_operation *operation,
                                  artrepo_error *error) {
    transfer->request = request;
    transfer->response = response;
    transfer->operation = operation;
    set_body(transfer);
    set_timeouts(transfer);
    curl_easy_setopt(transfer->curl, CURLOPT_FRESH_CONNECT, request->fresh_connection ? 1L : 0L);
    CURLcode result = CURLE_OK;
    artrepo_code code = perform_once(transfer, request->expect_continue, &result, error);
    if (code == ARTREPO_OK && was_cut(transfer, result) && !is_refusal(transfer, result, true) &&
        may_start_over(transfer, result)) {
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
