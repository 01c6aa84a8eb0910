#include "web/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"

enum { BLOCK_BYTES = 1 << 18 };

static const char *spool_directory(void) {
    const char *directory = secure_getenv("TMPDIR");
    return directory == NULL || directory[0] == '\0' ? "/tmp" : directory;
}

/* Not every file system has files without a name. */
static int open_named(const char *directory, artrepo_error *error) {
    ar_buffer path = AR_BUFFER_INIT;
    if (!ar_buffer_printf(&path, "%s/.artrepo-upload.XXXXXX", directory)) {
        artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a temporary file");
        return -1;
    }
    int descriptor = mkostemp(path.data, O_CLOEXEC);
    if (descriptor < 0) {
        artrepo_error_set_errno(
            error, errno, "cannot make a temporary file in %s (TMPDIR says where)", directory);
    } else {
        unlink(path.data);
    }
    ar_buffer_free(&path);
    return descriptor;
}

static int open_spool(const char *directory, artrepo_error *error) {
    int descriptor = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return descriptor >= 0 ? descriptor : open_named(directory, error);
}

static artrepo_code copy(artrepo_source *source, int64_t limit, artrepo_operation *operation,
                         int descriptor, const char *directory, char *block, int64_t *size,
                         artrepo_error *error) {
    *size = 0;
    for (;;) {
        size_t got = 0;
        artrepo_code code = artrepo_operation_check(operation, error);
        if (code == ARTREPO_OK) {
            code = artrepo_source_read_full(source, block, BLOCK_BYTES, &got, error);
        }
        if (code != ARTREPO_OK || got == 0) {
            return code;
        }
        if ((int64_t)got > limit - *size) {
            return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                     "the server takes no upload without its length, and the "
                                     "temporary file for it has reached its limit of %lld MiB; "
                                     "raise spoolLimitMiB, or put it into a file first",
                                     (long long)(limit >> 20));
        }
        code = ar_file_write_all(descriptor, block, got, "a temporary file for the upload", error);
        if (code != ARTREPO_OK) {
            return artrepo_error_prefix(error, "in %s (TMPDIR says where)", directory);
        }
        *size += (int64_t)got;
    }
}

artrepo_code ar_web_spool(artrepo_source *source, int64_t limit, artrepo_operation *operation,
                          int *descriptor, int64_t *size, artrepo_error *error) {
    const char *directory = spool_directory();
    artrepo_error failure = ARTREPO_ERROR_INIT;
    *descriptor = open_spool(directory, &failure);
    char *block = *descriptor < 0 ? NULL : malloc(BLOCK_BYTES);
    artrepo_code code;
    if (*descriptor < 0) {
        code = failure.code;
    } else if (block == NULL) {
        code = artrepo_error_set(&failure, ARTREPO_INTERNAL, "no memory for an upload");
    } else {
        code = copy(source, limit, operation, *descriptor, directory, block, size, &failure);
    }
    free(block);
    if (code != ARTREPO_OK && *descriptor >= 0) {
        close(*descriptor);
        *descriptor = -1;
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}
