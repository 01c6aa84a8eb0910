#include "s3/checksum.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "s3/crc64.h"

/* Reflected polynomials; the initial value and the final one are inverted in all of them. */
#define CRC32_POLYNOMIAL UINT64_C(0xedb88320)
#define CRC32C_POLYNOMIAL UINT64_C(0x82f63b78)

static unsigned width_of(ar_s3_checksum_kind kind) {
    return kind == AR_S3_CHECKSUM_CRC64NVME ? 64 : 32;
}

static uint64_t polynomial_of(ar_s3_checksum_kind kind) {
    return kind == AR_S3_CHECKSUM_CRC64NVME ? AR_S3_CRC64_POLYNOMIAL
           : kind == AR_S3_CHECKSUM_CRC32C  ? CRC32C_POLYNOMIAL
                                            : CRC32_POLYNOMIAL;
}

static uint64_t update_step(ar_s3_checksum_kind kind, uint64_t crc, const unsigned char *bytes,
                            size_t size) {
    switch (kind) {
    case AR_S3_CHECKSUM_CRC32:
        return crc32_gzip_refl((uint32_t)crc, bytes, size);
    case AR_S3_CHECKSUM_CRC32C: /* takes its bytes without const, and leaves them alone */
        return (uint32_t)~crc32_iscsi((unsigned char *)(uintptr_t)bytes, (int)size, ~(uint32_t)crc);
    case AR_S3_CHECKSUM_CRC64NVME:
        return ar_s3_crc64_update(crc, bytes, size);
    default:
        return 0;
    }
}

uint64_t ar_s3_checksum_update(ar_s3_checksum_kind kind, uint64_t crc, const void *bytes,
                               size_t size) {
    const unsigned char *next = bytes;
    while (size > 0) {
        size_t step = size > ((size_t)1 << 30) ? (size_t)1 << 30 : size;
        crc = update_step(kind, crc, next, step);
        next += step;
        size -= step;
    }
    return crc;
}

static uint64_t multiply(ar_s3_checksum_kind kind, uint64_t a, uint64_t b) {
    return ar_s3_crc_multiply(polynomial_of(kind), width_of(kind), a, b);
}

uint64_t ar_s3_checksum_shift(ar_s3_checksum_kind kind, uint64_t crc, int64_t following) {
    if (kind == AR_S3_CHECKSUM_NONE) {
        return 0;
    }
    uint64_t power = UINT64_C(1) << (width_of(kind) - 1 - 8); /* x to the power of one byte */
    for (; following > 0; following >>= 1) {
        crc = following & 1 ? multiply(kind, power, crc) : crc;
        power = multiply(kind, power, power);
    }
    return crc;
}

void ar_s3_checksum_text(ar_s3_checksum_kind kind, uint64_t crc, char text[AR_S3_CHECKSUM_TEXT]) {
    unsigned char bytes[8];
    int count = (int)width_of(kind) / 8;
    for (int i = 0; i < count; i++) {
        bytes[i] = (unsigned char)(crc >> (8 * (count - 1 - i)));
    }
    text[0] = '\0';
    if (kind != AR_S3_CHECKSUM_NONE) {
        EVP_EncodeBlock((unsigned char *)text, bytes, count);
    }
}

ar_s3_checksum_kind ar_s3_checksum_of_headers(const ar_http_response *response,
                                              char text[AR_S3_CHECKSUM_TEXT]) {
    static const struct {
        ar_s3_checksum_kind kind;
        const char *header;
    } kinds[] = {{AR_S3_CHECKSUM_CRC32C, "x-amz-checksum-crc32c"},
                 {AR_S3_CHECKSUM_CRC32, "x-amz-checksum-crc32"},
                 {AR_S3_CHECKSUM_CRC64NVME, "x-amz-checksum-crc64nvme"}};
    const char *type = ar_http_response_header(response, "x-amz-checksum-type");
    if (type != NULL && strcasecmp(type, "FULL_OBJECT") != 0) {
        return AR_S3_CHECKSUM_NONE;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *value = ar_http_response_header(response, kinds[i].header);
        /* "…-3" is a composite one, of three parts. */
        if (value != NULL &&
            strlen(value) == (kinds[i].kind == AR_S3_CHECKSUM_CRC64NVME ? 12 : 8) &&
            strchr(value, '-') == NULL) {
            snprintf(text, AR_S3_CHECKSUM_TEXT, "%s", value);
            return kinds[i].kind;
        }
    }
    return AR_S3_CHECKSUM_NONE;
}
