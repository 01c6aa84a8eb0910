#include "archive/extract_input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { RANDOM_BLOCK = 256 << 10 };

static artrepo_code next_of_random(ar_extract_input *input, const void **block, size_t *size,
                                   artrepo_error *error) {
    *size = 0;
    if (input->offset >= input->random->size) {
        return ARTREPO_OK;
    }
    artrepo_code code = input->random->read_at(input->random->data, input->offset, input->buffer,
                                               input->block_size, size, error);
    if (code == ARTREPO_OK) {
        *block = input->buffer;
        input->offset += (int64_t)*size;
    }
    return code;
}

static artrepo_code next(ar_extract_input *input, const void **block, size_t *size,
                         artrepo_error *error) {
    artrepo_code code = artrepo_operation_check(input->operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    int64_t begin = ar_clock_now_ns();
    code = input->blocks != NULL ? input->blocks->next(input->blocks, block, size, error)
                                 : next_of_random(input, block, size, error);
    input->wait_ns += ar_clock_now_ns() - begin;
    if (code == ARTREPO_OK) {
        input->bytes_read += *size;
        input->at_end = *size == 0;
    }
    return code;
}

static la_ssize_t read_callback(struct archive *archive, void *data, const void **block) {
    ar_extract_input *input = data;
    size_t size = 0;
    if (input->error.code != ARTREPO_OK) {
        return -1;
    }
    artrepo_code code = next(input, block, &size, &input->error);
    if (code != ARTREPO_OK) {
        input->error.code = code;
        archive_set_error(archive, EIO, "cannot read");
        return -1;
    }
    return (la_ssize_t)size;
}

static la_int64_t seek_callback(struct archive *archive, void *data, la_int64_t offset,
                                int whence) {
    ar_extract_input *input = data;
    int64_t base = whence == SEEK_SET   ? 0
                   : whence == SEEK_CUR ? input->offset
                                        : input->random->size;
    if (__builtin_add_overflow(base, offset, &base) || base < 0 || base > input->random->size) {
        archive_set_error(archive, EINVAL, "Truncated: an offset is outside the archive");
        return ARCHIVE_FATAL;
    }
    input->offset = base;
    return base;
}

static la_int64_t skip_callback(struct archive *archive, void *data, la_int64_t request) {
    (void)archive;
    ar_extract_input *input = data;
    int64_t left = input->random->size - input->offset;
    int64_t skipped = request < left ? request : left;
    input->offset += skipped;
    return skipped;
}

artrepo_code ar_extract_input_open(ar_extract_input *input, struct archive *archive,
                                   const char *format, artrepo_error *error) {
    /* Opening would use what could not be set. */
    if (archive_read_set_callback_data(archive, input) != ARCHIVE_OK ||
        archive_read_set_read_callback(archive, read_callback) != ARCHIVE_OK) {
        return ar_extract_input_failure(input, archive, format, error);
    }
    if (input->random != NULL) {
        input->block_size = input->block_size == 0 ? RANDOM_BLOCK : input->block_size;
        input->buffer = malloc(input->block_size);
        if (input->buffer == NULL) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read an archive");
        }
        archive_read_set_seek_callback(archive, seek_callback);
        archive_read_set_skip_callback(archive, skip_callback);
    }
    if (archive_read_open1(archive) != ARCHIVE_OK) {
        if (archive_error_string(archive) == NULL) { /* so it is with its first allocation */
            archive_set_error(archive, ENOMEM, "no memory");
        }
        return ar_extract_input_failure(input, archive, format, error);
    }
    return ARTREPO_OK;
}

void ar_extract_input_close(ar_extract_input *input) {
    free(input->buffer);
    input->buffer = NULL;
}

artrepo_code ar_extract_input_drain(ar_extract_input *input, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    while (code == ARTREPO_OK && !input->at_end) {
        const void *block;
        size_t size;
        code = next(input, &block, &size, error);
    }
    return code;
}

static bool begins_with(const char *text, const char *begin) {
    return strncmp(text, begin, strlen(begin)) == 0;
}

artrepo_code ar_extract_input_failure(const ar_extract_input *input, struct archive *archive,
                                      const char *format, artrepo_error *error) {
    if (input->error.code != ARTREPO_OK) {
        if (error != NULL) {
            *error = input->error;
        }
        return input->error.code;
    }
    const char *text = archive_error_string(archive);
    text = text == NULL ? "unknown error" : text;
    /* Of that zlib has no memory, libarchive says no more. */
    if (archive_errno(archive) == ENOMEM ||
        begins_with(text, "Can't initialize ZIP decompression")) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read the %s archive",
                                 format);
    }
    if (begins_with(text, "Unrecognized archive format")) {
        return artrepo_error_set(error, ARTREPO_INVALID, "not a %s archive%s", format,
                                 input->bytes_read == 0 ? ": there are no data at all" : "");
    }
    if (begins_with(text, "Truncated") || (input->blocks != NULL && input->at_end)) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "the archive ends early: damaged or truncated "
                                 "%s archive; fetch or make it again",
                                 format);
    }
    return artrepo_error_set(error, ARTREPO_IO, "damaged %s archive: %s", format, text);
}
