#include "web/upload.h"

#include <stdlib.h>
#include <string.h>

#include "base/operation.h"

/* ---- reading ---- */

static artrepo_code size_changed(const ar_web_upload *upload, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO,
                             "the source has not the %lld bytes that it had when it was opened; "
                             "something else writes to it",
                             (long long)upload->base.size);
}

static artrepo_code read_inner(ar_web_upload *upload, void *buffer, size_t capacity, size_t *got,
                               artrepo_error *error) {
    *got = 0;
    if (upload->ended) {
        return ARTREPO_OK;
    }
    upload->passed_ahead = true;
    return artrepo_source_read(upload->inner, buffer, capacity, got, error);
}

/* Before the last byte is let go: there must be none behind it. */
static artrepo_code check_end(ar_web_upload *upload, size_t got, artrepo_error *error) {
    char more;
    size_t found = 0;
    int64_t end = upload->position + (int64_t)got;
    if (upload->base.size < 0 || (got > 0 && end < upload->base.size)) {
        return ARTREPO_OK;
    }
    artrepo_code code = read_inner(upload, &more, 1, &found, error);
    return code == ARTREPO_OK && (found > 0 || end != upload->base.size)
               ? size_changed(upload, error)
               : code;
}

static artrepo_code upload_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                artrepo_error *error) {
    ar_web_upload *upload = (ar_web_upload *)base;
    artrepo_code code = artrepo_operation_check(upload->operation, error);
    *got = 0;
    if (code != ARTREPO_OK) {
        return code;
    }
    if (upload->base.size >= 0 && (int64_t)capacity > upload->base.size - upload->position) {
        capacity = (size_t)(upload->base.size - upload->position);
    }
    if (capacity == 0) {
        return ARTREPO_OK;
    }
    if (upload->position < (int64_t)upload->ahead_size) {
        size_t left = upload->ahead_size - (size_t)upload->position;
        *got = left < capacity ? left : capacity;
        memcpy(buffer, upload->ahead + upload->position, *got);
    } else {
        code = read_inner(upload, buffer, capacity, got, error);
    }
    if (code == ARTREPO_OK) {
        code = check_end(upload, *got, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    if (upload->sha256 != NULL) {
        EVP_DigestUpdate(upload->sha256, buffer, *got);
    }
    upload->position += (int64_t)*got;
    if (upload->position > upload->furthest) {
        ar_progress_add_bytes(upload->operation, upload->position - upload->furthest);
        upload->furthest = upload->position;
    }
    return ARTREPO_OK;
}

/* ---- going back ---- */

static artrepo_code upload_rewind(artrepo_source *base, artrepo_error *error) {
    ar_web_upload *upload = (ar_web_upload *)base;
    if (upload->passed_ahead) {
        artrepo_code code = artrepo_source_rewind(upload->inner, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        upload->ahead_size = 0; /* it comes from INNER again */
        upload->passed_ahead = false;
    }
    upload->position = 0;
    if (upload->sha256 != NULL && EVP_DigestInit_ex(upload->sha256, EVP_sha256(), NULL) != 1) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "cannot make SHA-256");
    }
    return ARTREPO_OK;
}

bool ar_web_upload_is_rewindable(const ar_web_upload *upload) {
    return upload->ended || upload->inner->functions->rewind != NULL;
}

/* ---- opening ---- */

/* Closed by ar_web_upload_close(), and by nobody else. */
static const artrepo_source_functions functions = {upload_read, upload_rewind, NULL};

artrepo_code ar_web_upload_open(ar_web_upload *upload, artrepo_source *inner, bool with_sha256,
                                artrepo_operation *operation, artrepo_error *error) {
    *upload =
        (ar_web_upload){.base = {.functions = &functions, .size = inner->size, .descriptor = -1},
                        .inner = inner,
                        .operation = operation};
    upload->ahead = malloc(AR_WEB_AHEAD_BYTES);
    upload->sha256 = with_sha256 ? EVP_MD_CTX_new() : NULL;
    if (upload->ahead == NULL || (with_sha256 && upload->sha256 == NULL)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an upload");
    }
    artrepo_code code = artrepo_source_read_full(inner, upload->ahead, AR_WEB_AHEAD_BYTES,
                                                 &upload->ahead_size, error);
    if (code == ARTREPO_OK && upload->ahead_size < AR_WEB_AHEAD_BYTES) {
        upload->ended = true;
        if (inner->size >= 0 && (int64_t)upload->ahead_size != inner->size) {
            return size_changed(upload, error);
        }
        upload->base.size = (int64_t)upload->ahead_size;
    }
    return code == ARTREPO_OK ? upload_rewind(&upload->base, error) : code;
}

void ar_web_upload_close(ar_web_upload *upload) {
    free(upload->ahead);
    EVP_MD_CTX_free(upload->sha256);
    upload->ahead = NULL;
    upload->sha256 = NULL;
}
