#include "remote/checksum.h"

#include <isa-l/crc.h>
#include <openssl/evp.h>

#include "remote/crc64.h"

/* Reflected polynomials; the initial value and the final one are inverted in all of them. */
#define CRC32_POLYNOMIAL UINT64_C(0xedb88320)
#define CRC32C_POLYNOMIAL UINT64_C(0x82f63b78)

static unsigned width_of(ar_checksum_kind kind) {
    return kind == AR_CHECKSUM_CRC64NVME ? 64 : 32;
}

static uint64_t polynomial_of(ar_checksum_kind kind) {
    return kind == AR_CHECKSUM_CRC64NVME ? AR_CRC64_POLYNOMIAL
           : kind == AR_CHECKSUM_CRC32C  ? CRC32C_POLYNOMIAL
                                         : CRC32_POLYNOMIAL;
}

static uint64_t update_step(ar_checksum_kind kind, uint64_t crc, const unsigned char *bytes,
                            size_t size) {
    switch (kind) {
    case AR_CHECKSUM_CRC32:
        return crc32_gzip_refl((uint32_t)crc, bytes, size);
    case AR_CHECKSUM_CRC32C: /* takes its bytes without const, and leaves them alone */
        return (uint32_t)~crc32_iscsi((unsigned char *)(uintptr_t)bytes, (int)size, ~(uint32_t)crc);
    case AR_CHECKSUM_CRC64NVME:
        return ar_crc64_update(crc, bytes, size);
    default:
        return 0;
    }
}

uint64_t ar_checksum_update(ar_checksum_kind kind, uint64_t crc, const void *bytes, size_t size) {
    const unsigned char *next = bytes;
    while (size > 0) {
        size_t step = size > ((size_t)1 << 30) ? (size_t)1 << 30 : size;
        crc = update_step(kind, crc, next, step);
        next += step;
        size -= step;
    }
    return crc;
}

static uint64_t multiply(ar_checksum_kind kind, uint64_t a, uint64_t b) {
    return ar_crc_multiply(polynomial_of(kind), width_of(kind), a, b);
}

uint64_t ar_checksum_shift(ar_checksum_kind kind, uint64_t crc, int64_t following) {
    if (kind == AR_CHECKSUM_NONE) {
        return 0;
    }
    uint64_t power = UINT64_C(1) << (width_of(kind) - 1 - 8); /* x to the power of one byte */
    for (; following > 0; following >>= 1) {
        crc = following & 1 ? multiply(kind, power, crc) : crc;
        power = multiply(kind, power, power);
    }
    return crc;
}

void ar_checksum_text(ar_checksum_kind kind, uint64_t crc, char text[AR_CHECKSUM_TEXT]) {
    unsigned char bytes[8];
    int count = (int)width_of(kind) / 8;
    for (int i = 0; i < count; i++) {
        bytes[i] = (unsigned char)(crc >> (8 * (count - 1 - i)));
    }
    text[0] = '\0';
    if (kind != AR_CHECKSUM_NONE) {
        EVP_EncodeBlock((unsigned char *)text, bytes, count);
    }
}
