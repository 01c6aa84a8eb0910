/*
 * A tar becomes files. The first byte says how it is handed over; checksums of headers are put
 * right unless that byte says otherwise, since the fuzzer would not guess them.
 */
#include <zlib.h>
#include <zstd.h>

#include "fuzz.h"
#include "unpack.h"

enum { KEEP_CHECKSUMS = 1, AS_GZIP = 2, AS_ZSTD = 4, IN_SMALL_PIECES = 8 };
enum { BLOCK = 512, LARGEST = 256 << 10 };

static void repair_checksums(unsigned char *tar, size_t size) {
    for (size_t at = 0; at + BLOCK <= size; at += BLOCK) {
        unsigned char *header = tar + at;
        if (memcmp(header + 257, "ustar", 5) == 0) {
            unsigned sum = 8 * ' ';
            for (size_t i = 0; i < BLOCK; i++) {
                sum += i >= 148 && i < 156 ? 0 : header[i];
            }
            snprintf((char *)header + 148, 8, "%06o", sum);
            header[155] = ' ';
        }
    }
}

static void unpack_gzip(const unsigned char *tar, size_t size, size_t piece) {
    z_stream stream = {0};
    fuzz_check(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    size_t capacity = deflateBound(&stream, size);
    unsigned char *packed = malloc(capacity);
    fuzz_check(packed != NULL);
    stream.next_in = (unsigned char *)(uintptr_t)tar;
    stream.avail_in = (unsigned)size;
    stream.next_out = packed;
    stream.avail_out = (unsigned)capacity;
    fuzz_check(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    fuzz_unpack_stream(ARTREPO_ARCHIVE_UNSET, packed, stream.total_out, piece);
    deflateEnd(&stream);
    free(packed);
}

static void unpack_zstd(const unsigned char *tar, size_t size, size_t piece) {
    size_t capacity = ZSTD_compressBound(size);
    unsigned char *packed = malloc(capacity);
    fuzz_check(packed != NULL);
    size_t packed_size = ZSTD_compress(packed, capacity, tar, size, 1);
    fuzz_check(!ZSTD_isError(packed_size));
    fuzz_unpack_stream(ARTREPO_ARCHIVE_TAR, packed, packed_size, piece);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > LARGEST) {
        return 0;
    }
    unsigned how = data[0];
    size_t piece = (how & IN_SMALL_PIECES) != 0 ? 100 : LARGEST;
    unsigned char *tar = malloc(size);
    fuzz_check(tar != NULL);
    size--;
    memcpy(tar, data + 1, size);
    if ((how & KEEP_CHECKSUMS) == 0) {
        repair_checksums(tar, size);
    }
    if ((how & AS_GZIP) != 0) {
        unpack_gzip(tar, size, piece);
    } else if ((how & AS_ZSTD) != 0) {
        unpack_zstd(tar, size, piece);
    } else {
        fuzz_unpack_stream(ARTREPO_ARCHIVE_TAR, tar, size, piece);
    }
    free(tar);
    return 0;
}
