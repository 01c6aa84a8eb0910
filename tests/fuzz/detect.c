/* What a stream is, by its first bytes; compared with what zlib and zstd make of it. */
#include <zlib.h>
#include <zstd.h>

#include "archive/detect.h"
#include "archive/tar_header.h"
#include "fuzz.h"

/* The first block that zlib makes of DATA; false when it finds none. */
static bool inflate_block(const uint8_t *data, size_t size, unsigned char *block) {
    z_stream stream = {0};
    fuzz_check(inflateInit2(&stream, 31) == Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)data;
    stream.avail_in = (unsigned)size;
    stream.next_out = block;
    stream.avail_out = AR_TAR_BLOCK;
    int result = inflate(&stream, Z_SYNC_FLUSH);
    bool whole = (result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR) &&
                 stream.avail_out == 0;
    inflateEnd(&stream);
    return whole;
}

static void check_gzip(const uint8_t *data, size_t size, bool found) {
    unsigned char block[AR_TAR_BLOCK];
    /* Where both can read it they agree. */
    if (inflate_block(data, size, block)) {
        fuzz_check(!found || ar_tar_is_header(block));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ar_stream_format format = ar_detect_format(data, size);
    bool found = ar_detect_compressed_tar(format, data, size);
    fuzz_check(!found || format == AR_STREAM_GZIP || format == AR_STREAM_ZSTD);
    fuzz_check(format != AR_STREAM_GZIP || (data[0] == 0x1f && data[1] == 0x8b));
    fuzz_check(format != AR_STREAM_ZIP || (data[0] == 'P' && data[1] == 'K'));
    fuzz_check(format != AR_STREAM_TAR || (size >= AR_TAR_BLOCK && ar_tar_is_header(data)));
    if (format == AR_STREAM_GZIP) {
        check_gzip(data, size, found);
    }
    /* A shorter beginning can be looked at, and what it is called needs what makes it so. */
    for (size_t length = 0; length < size && length < 64; length += 1 + length / 4) {
        ar_stream_format shorter = ar_detect_format(data, length);
        fuzz_check(shorter == AR_STREAM_UNKNOWN || shorter == format);
        ar_detect_compressed_tar(shorter, data, length);
    }
    return 0;
}
