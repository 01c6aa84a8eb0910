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

/* ---- options ---- */

static void set_body(ar_http_transfer *transfer) {
    CURL *curl = transfer->curl;
    const ar_http_body *body = transfer->request->body;
    if (body == NULL) {
        curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
        if (strcmp(transfer->request->method, "HEAD") == 0) {
            curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
            return;
        }
    } else {
        curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)body->size);
        curl_easy_setopt(curl, CURLOPT_READFUNCTION, send_body);
        curl_easy_setopt(curl, CURLOPT_READDATA, transfer);
        curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek_body);
        curl_easy_setopt(curl, CURLOPT_SEEKDATA, transfer);
    }
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, transfer->request->method);
}

/* Later than the deadline, so that a time-out because of it is recognised as such. */
#define DEADLINE_SLACK_MS 20

static void set_timeouts(ar_http_transfer *transfer) {
    int64_t timeout = ar_operation_remaining_ms(transfer->operation);
    timeout = timeout > INT64_MAX - DEADLINE_SLACK_MS ? timeout : timeout + DEADLINE_SLACK_MS;
    if (transfer->request->timeout_ms > 0 && transfer->request->timeout_ms < timeout) {
        timeout = transfer->request->timeout_ms;
    }
    if (timeout != INT64_MAX) {
        curl_easy_setopt(transfer->curl, CURLOPT_TIMEOUT_MS, (long)timeout);
    }
    if (transfer->request->stall_timeout_s > 0) {
        curl_easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_TIME,
                         (long)transfer->request->stall_timeout_s);
    }
}

static void set_callbacks(ar_http_transfer *transfer) {
    CURL *curl = transfer->curl;
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->text);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, check_cancel);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, transfer);
}

/* NULL when there is no memory. */
static struct curl_slist *make_headers(const ar_http_request *request) {
    /* Without a word from us curl would ask by itself, from 1 MiB on. */
    struct curl_slist *list =
        curl_slist_append(NULL, request->expect_continue ? "Expect: 100-continue" : "Expect:");
    for (size_t i = 0; list != NULL && i < request->header_count; i++) {
        struct curl_slist *longer = curl_slist_append(list, request->headers[i]);
        if (longer == NULL) {
            curl_slist_free_all(list);
        }
        list = longer;
    }
    return list;
}

artrepo_code ar_http_transfer_run(ar_http_transfer *transfer, artrepo_error *error) {
    struct curl_slist *headers = make_headers(transfer->request);
    if (headers == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request");
    }
    set_body(transfer);
    set_timeouts(transfer);
    set_callbacks(transfer);
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode result = curl_easy_setopt(transfer->curl, CURLOPT_URL, transfer->request->url);
    if (result == CURLE_OK) {
        ar_http_signal held;
        ar_http_signal_hold(&held);
        result = curl_easy_perform(transfer->curl);
        ar_http_signal_release(&held);
    }
    curl_slist_free_all(headers);
    return result == CURLE_OK ? ARTREPO_OK : ar_http_transfer_failed(transfer, result, error);
}
