#include "s3/strays.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/operation.h"
#include "s3/object.h"
#include "s3/url.h"
#include "s3/xml.h"

#define REQUEST_TIMEOUT_MS 10000
#define RECENT_MS 1000 /* a loss that the store may be busy with still */
#define SLACK_MS 2000  /* stores count seconds, and clocks drift */
#define PAGE_BYTES ((size_t)4 << 20)
enum { MAX_STRAYS = 16, MAX_ID = 1024, ATTEMPTS = 3 };

void ar_s3_strays_note(ar_s3_strays *strays, int64_t from_ms, int64_t to_ms) {
    if (!strays->any) {
        *strays = (ar_s3_strays){true, from_ms, to_ms};
    }
    strays->to_ms = to_ms;
}

/* Nothing of this is the operation's: the one that was cancelled would cancel it, too. */
static artrepo_code send_request(ar_s3 *s3, ar_s3_request *request, ar_http_response *response,
                                 artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    request->timeout_ms = REQUEST_TIMEOUT_MS;
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        *error = (artrepo_error)ARTREPO_ERROR_INIT;
        code = ar_s3_send(s3, request, response, NULL, error);
        if (code == ARTREPO_OK || !error->retryable) {
            break;
        }
        ar_clock_sleep_ns((int64_t)attempt * 200 * AR_MILLISECOND_NS);
    }
    return code;
}

/* ---- finding ---- */

typedef struct upload_list {
    const char *key, *own_id;
    int64_t from_ms, to_ms; /* by the store's clock */
    bool is_encoded;
    char current_key[AR_S3_MAX_KEY * 3 + 1], current_id[MAX_ID];
    int64_t current_ms;
    char ids[MAX_STRAYS][MAX_ID];
    unsigned count;
} upload_list;

static void take_upload(upload_list *list) {
    if (list->is_encoded) {
        ar_s3_url_decode(list->current_key);
    }
    bool is_stray = strcmp(list->current_key, list->key) == 0 && list->current_id[0] != '\0' &&
                    (list->own_id == NULL || strcmp(list->current_id, list->own_id) != 0) &&
                    list->current_ms >= list->from_ms && list->current_ms <= list->to_ms;
    if (is_stray && list->count < MAX_STRAYS) {
        memcpy(list->ids[list->count++], list->current_id, MAX_ID);
    }
    list->current_key[0] = list->current_id[0] = '\0';
}

static artrepo_code read_upload(void *data, const char *path, const char *text,
                                artrepo_error *error) {
    static const char root[] = "ListMultipartUploadsResult/";
    (void)error;
    upload_list *list = data;
    if (strncmp(path, root, sizeof root - 1) != 0) {
        return ARTREPO_OK;
    }
    path += sizeof root - 1;
    if (strcmp(path, "EncodingType") == 0) {
        list->is_encoded = strcmp(text, "url") == 0;
    } else if (strcmp(path, "Upload/Key") == 0 && strlen(text) < sizeof list->current_key) {
        memcpy(list->current_key, text, strlen(text) + 1);
    } else if (strcmp(path, "Upload/UploadId") == 0 && strlen(text) < MAX_ID) {
        memcpy(list->current_id, text, strlen(text) + 1);
    } else if (strcmp(path, "Upload/Initiated") == 0) {
        list->current_ms = ar_s3_time_of_text(text);
    } else if (strcmp(path, "Upload") == 0) {
        take_upload(list);
    }
    return ARTREPO_OK;
}

static artrepo_code find(ar_s3 *s3, const ar_s3_strays *strays, upload_list *list,
                         artrepo_error *error) {
    ar_s3_request request = {
        .verb = "list uploads of", .method = "GET", .body_limit = PAGE_BYTES, .prefix = list->key};
    ar_s3_add_parameter(&request, "uploads", "");
    ar_s3_add_parameter(&request, "prefix", list->key);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = send_request(s3, &request, &response, error);
    if (code == ARTREPO_OK) {
        int64_t offset = response.date_ms == 0 ? 0 : response.date_ms - ar_clock_wall_ms();
        list->from_ms = strays->from_ms + offset - SLACK_MS;
        list->to_ms = strays->to_ms + offset + SLACK_MS;
        code = ar_s3_xml_read(response.body.data, response.body.size, read_upload, list, error);
    }
    ar_http_response_clear(&response);
    return code;
}

/* What a store was asked for a moment ago it may list a little later. */
static artrepo_code find_soon(ar_s3 *s3, const ar_s3_strays *strays, upload_list *list,
                              artrepo_error *error) {
    static const int64_t pauses_ms[] = {150, 500};
    bool is_recent = ar_clock_wall_ms() - strays->to_ms < RECENT_MS;
    artrepo_code code = find(s3, strays, list, error);
    for (int i = 0; code == ARTREPO_OK && is_recent && list->count == 0 && i < 2; i++) {
        ar_clock_sleep_ns(pauses_ms[i] * AR_MILLISECOND_NS);
        code = find(s3, strays, list, error);
    }
    return code;
}

/* ---- aborting ---- */

static artrepo_code read_part(void *data, const char *path, const char *text,
                              artrepo_error *error) {
    (void)text;
    (void)error;
    bool *has_parts = data;
    *has_parts = *has_parts || strcmp(path, "ListPartsResult/Part") == 0;
    return ARTREPO_OK;
}

/* True when that cannot be told. */
static bool has_parts(ar_s3 *s3, const char *key, const char *id) {
    ar_s3_request request = {
        .verb = "list parts of", .method = "GET", .key = key, .body_limit = PAGE_BYTES};
    ar_s3_add_parameter(&request, "uploadId", id);
    ar_s3_add_parameter(&request, "max-parts", "1");
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    bool found = false;
    if (send_request(s3, &request, &response, &failure) != ARTREPO_OK ||
        ar_s3_xml_read(response.body.data, response.body.size, read_part, &found, &failure) !=
            ARTREPO_OK) {
        found = true;
    }
    ar_http_response_clear(&response);
    return found;
}

static artrepo_code abort_one(ar_s3 *s3, const char *key, const char *id, artrepo_error *error) {
    ar_s3_request request = {.verb = "abort", .method = "DELETE", .key = key};
    ar_s3_add_parameter(&request, "uploadId", id);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = send_request(s3, &request, &response, error);
    ar_http_response_clear(&response);
    return strcmp(error->store_code, "NoSuchUpload") == 0 ? ARTREPO_OK : code;
}

void ar_s3_strays_abort(ar_s3 *s3, const char *key, const char *own_id, const ar_s3_strays *strays,
                        artrepo_operation *operation) {
    upload_list *list = strays->any ? calloc(1, sizeof *list) : NULL;
    if (list == NULL) {
        return;
    }
    list->key = key;
    list->own_id = own_id;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = find_soon(s3, strays, list, &failure);
    for (unsigned i = 0; code == ARTREPO_OK && i < list->count; i++) {
        if (!has_parts(s3, key, list->ids[i])) {
            code = abort_one(s3, key, list->ids[i], &failure);
        }
    }
    if (code != ARTREPO_OK) {
        ar_log(operation, ARTREPO_LOG_WARNING,
               "could not see whether a multipart upload was begun whose answer was lost; it stays "
               "in the store until it is aborted",
               "key", key, "error", failure.message, NULL);
    }
    free(list);
}
