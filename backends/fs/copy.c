/* Moving the bytes: by the file system alone where it can, through a buffer otherwise. */
#include "fs/store.h"

#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/operation.h"

#define BUFFER_SIZE ((size_t)256 << 10)
/* Between two looks at the cancel flag, when no buffer is needed. */
#define KERNEL_BLOCK ((int64_t)16 << 20)

static artrepo_code no_memory(const ar_fs_copy *copy, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to copy %s", copy->from);
}

static size_t next_block(int64_t length, int64_t copied, int64_t most) {
    return (size_t)(length < 0 || length - copied > most ? most : length - copied);
}

/* Counts a block that was under way since *TIME, and sets that anew. */
static artrepo_code count(const ar_fs_copy *copy, ar_stage *stage, int64_t *time, int64_t bytes,
                          artrepo_error *error) {
    int64_t now = ar_clock_now_ns();
    ar_stage_add_busy(stage, now - *time, bytes);
    *time = now;
    ar_progress_add_bytes(copy->operation, bytes);
    return artrepo_operation_check(copy->operation, error);
}

/* Whether OUTPUT, empty so far, now shares all blocks of INPUT. */
static bool clone_file(int input, int output, int64_t *size) {
    struct stat status;
    if (lseek(output, 0, SEEK_CUR) != 0 || fstat(output, &status) != 0 || status.st_size != 0 ||
        ioctl(output, FICLONE, input) != 0) {
        return false;
    }
    *size = lseek(output, 0, SEEK_END);
    return *size >= 0;
}

static artrepo_code copy_in_kernel(const ar_fs_copy *copy, int input, int64_t offset,
                                   int64_t length, int output, int64_t *copied,
                                   artrepo_error *error) {
    ar_stage *stage = ar_operation_stage(copy->operation, copy->stage);
    int64_t time = ar_clock_now_ns();
    artrepo_code code = artrepo_operation_check(copy->operation, error);
    while (code == ARTREPO_OK && *copied != length) {
        off_t position = (off_t)(offset + *copied);
        ssize_t size = copy_file_range(input, &position, output, NULL,
                                       next_block(length, *copied, KERNEL_BLOCK), 0);
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) { /* the buffered copy goes on, and tells what is wrong if anything is */
            break;
        }
        *copied += size;
        code = count(copy, stage, &time, size, error);
    }
    return code;
}

/* What the sink takes is the time of the stages behind it: it is taken out of *TIME. */
static artrepo_code write_to_sink(ar_stage *stage, artrepo_sink *sink, const void *data,
                                  size_t size, int64_t *time, artrepo_error *error) {
    int64_t start = ar_clock_now_ns();
    artrepo_code code = artrepo_sink_write(sink, data, size, error);
    int64_t taken = ar_clock_now_ns() - start;
    ar_stage_add_output_wait(stage, taken);
    *time += taken;
    return code;
}

static artrepo_code copy_by_buffer(const ar_fs_copy *copy, int input, int64_t offset,
                                   int64_t length, artrepo_sink *sink, int output, int64_t *copied,
                                   artrepo_error *error) {
    if (*copied == length) {
        return ARTREPO_OK;
    }
    ar_stage *stage = ar_operation_stage(copy->operation, copy->stage);
    int64_t time = ar_clock_now_ns();
    char *buffer = malloc(BUFFER_SIZE);
    artrepo_code code =
        buffer == NULL ? no_memory(copy, error) : artrepo_operation_check(copy->operation, error);
    while (code == ARTREPO_OK && *copied != length) {
        size_t size = 0;
        code = ar_file_pread_full(input, buffer, next_block(length, *copied, BUFFER_SIZE),
                                  offset + *copied, &size, copy->from, error);
        if (code != ARTREPO_OK || size == 0) {
            break;
        }
        code = sink != NULL ? write_to_sink(stage, sink, buffer, size, &time, error)
                            : ar_file_write_all(output, buffer, size, copy->to, error);
        if (code == ARTREPO_OK) {
            *copied += (int64_t)size;
            code = count(copy, stage, &time, (int64_t)size, error);
        }
    }
    free(buffer);
    return code;
}

artrepo_code ar_fs_copy_descriptor(const ar_fs_copy *copy, int input, int64_t offset,
                                   int64_t length, int output, int64_t *copied,
                                   artrepo_error *error) {
    *copied = 0;
    int64_t size = 0;
    int64_t time = ar_clock_now_ns();
    if (offset == 0 && clone_file(input, output, &size)) {
        if (length >= 0 && size > length) {
            size = length;
            if (ftruncate(output, (off_t)length) != 0 || lseek(output, 0, SEEK_END) != length) {
                return artrepo_error_set_errno(error, errno, "cannot write %s", copy->to);
            }
        }
        *copied = size;
        return count(copy, ar_operation_stage(copy->operation, copy->stage), &time, size, error);
    }
    artrepo_code code = copy_in_kernel(copy, input, offset, length, output, copied, error);
    return code != ARTREPO_OK
               ? code
               : copy_by_buffer(copy, input, offset, length, NULL, output, copied, error);
}

artrepo_code ar_fs_copy_to_sink(const ar_fs_copy *copy, int input, int64_t offset, int64_t length,
                                artrepo_sink *sink, int64_t *copied, artrepo_error *error) {
    *copied = 0;
    return copy_by_buffer(copy, input, offset, length, sink, -1, copied, error);
}

artrepo_code ar_fs_copy_from_source(const ar_fs_copy *copy, artrepo_source *source, int64_t length,
                                    int output, int64_t *copied, artrepo_error *error) {
    *copied = 0;
    ar_stage *stage = ar_operation_stage(copy->operation, copy->stage);
    char *buffer = malloc(BUFFER_SIZE);
    artrepo_code code =
        buffer == NULL ? no_memory(copy, error) : artrepo_operation_check(copy->operation, error);
    while (code == ARTREPO_OK && *copied != length) {
        size_t size = 0;
        int64_t time = ar_clock_now_ns();
        code = artrepo_source_read(source, buffer, next_block(length, *copied, BUFFER_SIZE), &size,
                                   error);
        int64_t read_at = ar_clock_now_ns();
        ar_stage_add_input_wait(stage, read_at - time);
        if (code != ARTREPO_OK || size == 0) {
            break;
        }
        code = ar_file_write_all(output, buffer, size, copy->to, error);
        if (code == ARTREPO_OK) {
            *copied += (int64_t)size;
            code = count(copy, stage, &read_at, (int64_t)size, error);
        }
    }
    free(buffer);
    return code;
}
