/* CRC-64/NVME, which stores compute of objects that come without a checksum. ISA-L has it from 2.31
 * on only. */
#ifndef AR_REMOTE_CRC64_H
#define AR_REMOTE_CRC64_H

#include <stddef.h>
#include <stdint.h>

#define AR_CRC64_POLYNOMIAL UINT64_C(0x9a6c9329ac4bc9b5) /* reflected */

/* Goes on from CRC, which is 0 at the beginning. */
uint64_t ar_crc64_update(uint64_t crc, const void *bytes, size_t size);

/* A times B modulo a reflected POLYNOMIAL of WIDTH bits; the highest bit is x to the power of 0. */
uint64_t ar_crc_multiply(uint64_t polynomial, unsigned width, uint64_t a, uint64_t b);

#endif
