#include "remote/piece.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/retry.h"

#define PROGRESS_BYTES (INT64_C(64) << 10) /* that make a broken attempt count as none */

/* ---- errors ---- */

/* The texts of these stand behind ar_download_failed's, or the transport's. */

artrepo_code ar_download_replaced(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO,
                             "the object was replaced while it was read; try again");
}

/* It may be no store at all that answers so, but a proxy that wants a login. */
static artrepo_code cannot_pin(const ar_download *download, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                             "the store gives no %s, so that one object cannot be told from "
                             "another between two requests; check the endpoint",
                             download->store->version);
}

artrepo_code ar_download_verify(const ar_download *download, artrepo_error *error) {
    char text[AR_CHECKSUM_TEXT];
    ar_checksum_text(download->checksum, atomic_load(&download->combined), text);
    if (download->checksum == AR_CHECKSUM_NONE || strcmp(text, download->expected) == 0) {
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

artrepo_code ar_download_failed(const ar_download *download, artrepo_error *error) {
    char what[1500];
    download->store->describe(download->context, what, sizeof what);
    return artrepo_error_prefix(error, "%s", what);
}

/* ---- the answer's headers ---- */

typedef struct fetch {
    ar_download *download;
    ar_piece *piece;
    bool ranged;  /* asked for a range */
    bool checked; /* the headers of this attempt */
    bool enough;  /* all of the piece is here, and the answer goes on */
    char *gather; /* of GATHER_BYTES, when there was something to gather */
    size_t gathered;
} fetch;

static artrepo_code check_pin(ar_download *download, const artrepo_object *object,
                              artrepo_error *error) {
    if (object->version[0] == '\0') {
        return ARTREPO_OK; /* the pin went with the request where there was one to give */
    }
    if (download->pin[0] == '\0') {
        snprintf(download->pin, sizeof download->pin, "%s", object->version);
        return ARTREPO_OK;
    }
    return strcmp(download->pin, object->version) == 0 ? ARTREPO_OK : ar_download_replaced(error);
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

/* How much there is to fetch, from the first answer that says how large the object is. */
static void learn_size(ar_download *download, ar_piece *piece, int64_t total) {
    bool limited = download->wanted >= 0 && download->wanted < total - download->start;
    download->object->size = total;
    download->end = limited ? download->start + download->wanted : total;
    if (piece->length > download->end - piece->offset) {
        piece->length = download->end - piece->offset;
    }
}

/* From the first answer: the object. */
static artrepo_code learn(fetch *f, const ar_http_response *response, const artrepo_object *object,
                          int64_t total, artrepo_error *error) {
    ar_download *download = f->download;
    ar_piece *piece = f->piece;
    if (object->version[0] == '\0' && download->pin[0] == '\0') {
        return cannot_pin(download, error);
    }
    if (download->whole) {
        download->checksum =
            download->store->read_checksum(download->context, response, download->expected);
    }
    *download->object = *object;
    download->object->key = download->key;
    download->object->size = -1;
    download->known = true;
    if (total < 0) {
        /* Put right when an answer tells, or the body has ended. */
        download->end = piece->offset + piece->length;
        return ARTREPO_OK;
    }
    learn_size(download, piece, total);
    if (f->ranged && response->status == 200 && total > piece->length) {
        return strange("ignores that a range was asked for", error);
    }
    return ARTREPO_OK;
}

static artrepo_code check_headers(fetch *f, const ar_http_response *response,
                                  artrepo_error *error) {
    ar_download *download = f->download;
    ar_piece *piece = f->piece;
    int64_t begin = 0;
    int64_t total = 0;
    artrepo_object object = {.size = -1};
    download->store->read_object(download->context, response, &object);
    artrepo_code code = check_pin(download, &object, error);
    if (code == ARTREPO_OK) {
        code = read_extent(response, &begin, &total, error);
    }
    if (code == ARTREPO_OK && begin != piece->offset + piece->received) {
        code = strange(response->status == 200 ? "ignores that a range was asked for"
                                               : "answers with another range than it was asked for",
                       error);
    }
    if (code == ARTREPO_OK && !download->known) {
        code = learn(f, response, &object, total, error);
    } else if (code == ARTREPO_OK && total >= 0 && download->object->size < 0) {
        learn_size(download, piece, total);
    }
    if (code == ARTREPO_OK && total >= 0 && download->object->size >= 0 &&
        total != download->object->size) {
        code = strange("says that the object has another size than before", error);
    }
    f->checked = code == ARTREPO_OK;
    return code;
}

/* ---- the body, into a file ---- */

/* Over TLS the bytes come in records, of 16 KiB at the most: a call for each would cost more than
 * copying them. */
#define GATHER_BYTES ((size_t)64 << 10)

static artrepo_code write_out(fetch *f, const void *bytes, size_t size, int64_t offset,
                              artrepo_error *error) {
    return ar_file_pwrite_all(f->download->sink->descriptor, bytes, size,
                              offset - f->download->start, "the destination", error);
}

/* What was gathered lies before the bytes that are not received yet. */
static artrepo_code flush(fetch *f, artrepo_error *error) {
    ar_piece *piece = f->piece;
    size_t size = f->gathered;
    f->gathered = 0;
    if (size == 0) {
        return ARTREPO_OK;
    }
    int64_t offset = piece->offset + piece->received - (int64_t)size;
    artrepo_code code = write_out(f, f->gather, size, offset, error);
    if (code != ARTREPO_OK) {
        piece->received -= (int64_t)size;
    }
    return code;
}

static artrepo_code write_file(fetch *f, const void *bytes, size_t size, artrepo_error *error) {
    ar_piece *piece = f->piece;
    bool is_last = (int64_t)size == piece->length - piece->received;
    artrepo_code code = f->gathered + size > GATHER_BYTES ? flush(f, error) : ARTREPO_OK;
    if (code != ARTREPO_OK) {
        return code;
    }
    if (f->gather == NULL && !is_last && size < GATHER_BYTES / 2) {
        f->gather = malloc(GATHER_BYTES);
    }
    if (f->gather == NULL || (f->gathered == 0 && (is_last || size >= GATHER_BYTES / 2))) {
        return write_out(f, bytes, size, piece->offset + piece->received, error);
    }
    memcpy(f->gather + f->gathered, bytes, size);
    f->gathered += size;
    return ARTREPO_OK;
}

/* ---- the body, into memory ---- */

static artrepo_code make_room(ar_piece *piece, artrepo_error *error) {
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
    ar_piece *piece = f->piece;
    artrepo_code code = f->checked ? ARTREPO_OK : check_headers(f, response, error);
    if (code == ARTREPO_OK && (int64_t)size > piece->length - piece->received) {
        if (f->ranged || f->download->object->size < 0) {
            code = strange("sends more than it was asked for", error);
        } else {
            size = (size_t)(piece->length - piece->received);
            f->enough = true;
        }
    }
    if (code == ARTREPO_OK && f->download->sink->descriptor >= 0) {
        code = write_file(f, bytes, size, error);
    } else if (code == ARTREPO_OK) {
        code = piece->received == 0 ? make_room(piece, error) : ARTREPO_OK;
        if (code == ARTREPO_OK) {
            memcpy(piece->buffer + piece->received, bytes, size);
        }
    }
    if (code == ARTREPO_OK) {
        piece->crc = ar_checksum_update(f->download->checksum, piece->crc, bytes, size);
        piece->received += (int64_t)size;
    }
    /* Closes the connection. The other pieces are asked for by ranges. */
    return code == ARTREPO_OK && f->enough ? ARTREPO_CANCELLED : code;
}

/* ---- fetching ---- */

static artrepo_code finish(fetch *f, const ar_http_response *response, artrepo_error *error) {
    ar_piece *piece = f->piece;
    ar_download *download = f->download;
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

static artrepo_code attempt(ar_download *download, ar_piece *piece, artrepo_error *error) {
    /* Stores give the checksum of an object with all of it, not with a range. */
    fetch f = {.download = download,
               .piece = piece,
               .ranged =
                   !download->whole || piece->offset + piece->received > 0 || download->known};
    int64_t first = piece->offset + piece->received;
    int64_t last = piece->offset + piece->length - 1;
    char range[64];
    snprintf(range, sizeof range, "bytes=%lld-%lld", (long long)first, (long long)last);
    ar_download_request request = {.range = f.ranged ? range : NULL,
                                   .version = download->pin[0] == '\0' ? NULL : download->pin,
                                   .wants_checksum = download->whole && !download->known,
                                   .receive = receive,
                                   .receive_data = &f};
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = download->store->send(download->context, &request, &response, error);
    if (code != ARTREPO_OK && response.status == 416 && download->known) {
        /* Some stores notice this before they notice that it is another one. */
        artrepo_error_set(error, ARTREPO_IO,
                          "the store said that the object has %lld bytes, and has less; if it was "
                          "replaced while it was read, try again",
                          (long long)download->object->size);
        code = ar_download_failed(download, error);
    }
    artrepo_error unwritten = ARTREPO_ERROR_INIT;
    if (flush(&f, &unwritten) != ARTREPO_OK) { /* final, whatever became of the request */
        *error = unwritten;
        code = ar_download_failed(download, error);
    } else if (code == ARTREPO_OK || f.enough) {
        /* An answer that stopped because there is enough of it is one without an error. */
        code = finish(&f, &response, error);
        if (code != ARTREPO_OK) {
            ar_download_failed(download, error);
        }
    }
    free(f.gather);
    ar_http_response_clear(&response);
    return code;
}

/* A cut behind the last byte lost nothing; a resumed piece must be of a pinned object. */
static bool is_complete(const ar_download *download, const ar_piece *piece) {
    return download->known && download->object->size >= 0 && piece->received > 0 &&
           piece->received == piece->length;
}

artrepo_code ar_piece_fetch(ar_download *download, ar_piece *piece, artrepo_error *error) {
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
        if (!ar_retry_again(&retry, what, &failure)) {
            code = failure.code;
            break;
        }
    }
    if (code == ARTREPO_OK && download->checksum != AR_CHECKSUM_NONE) {
        atomic_fetch_xor(&download->combined,
                         ar_checksum_shift(download->checksum, piece->crc,
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
