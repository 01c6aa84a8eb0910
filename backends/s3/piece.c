#include "s3/piece.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/retry.h"
#include "s3/object.h"
#include "s3/payload.h"

#define PROGRESS_BYTES (INT64_C(64) << 10) /* that make a broken attempt count as none */

/* ---- errors ---- */

void ar_s3_pin(ar_s3_download *download, const char *version) {
    bool quoted = version[0] == '"';
    snprintf(download->pin, sizeof download->pin, quoted ? "%s" : "\"%s\"", version);
}

/* The texts of these stand behind ar_s3_download_failed's, or the transport's. */

artrepo_code ar_s3_replaced(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO,
                             "the object was replaced while it was read; try again");
}

artrepo_code ar_s3_cannot_pin(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                             "the store gives no ETag, so that one object cannot be told from "
                             "another between two requests");
}

artrepo_code ar_s3_download_verify(const ar_s3_download *download, artrepo_error *error) {
    char text[AR_S3_CHECKSUM_TEXT];
    ar_s3_checksum_text(download->checksum, atomic_load(&download->combined), text);
    if (download->checksum == AR_S3_CHECKSUM_NONE || strcmp(text, download->expected) == 0) {
        return ARTREPO_OK;
    }
    return artrepo_error_set(
        error, ARTREPO_IO,
        "the data was damaged on the way, or in the store: its checksum is %s, "
        "and the store says %s",
        text, download->expected);
}

static artrepo_code strange(const char *what, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO, "the store %s", what);
}

artrepo_code ar_s3_download_failed(const ar_s3_download *download, artrepo_error *error) {
    ar_s3_request request = {.verb = "get", .key = download->key};
    char what[1500];
    ar_s3_describe(download->s3, &request, what, sizeof what);
    return artrepo_error_prefix(error, "%s", what);
}

/* ---- the answer's headers ---- */

typedef struct fetch {
    ar_s3_download *download;
    ar_s3_piece *piece;
    bool ranged;  /* asked for a range */
    bool checked; /* the headers of this attempt */
    bool enough;  /* all of the piece is here, and the answer goes on */
} fetch;

static artrepo_code check_pin(ar_s3_download *download, const ar_http_response *response,
                              artrepo_error *error) {
    const char *etag = ar_http_response_header(response, "ETag");
    if (etag == NULL) {
        return ARTREPO_OK; /* If-Match went with the request where there was one to give */
    }
    char version[128];
    ar_s3_copy_etag(etag, version, sizeof version);
    if (download->pin[0] == '\0') {
        ar_s3_pin(download, version);
        return ARTREPO_OK;
    }
    size_t length = strlen(version);
    bool same =
        strlen(download->pin) == length + 2 && memcmp(download->pin + 1, version, length) == 0;
    return same ? ARTREPO_OK : ar_s3_replaced(error);
}

/* Digits, and END behind them. */
static bool parse_number(const char **text, char end, int64_t *number) {
    char *rest;
    if (**text < '0' || **text > '9') {
        return false;
    }
    errno = 0;
    *number = strtoll(*text, &rest, 10);
    *text = rest + (end != '\0');
    return errno == 0 && *rest == end;
}

/* "bytes FIRST-LAST/SIZE" */
static bool parse_range(const char *text, int64_t *first, int64_t *last, int64_t *size) {
    static const char unit[] = "bytes ";
    if (strncmp(text, unit, sizeof unit - 1) != 0) {
        return false;
    }
    text += sizeof unit - 1;
    return parse_number(&text, '-', first) && parse_number(&text, '/', last) &&
           parse_number(&text, '\0', size) && *first <= *last && *last < *size;
}

/* Where the body begins, and the size of the whole object (-1 when it is not told). */
static artrepo_code read_extent(const ar_http_response *response, int64_t *begin, int64_t *total,
                                artrepo_error *error) {
    if (response->status == 200) {
        *begin = 0;
        *total = response->content_length;
        return ARTREPO_OK;
    }
    const char *value = ar_http_response_header(response, "Content-Range");
    int64_t first, last, size;
    if (response->status != 206 || value == NULL || !parse_range(value, &first, &last, &size)) {
        return strange("answers a range request without saying which range it is", error);
    }
    *begin = first;
    *total = size;
    return ARTREPO_OK;
}

/* From the first answer: the object, and how much of it there is to fetch. */
static artrepo_code learn(fetch *f, const ar_http_response *response, int64_t total,
                          artrepo_error *error) {
    ar_s3_download *download = f->download;
    ar_s3_piece *piece = f->piece;
    if (download->whole) {
        download->checksum = ar_s3_checksum_of_headers(response, download->expected);
    }
    ar_s3_object_of_headers(download->key, response, download->object);
    download->object->size = total;
    download->known = true;
    if (total < 0) {
        download->end = piece->offset + piece->length; /* put right when the body has ended */
        return ARTREPO_OK;
    }
    bool limited = download->wanted >= 0 && download->wanted < total - download->start;
    download->end = limited ? download->start + download->wanted : total;
    if (piece->length > download->end - piece->offset) {
        piece->length = download->end - piece->offset;
    }
    if (f->ranged && response->status == 200 && total > piece->length) {
        return strange("ignores that a range was asked for", error);
    }
    return ARTREPO_OK;
}

static artrepo_code check_headers(fetch *f, const ar_http_response *response,
                                  artrepo_error *error) {
    ar_s3_download *download = f->download;
    ar_s3_piece *piece = f->piece;
    int64_t begin = 0;
    int64_t total = 0;
    artrepo_code code = check_pin(download, response, error);
    if (code == ARTREPO_OK) {
        code = read_extent(response, &begin, &total, error);
    }
    if (code == ARTREPO_OK && begin != piece->offset + piece->received) {
        code = strange(response->status == 200 ? "ignores that a range was asked for"
                                               : "answers with another range than it was asked for",
                       error);
    }
    if (code == ARTREPO_OK && !download->known) {
        code = learn(f, response, total, error);
    }
    f->checked = code == ARTREPO_OK;
    return code;
}

/* ---- the body ---- */

static artrepo_code make_room(ar_s3_piece *piece, artrepo_error *error) {
    if ((int64_t)piece->capacity >= piece->length && piece->buffer != NULL) {
        return ARTREPO_OK;
    }
    free(piece->buffer);
    piece->capacity = (size_t)piece->length;
    piece->buffer = malloc(piece->capacity);
    if (piece->buffer == NULL) {
        piece->capacity = 0;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %lld bytes of an object",
                                 (long long)piece->length);
    }
    return ARTREPO_OK;
}

static artrepo_code receive(void *data, const ar_http_response *response, const void *bytes,
                            size_t size, artrepo_error *error) {
    fetch *f = data;
    ar_s3_piece *piece = f->piece;
    int descriptor = f->download->sink->descriptor;
    artrepo_code code = f->checked ? ARTREPO_OK : check_headers(f, response, error);
    if (code == ARTREPO_OK && (int64_t)size > piece->length - piece->received) {
        if (f->ranged || f->download->object->size < 0) {
            code = strange("sends more than it was asked for", error);
        } else {
            size = (size_t)(piece->length - piece->received);
            f->enough = true;
        }
    }
    if (code == ARTREPO_OK && descriptor >= 0) {
        int64_t position = piece->offset + piece->received - f->download->start;
        code = ar_file_pwrite_all(descriptor, bytes, size, position, "the destination", error);
    } else if (code == ARTREPO_OK) {
        code = piece->received == 0 ? make_room(piece, error) : ARTREPO_OK;
        if (code == ARTREPO_OK) {
            memcpy(piece->buffer + piece->received, bytes, size);
        }
    }
    if (code == ARTREPO_OK) {
        piece->crc = ar_s3_checksum_update(f->download->checksum, piece->crc, bytes, size);
        piece->received += (int64_t)size;
    }
    /* Closes the connection. The other pieces are asked for by ranges. */
    return code == ARTREPO_OK && f->enough ? ARTREPO_CANCELLED : code;
}

/* ---- fetching ---- */

static artrepo_code finish(fetch *f, const ar_http_response *response, artrepo_error *error) {
    ar_s3_piece *piece = f->piece;
    ar_s3_download *download = f->download;
    if (!f->checked) {
        artrepo_code code = check_headers(f, response, error); /* an empty body */
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    if (download->object->size < 0) {
        download->object->size = piece->received; /* a whole object of unknown length */
        piece->length = piece->received;
        download->end = piece->offset + piece->received;
    }
    if (piece->received < piece->length) {
        strange("ended its answer too early", error);
        error->retryable = true;
        return error->code;
    }
    return ARTREPO_OK;
}

/* An answer that stopped because there is enough of it is one without an error. */
static artrepo_code send_request(fetch *f, ar_s3_request *request, ar_http_response *response,
                                 artrepo_error *error) {
    ar_s3_download *download = f->download;
    ar_s3 *s3 = download->s3;
    bool verifies = download->whole && !download->known && !atomic_load(&s3->refuses_checksum_mode);
    size_t headers = request->header_count;
    ar_s3_add_header(request, "x-amz-checksum-mode", verifies ? "ENABLED" : NULL);
    artrepo_code code = ar_s3_send(s3, request, response, download->operation, error);
    if (code != ARTREPO_OK && verifies && !f->checked && ar_s3_is_checksum_refusal(error)) {
        atomic_store(&s3->refuses_checksum_mode, true);
        request->header_count = headers;
        code = ar_s3_send(s3, request, response, download->operation, error);
    }
    return f->enough ? ARTREPO_OK : code;
}

static artrepo_code attempt(ar_s3_download *download, ar_s3_piece *piece, artrepo_error *error) {
    /* Stores give the checksum of an object with all of it, not with a range. */
    fetch f = {.download = download,
               .piece = piece,
               .ranged =
                   !download->whole || piece->offset + piece->received > 0 || download->known};
    int64_t first = piece->offset + piece->received;
    int64_t last = piece->offset + piece->length - 1;
    char range[64];
    snprintf(range, sizeof range, "bytes=%lld-%lld", (long long)first, (long long)last);
    ar_s3_request request = {.verb = "get",
                             .method = "GET",
                             .key = download->key,
                             .receive = receive,
                             .receive_data = &f};
    ar_s3_add_header(&request, "range", f.ranged ? range : NULL);
    ar_s3_add_header(&request, "if-match", download->pin[0] == '\0' ? NULL : download->pin);
    ar_s3_add_customer_key(&download->customer, &request);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = send_request(&f, &request, &response, error);
    if (code == ARTREPO_OK) {
        code = finish(&f, &response, error);
        if (code != ARTREPO_OK) {
            ar_s3_download_failed(download, error);
        }
    }
    ar_http_response_clear(&response);
    return code;
}

/* A cut behind the last byte lost nothing; a resumed piece must be of a pinned object. */
static bool is_complete(const ar_s3_download *download, const ar_s3_piece *piece) {
    return download->known && download->object->size >= 0 && piece->received > 0 &&
           piece->received == piece->length;
}

artrepo_code ar_s3_piece_fetch(ar_s3_download *download, ar_s3_piece *piece, artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char what[256];
    snprintf(what, sizeof what, "get %s", download->key);
    int64_t start = ar_clock_now_ns();
    ar_retry retry = ar_retry_begin(download->operation);
    artrepo_code code;
    for (;;) {
        int64_t before = piece->received;
        code = attempt(download, piece, &failure);
        if (code == ARTREPO_OK || is_complete(download, piece)) {
            code = ARTREPO_OK;
            break;
        }
        if (piece->received - before >= PROGRESS_BYTES) {
            retry = ar_retry_begin(download->operation);
        }
        if (piece->received > 0 && download->pin[0] == '\0') {
            ar_s3_cannot_pin(&failure);
            ar_s3_download_failed(download, &failure);
        }
        if (!ar_retry_again(&retry, what, &failure)) {
            code = failure.code;
            break;
        }
    }
    if (code == ARTREPO_OK && download->checksum != AR_S3_CHECKSUM_NONE) {
        atomic_fetch_xor(&download->combined,
                         ar_s3_checksum_shift(download->checksum, piece->crc,
                                              download->end - piece->offset - piece->length));
    }
    ar_stage_add_busy(download->stage, ar_clock_now_ns() - start,
                      code == ARTREPO_OK ? piece->received : 0);
    if (code == ARTREPO_OK) {
        ar_progress_add_bytes(download->operation, piece->received);
    } else if (error != NULL) {
        *error = failure;
    }
    return code;
}
