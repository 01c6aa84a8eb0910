#include "s3/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/operation.h"
#include "base/retry.h"
#include "remote/percent.h"
#include "s3/url.h"

#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define MAX_CLOCK_ERROR_MS (INT64_C(300) * 1000)

void ar_s3_add_parameter(ar_s3_request *request, const char *name, const char *value) {
    if (value != NULL && request->parameter_count < AR_S3_MAX_PARAMETERS) {
        request->parameters[request->parameter_count++] = (ar_s3_parameter){name, value};
    }
}

void ar_s3_add_header(ar_s3_request *request, const char *name, const char *value) {
    if (value != NULL && request->header_count < AR_S3_MAX_HEADERS) {
        request->headers[request->header_count++] = (ar_s3_header){name, value};
    }
}

/* ---- building ---- */

/* What one attempt is made of: all texts that the signature covers. */
typedef struct attempt {
    char region[AR_S3_REGION_BYTES];
    int64_t clock_offset_ms;
    char time[AR_S3_TIME_TEXT];
    ar_buffer host, path, query, url, authorization;
    ar_s3_header headers[AR_S3_MAX_HEADERS + 4];
    size_t header_count;
    ar_buffer lines; /* of the headers as they are sent, zero-terminated each */
    const char *line_list[AR_S3_MAX_HEADERS + 6];
    size_t line_count;
    ar_held_credentials *credentials; /* while it is signed */
    unsigned long generation;         /* of the credentials that signed it */
} attempt;

static void free_attempt(attempt *a) {
    ar_buffer_free(&a->host);
    ar_buffer_free(&a->path);
    ar_buffer_free(&a->query);
    ar_buffer_free(&a->url);
    ar_buffer_free(&a->authorization);
    if (a->lines.data != NULL) { /* the session token is in it */
        explicit_bzero(a->lines.data, a->lines.size);
    }
    ar_buffer_free(&a->lines);
    ar_provider_give_back(a->credentials);
    a->credentials = NULL;
}

static int compare_parameters(const void *a, const void *b) {
    return strcmp(((const ar_s3_parameter *)a)->name, ((const ar_s3_parameter *)b)->name);
}

/* Encoded and sorted by name, as the signature wants it. */
static bool build_query(const ar_s3_request *request, ar_buffer *query) {
    ar_s3_parameter sorted[AR_S3_MAX_PARAMETERS];
    memcpy(sorted, request->parameters, sizeof sorted);
    qsort(sorted, request->parameter_count, sizeof *sorted, compare_parameters);
    bool ok = ar_buffer_append_text(query, "");
    for (size_t i = 0; ok && i < request->parameter_count; i++) {
        ok = (i == 0 || ar_buffer_append_char(query, '&')) &&
             ar_percent_encode(query, sorted[i].name, false) && ar_buffer_append_char(query, '=') &&
             ar_percent_encode(query, sorted[i].value, false);
    }
    return ok;
}

static bool build_address(ar_s3 *s3, const ar_s3_request *request, attempt *a) {
    ar_s3_region(s3, a->region);
    return ar_s3_url_host(&s3->config, a->region, &a->host) &&
           ar_s3_url_path(&s3->config, request->key, &a->path) && build_query(request, &a->query) &&
           ar_buffer_append_text(&a->url, s3->config.tls ? "https://" : "http://") &&
           ar_buffer_append_text(&a->url, a->host.data) &&
           ar_buffer_append_text(&a->url, a->path.data) &&
           ar_buffer_append_text(&a->url, a->query.size > 0 ? "?" : "") &&
           ar_buffer_append(&a->url, a->query.data, a->query.size);
}

static void add(attempt *a, const char *name, const char *value) {
    if (value != NULL) {
        a->headers[a->header_count++] = (ar_s3_header){name, value};
    }
}

static bool sign(ar_s3 *s3, const ar_s3_request *request, attempt *a) {
    const char *payload = request->payload == NULL ? EMPTY_SHA256 : request->payload;
    const ar_s3_credentials *credentials = ar_s3_provider_credentials(a->credentials);
    a->clock_offset_ms = atomic_load(&s3->clock_offset_ms);
    ar_s3_time_text((time_t)((ar_clock_wall_ms() + a->clock_offset_ms) / 1000), a->time);
    memcpy(a->headers, request->headers, request->header_count * sizeof *a->headers);
    a->header_count = request->header_count;
    add(a, "host", a->host.data);
    add(a, "x-amz-content-sha256", payload);
    add(a, "x-amz-date", a->time);
    add(a, "x-amz-security-token", credentials->session_token);
    ar_s3_signed_request to_sign = {
        .method = request->method,
        .path = a->path.data,
        .query = a->query.data == NULL ? "" : a->query.data,
        .headers = a->headers,
        .header_count = a->header_count,
        .payload = payload,
        .time = a->time,
        .region = a->region,
        .service = "s3",
        .access_key = credentials->access_key,
        .secret_key = credentials->secret_key,
    };
    if (!ar_s3_sign(&s3->signer, &to_sign, &a->authorization)) {
        return false;
    }
    add(a, "authorization", a->authorization.data);
    return true;
}

static bool build_lines(attempt *a) {
    size_t size = 0;
    for (size_t i = 0; i < a->header_count; i++) {
        size += strlen(a->headers[i].name) + strlen(a->headers[i].value) + sizeof ": ";
    }
    bool ok = ar_buffer_reserve(&a->lines, size); /* growing would leave copies of a token behind */
    for (size_t i = 0; ok && i < a->header_count; i++) {
        ok = ar_buffer_append_text(&a->lines, a->headers[i].name) &&
             ar_buffer_append_text(&a->lines, ": ") &&
             ar_buffer_append_text(&a->lines, a->headers[i].value) &&
             ar_buffer_append_char(&a->lines, '\0');
    }
    const char *line = a->lines.data;
    for (size_t i = 0; ok && i < a->header_count; i++) {
        a->line_list[a->line_count++] = line;
        line += strlen(line) + 1;
    }
    return ok;
}

/* ---- sending ---- */

static artrepo_code send_once(ar_s3 *s3, const ar_s3_request *request, attempt *a,
                              ar_http_response *response, artrepo_operation *operation,
                              artrepo_error *error) {
    static const ar_http_body empty = {"", -1, 0, 0};
    artrepo_code code = ar_provider_take(&s3->provider.shared, operation, &a->credentials, error);
    if (code != ARTREPO_OK) {
        ar_http_response_clear(response);
        response->failure = AR_HTTP_LOCAL;
        return code;
    }
    a->generation = a->credentials->generation;
    if (!build_address(s3, request, a) || !sign(s3, request, a) || !build_lines(a)) {
        ar_http_response_clear(response);
        response->failure = AR_HTTP_LOCAL;
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request");
    } else {
        /* Without a length servers refuse those two methods. */
        bool bodiless = strcmp(request->method, "PUT") != 0 && strcmp(request->method, "POST") != 0;
        ar_http_request http = {
            .method = request->method,
            .url = a->url.data,
            .headers = a->line_list,
            .header_count = a->line_count,
            .body = request->body == NULL && !bodiless ? &empty : request->body,
            .expect_continue = request->expect_continue,
            .fresh_connection = request->fresh_connection,
            .receive = request->receive,
            .receive_data = request->receive_data,
            .body_limit = request->body_limit,
            .timeout_ms = request->timeout_ms,
            .stall_timeout_s = request->stall_timeout_s,
        };
        code = ar_http_client_send(s3->http, &http, response, operation, error);
    }
    free_attempt(a);
    return code;
}

/* ---- correcting ---- */

typedef struct corrections {
    bool region, clock, credentials, bucket;
} corrections;

/* Other threads may have put it right meanwhile: what counts is what this attempt was made with. */
static bool correct_region(ar_s3 *s3, const attempt *a, const ar_http_response *response,
                           const ar_s3_fault *fault, artrepo_operation *operation) {
    int status = response->status;
    if (status != 301 && status != 307 && status != 400) {
        return false;
    }
    const char *region = ar_http_response_header(response, "x-amz-bucket-region");
    region = region == NULL ? fault->region : region;
    if (strcmp(region, a->region) == 0 || !ar_s3_set_region(s3, region)) {
        return false;
    }
    ar_log(operation, ARTREPO_LOG_WARNING, "the bucket is in another region; set it to save time",
           "bucket", s3->config.bucket, "region", region, NULL);
    return true;
}

static bool correct_clock(ar_s3 *s3, const attempt *a, const ar_http_response *response,
                          artrepo_operation *operation) {
    if (response->status != 403 || response->date_ms == 0) {
        return false;
    }
    int64_t offset = response->date_ms - ar_clock_wall_ms();
    int64_t change = offset - a->clock_offset_ms;
    if (change > -MAX_CLOCK_ERROR_MS && change < MAX_CLOCK_ERROR_MS) {
        return false;
    }
    atomic_store(&s3->clock_offset_ms, offset);
    char seconds[32];
    snprintf(seconds, sizeof seconds, "%lld", (long long)(offset / 1000));
    ar_log(operation, ARTREPO_LOG_WARNING, "this machine's clock is wrong; using the store's",
           "seconds", seconds, NULL);
    return true;
}

/* Temporary credentials end, and may be taken back before. */
static bool is_about_credentials(const ar_s3_fault *fault) {
    static const char *const codes[] = {
        "ExpiredToken",         "ExpiredTokenException", "InvalidToken",      "InvalidTokenId",
        "TokenRefreshRequired", "InvalidAccessKeyId",    "XAdminUserNotFound"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (strcmp(fault->code, codes[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether the request is worth sending again; with ARTREPO_OK in CODE, or why not. */
static bool correct(ar_s3 *s3, const ar_s3_request *request, const attempt *a,
                    const ar_http_response *response, corrections *done,
                    artrepo_operation *operation, artrepo_code *code, artrepo_error *error) {
    ar_s3_fault fault;
    ar_s3_fault_read(response, &fault);
    if (!done->region && correct_region(s3, a, response, &fault, operation)) {
        return done->region = true;
    }
    if (!done->clock && correct_clock(s3, a, response, operation)) {
        return done->clock = true;
    }
    if (!done->credentials && is_about_credentials(&fault)) {
        bool has_others = false;
        done->credentials = true;
        *code =
            ar_provider_replace(&s3->provider.shared, a->generation, operation, &has_others, error);
        if (*code != ARTREPO_OK && error != NULL) {
            char what[1500];
            ar_s3_describe(s3, request, what, sizeof what);
            artrepo_error_prefix(error, "%s: %s, and there are no new credentials", what,
                                 fault.code);
        }
        return has_others;
    }
    if (!done->bucket && request->creates_bucket && s3->config.create_bucket &&
        strcmp(fault.code, "NoSuchBucket") == 0) {
        done->bucket = true;
        *code = ar_s3_create_bucket(s3, operation, error);
        return *code == ARTREPO_OK;
    }
    return false;
}

/* The status is sent before the work is done, so that 200 can still have an error in its body. */
static bool is_disguised_error(const ar_http_response *response) {
    ar_s3_fault fault;
    return response->body.size > 0 && ar_s3_fault_read(response, &fault);
}

artrepo_code ar_s3_send(ar_s3 *s3, const ar_s3_request *request, ar_http_response *response,
                        artrepo_operation *operation, artrepo_error *error) {
    corrections done = {.region = false};
    for (;;) {
        artrepo_code code = artrepo_operation_check(operation, error);
        if (code != ARTREPO_OK) {
            response->failure = AR_HTTP_LOCAL;
            return code;
        }
        attempt a = {0};
        code = send_once(s3, request, &a, response, operation, error);
        if (code != ARTREPO_OK) {
            return ar_s3_error_of_transport(s3, request, response, error);
        }
        if (atomic_load(&s3->protocol) != AR_S3_HTTP) {
            atomic_store(&s3->protocol, AR_S3_HTTP);
        }
        if (response->status / 100 == 2) {
            bool writes = strcmp(request->method, "GET") != 0;
            return writes && is_disguised_error(response)
                       ? ar_s3_error_of_answer(s3, request, response, error)
                       : ARTREPO_OK;
        }
        if (!correct(s3, request, &a, response, &done, operation, &code, error)) {
            return code != ARTREPO_OK ? code : ar_s3_error_of_answer(s3, request, response, error);
        }
    }
}

artrepo_code ar_s3_send_retrying(ar_s3 *s3, const ar_s3_request *request,
                                 ar_http_response *response, artrepo_operation *operation,
                                 artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char what[256];
    snprintf(what, sizeof what, "%s %s", request->verb,
             request->key == NULL ? s3->config.bucket : request->key);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        code = ar_s3_send(s3, request, response, operation, &failure);
    } while (code != ARTREPO_OK && ar_retry_again(&retry, what, &failure));
    if (code != ARTREPO_OK) {
        if (error != NULL) {
            *error = failure;
        }
        return failure.code;
    }
    return ARTREPO_OK;
}
