/* All allocations of the process, those of the libraries below us included: these definitions come
 * before the C library's, which are still there under other names. */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

#include "injection.h"

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size) {
    return injection_hits(INJECT_ALLOCATION) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    return injection_hits(INJECT_ALLOCATION) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    return injection_hits(INJECT_ALLOCATION) ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, count * size);
}

void *memalign(size_t alignment, size_t size) {
    return injection_hits(INJECT_ALLOCATION) ? NULL : __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return memalign(alignment, size);
}

int posix_memalign(void **data, size_t alignment, size_t size) {
    int errnum = errno;
    *data = memalign(alignment, size);
    errno = errnum;
    return *data == NULL ? ENOMEM : 0;
}
