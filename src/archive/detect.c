#include "archive/detect.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "archive/tar_header.h"

static bool begins_with(const unsigned char *data, size_t size, const char *magic, size_t length) {
    return size >= length && memcmp(data, magic, length) == 0;
}

static bool is_zstd(const unsigned char *data, size_t size) {
    bool frame = begins_with(data, size, "\x28\xb5\x2f\xfd", 4);
    bool skippable =
        size >= 4 && (data[0] & 0xf0) == 0x50 && begins_with(data + 1, size - 1, "\x2a\x4d\x18", 3);
    return frame || skippable;
}

ar_stream_format ar_detect_format(const unsigned char *data, size_t size) {
    if (begins_with(data, size, "\x1f\x8b", 2)) {
        return AR_STREAM_GZIP;
    }
    if (is_zstd(data, size)) {
        return AR_STREAM_ZSTD;
    }
    if (begins_with(data, size, "PK\x03\x04", 4) || begins_with(data, size, "PK\x05\x06", 4)) {
        return AR_STREAM_ZIP;
    }
    if (size >= AR_TAR_BLOCK && ar_tar_is_header(data)) {
        return AR_STREAM_TAR;
    }
    return AR_STREAM_UNKNOWN;
}

/* Fills BLOCK with the first bytes of the data; *GOT is how many. False when there is no memory. */
static bool inflate_first(const unsigned char *data, size_t size, unsigned char *block,
                          size_t *got) {
    struct inflate_state *state = malloc(sizeof *state);
    if (state == NULL) {
        return false;
    }
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
    state->next_in = (uint8_t *)data;
    state->avail_in = (uint32_t)size;
    state->next_out = block;
    state->avail_out = AR_TAR_BLOCK;
    int result = isal_inflate(state);
    *got = result < 0 ? 0 : AR_TAR_BLOCK - state->avail_out;
    free(state);
    return true;
}

static bool decompress_zstd_first(const unsigned char *data, size_t size, unsigned char *block,
                                  size_t *got) {
    ZSTD_DCtx *decompressor = ZSTD_createDCtx();
    if (decompressor == NULL) {
        return false;
    }
    ZSTD_inBuffer input = {data, size, 0};
    ZSTD_outBuffer output = {block, AR_TAR_BLOCK, 0};
    size_t result;
    do {
        result = ZSTD_decompressStream(decompressor, &output, &input);
    } while (!ZSTD_isError(result) && output.pos < output.size && input.pos < input.size);
    ZSTD_freeDCtx(decompressor);
    *got = output.pos;
    return !ZSTD_isError(result) || ZSTD_getErrorCode(result) != ZSTD_error_memory_allocation;
}

bool ar_detect_compressed_tar(ar_stream_format format, const unsigned char *data, size_t size) {
    unsigned char block[AR_TAR_BLOCK] = {0};
    size_t got = 0;
    bool looked = format == AR_STREAM_GZIP   ? inflate_first(data, size, block, &got)
                  : format == AR_STREAM_ZSTD ? decompress_zstd_first(data, size, block, &got)
                                             : true;
    return !looked || (got == AR_TAR_BLOCK && ar_tar_is_header(block));
}
