#include "s3/payload.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"

#define CHUNK_BYTES ((size_t)128 << 10) /* stays in the processor's cache */

typedef artrepo_code take_chunk(void *data, const void *bytes, size_t size, artrepo_error *error);

static artrepo_code read_chunks(const ar_http_body *body, take_chunk *take, void *data,
                                artrepo_error *error) {
    char *chunk = malloc(CHUNK_BYTES);
    if (chunk == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read a file");
    }
    artrepo_code code = ARTREPO_OK;
    int64_t done = 0;
    while (code == ARTREPO_OK && done < body->size) {
        size_t want = CHUNK_BYTES;
        size_t got = 0;
        if ((int64_t)want > body->size - done) {
            want = (size_t)(body->size - done);
        }
        code = ar_file_pread_full(body->descriptor, chunk, want, body->offset + done, &got,
                                  "the source", error);
        if (code == ARTREPO_OK && got < want) {
            code = artrepo_error_set(error, ARTREPO_IO,
                                     "the file became shorter while it was read (at byte %lld)",
                                     (long long)(body->offset + done) + (long long)got);
        }
        if (code == ARTREPO_OK) {
            code = take(data, chunk, got, error);
        }
        done += (int64_t)got;
    }
    free(chunk);
    return code;
}

static artrepo_code read_body(const ar_http_body *body, take_chunk *take, void *data,
                              artrepo_error *error) {
    return body->data != NULL ? take(data, body->data, (size_t)body->size, error)
                              : read_chunks(body, take, data, error);
}

/* ---- SHA-256 ---- */

static artrepo_code take_sha256(void *data, const void *bytes, size_t size, artrepo_error *error) {
    return EVP_DigestUpdate(data, bytes, size) == 1
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "cannot compute SHA-256");
}

static artrepo_code compute_sha256(const ar_http_body *body, char text[AR_S3_SHA256_HEX],
                                   artrepo_error *error) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    artrepo_code code = ARTREPO_OK;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "cannot compute SHA-256");
    }
    if (code == ARTREPO_OK) {
        code = read_body(body, take_sha256, context, error);
    }
    if (code == ARTREPO_OK && EVP_DigestFinal_ex(context, digest, NULL) != 1) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "cannot compute SHA-256");
    }
    if (code == ARTREPO_OK) {
        ar_s3_hex(digest, AR_S3_SHA256_BYTES, text);
    }
    EVP_MD_CTX_free(context);
    return code;
}

/* ---- CRC-32C ---- */

static artrepo_code take_crc32c(void *data, const void *bytes, size_t size, artrepo_error *error) {
    (void)error;
    const unsigned char *next = bytes;
    uint32_t *crc = data;
    while (size > 0) {
        int step = size > (1U << 30) ? 1 << 30 : (int)size;
        *crc = crc32_iscsi((unsigned char *)(uintptr_t)next, step, *crc);
        next += step;
        size -= (size_t)step;
    }
    return ARTREPO_OK;
}

static artrepo_code compute_crc32c(const ar_http_body *body, char text[12], artrepo_error *error) {
    uint32_t crc = 0xffffffffU;
    artrepo_code code = read_body(body, take_crc32c, &crc, error);
    crc = ~crc;
    unsigned char bytes[4] = {(unsigned char)(crc >> 24), (unsigned char)(crc >> 16),
                              (unsigned char)(crc >> 8), (unsigned char)crc};
    if (code == ARTREPO_OK) {
        EVP_EncodeBlock((unsigned char *)text, bytes, sizeof bytes);
    }
    return code;
}

/* ---- both ---- */

artrepo_code ar_s3_payload_of(ar_s3 *s3, const ar_http_body *body, bool with_checksum,
                              ar_s3_payload *payload, artrepo_error *error) {
    payload->crc32c[0] = '\0';
    if (!s3->config.tls) {
        return compute_sha256(body, payload->digest, error);
    }
    strcpy(payload->digest, "UNSIGNED-PAYLOAD");
    return with_checksum ? compute_crc32c(body, payload->crc32c, error) : ARTREPO_OK;
}

void ar_s3_add_payload(const ar_s3_payload *payload, ar_s3_request *request) {
    request->payload = payload->digest;
    if (payload->crc32c[0] != '\0') {
        ar_s3_add_header(request, "x-amz-checksum-crc32c", payload->crc32c);
    }
}

bool ar_s3_wants_checksum(ar_s3 *s3) {
    return s3->config.tls && !atomic_load(&s3->refuses_checksums);
}

bool ar_s3_refuses_checksum(ar_s3 *s3, const artrepo_error *error) {
    bool refused = error->http_status == 501 || strcmp(error->store_code, "NotImplemented") == 0 ||
                   (error->http_status == 400 && strcmp(error->store_code, "BadDigest") != 0 &&
                    strcasestr(error->message, "checksum") != NULL);
    if (refused) {
        atomic_store(&s3->refuses_checksums, true);
    }
    return refused;
}
