#include "s3/payload.h"

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

/* ---- both sums in one pass ---- */

typedef struct sums {
    EVP_MD_CTX *sha256; /* NULL: not wanted */
    bool with_crc32c;
    uint64_t crc32c;
} sums;

static artrepo_code take(void *data, const void *bytes, size_t size, artrepo_error *error) {
    sums *s = data;
    if (s->sha256 != NULL && EVP_DigestUpdate(s->sha256, bytes, size) != 1) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "cannot compute SHA-256");
    }
    if (s->with_crc32c) {
        s->crc32c = ar_checksum_update(AR_CHECKSUM_CRC32C, s->crc32c, bytes, size);
    }
    return ARTREPO_OK;
}

static artrepo_code finish_sha256(sums *s, char text[AR_S3_SHA256_HEX], artrepo_error *error) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (EVP_DigestFinal_ex(s->sha256, digest, NULL) != 1) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "cannot compute SHA-256");
    }
    ar_s3_hex(digest, AR_S3_SHA256_BYTES, text);
    return ARTREPO_OK;
}

static artrepo_code compute(sums *s, const ar_http_body *body, ar_s3_payload *payload,
                            artrepo_error *error) {
    if (s->sha256 == NULL && !s->with_crc32c) {
        return ARTREPO_OK;
    }
    artrepo_code code = read_body(body, take, s, error);
    if (code == ARTREPO_OK && s->sha256 != NULL) {
        code = finish_sha256(s, payload->digest, error);
    }
    if (code == ARTREPO_OK && s->with_crc32c) {
        payload->crc = s->crc32c;
        ar_checksum_text(AR_CHECKSUM_CRC32C, s->crc32c, payload->crc32c);
    }
    return code;
}

artrepo_code ar_s3_payload_of(ar_s3 *s3, const ar_http_body *body, bool with_checksum,
                              ar_s3_payload *payload, artrepo_error *error) {
    *payload = (ar_s3_payload){.digest = "UNSIGNED-PAYLOAD"};
    sums s = {.with_crc32c = with_checksum};
    if (!s3->config.tls) {
        s.sha256 = EVP_MD_CTX_new();
        if (s.sha256 == NULL || EVP_DigestInit_ex(s.sha256, ar_s3_sha256(), NULL) != 1) {
            EVP_MD_CTX_free(s.sha256);
            return artrepo_error_set(error, ARTREPO_INTERNAL, "cannot compute SHA-256");
        }
    }
    artrepo_code code = compute(&s, body, payload, error);
    EVP_MD_CTX_free(s.sha256);
    return code;
}

void ar_s3_add_payload(const ar_s3_payload *payload, ar_s3_request *request) {
    request->payload = payload->digest;
    if (payload->crc32c[0] != '\0') {
        ar_s3_add_header(request, "x-amz-checksum-crc32c", payload->crc32c);
    }
}

bool ar_s3_md5_base64(const void *data, size_t size, char text[AR_S3_MD5_BASE64]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    if (EVP_Digest(data, size, digest, &digest_size, EVP_md5(), NULL) != 1) {
        return false;
    }
    EVP_EncodeBlock((unsigned char *)text, digest, (int)digest_size);
    return true;
}

/* ---- whether the store takes them ---- */

bool ar_s3_wants_checksum(ar_s3 *s3) {
    return !atomic_load(&s3->memory->refuses_checksums);
}

bool ar_s3_is_checksum_refusal(const artrepo_error *error) {
    return error->http_status == 501 || strcmp(error->store_code, "NotImplemented") == 0 ||
           strcmp(error->store_code, "ExcessHeaderValues") == 0 || /* Google's word for it */
           (error->http_status == 400 && strcmp(error->store_code, "BadDigest") != 0 &&
            strcasestr(error->message, "checksum") != NULL);
}

bool ar_s3_refuses_checksum(ar_s3 *s3, const artrepo_error *error) {
    bool refused = ar_s3_is_checksum_refusal(error);
    if (refused) {
        atomic_store(&s3->memory->refuses_checksums, true);
    }
    return refused;
}
