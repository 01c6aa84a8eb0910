/* Calls of the library's own code, which the linker sends here (--wrap; the list is in
 * CMakeLists.txt). The names that glibc's headers make of them are wrapped, too: the C library has
 * open64 for open with large files, __openat64_2 for openat where _FORTIFY_SOURCE looks. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "injection.h"

/* The linker makes these names. */
#define WRAP(kind, type, failure, name, parameters, arguments)                                     \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters {                                                                \
        if (injection_hits(kind)) {                                                                \
            return failure;                                                                        \
        }                                                                                          \
        return __real_##name arguments;                                                            \
    }

/* ---- allocations ---- */

WRAP(INJECT_ALLOCATION, void *, NULL, malloc, (size_t size), (size))
WRAP(INJECT_ALLOCATION, void *, NULL, calloc, (size_t count, size_t size), (count, size))
WRAP(INJECT_ALLOCATION, void *, NULL, realloc, (void *old, size_t size), (old, size))
WRAP(INJECT_ALLOCATION, void *, NULL, reallocarray, (void *old, size_t count, size_t size),
     (old, count, size))
WRAP(INJECT_ALLOCATION, char *, NULL, strdup, (const char *text), (text))
WRAP(INJECT_ALLOCATION, char *, NULL, strndup, (const char *text, size_t size), (text, size))

/* ---- files ---- */

/* The mode may be left out where nothing is made. */
#define WRAP_OPEN(name, parameters, first, flags)                                                  \
    int __real_##name(parameters, int flags, ...);                                                 \
    int __wrap_##name(parameters, int flags, ...);                                                 \
    int __wrap_##name(parameters, int flags, ...) {                                                \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        unsigned mode = va_arg(rest, unsigned);                                                    \
        va_end(rest);                                                                              \
        return injection_hits(INJECT_OPEN) ? -1 : __real_##name(first, flags, mode);               \
    }
#define COMMA ,
WRAP_OPEN(open, const char *path, path, flags)
WRAP_OPEN(open64, const char *path, path, flags)
WRAP_OPEN(openat, int directory COMMA const char *path, directory COMMA path, flags)
WRAP_OPEN(openat64, int directory COMMA const char *path, directory COMMA path, flags)
WRAP(INJECT_OPEN, int, -1, __open64_2, (const char *path, int flags), (path, flags))
WRAP(INJECT_OPEN, int, -1, __openat64_2, (int directory, const char *path, int flags),
     (directory, path, flags))
WRAP(INJECT_OPEN, int, -1, mkostemp64, (char *path, int flags), (path, flags))

WRAP(INJECT_READ, ssize_t, -1, read, (int file, void *data, size_t size), (file, data, size))
WRAP(INJECT_READ, ssize_t, -1, __read_chk, (int file, void *data, size_t size, size_t most),
     (file, data, size, most))
WRAP(INJECT_READ, ssize_t, -1, pread64, (int file, void *data, size_t size, off_t offset),
     (file, data, size, offset))
WRAP(INJECT_READ, ssize_t, -1, __pread64_chk,
     (int file, void *data, size_t size, off_t offset, size_t most),
     (file, data, size, offset, most))
WRAP(INJECT_READ, ssize_t, -1, readlinkat,
     (int directory, const char *path, char *target, size_t size), (directory, path, target, size))

WRAP(INJECT_WRITE, ssize_t, -1, write, (int file, const void *data, size_t size),
     (file, data, size))
WRAP(INJECT_WRITE, ssize_t, -1, pwrite64, (int file, const void *data, size_t size, off_t offset),
     (file, data, size, offset))
WRAP(INJECT_WRITE, ssize_t, -1, copy_file_range,
     (int from, off_t *from_offset, int to, off_t *to_offset, size_t size, unsigned flags),
     (from, from_offset, to, to_offset, size, flags))
WRAP(INJECT_WRITE, int, -1, ftruncate64, (int file, off_t size), (file, size))

/* The descriptor is closed whatever close says. */
int __real_close(int file);
int __wrap_close(int file);
int __wrap_close(int file) {
    bool fails = injection_hits(INJECT_CLOSE);
    int errnum = errno;
    int result = __real_close(file);
    if (!fails) {
        return result;
    }
    errno = errnum;
    return -1;
}

WRAP(INJECT_RENAME, int, -1, rename, (const char *from, const char *to), (from, to))
WRAP(INJECT_RENAME, int, -1, renameat,
     (int from_directory, const char *from, int to_directory, const char *to),
     (from_directory, from, to_directory, to))
WRAP(INJECT_RENAME, int, -1, renameat2,
     (int from_directory, const char *from, int to_directory, const char *to, unsigned flags),
     (from_directory, from, to_directory, to, flags))

WRAP(INJECT_MAKE, int, -1, mkdir, (const char *path, mode_t mode), (path, mode))
WRAP(INJECT_MAKE, int, -1, mkdirat, (int directory, const char *path, mode_t mode),
     (directory, path, mode))
WRAP(INJECT_MAKE, char *, NULL, mkdtemp, (char *path), (path))
WRAP(INJECT_MAKE, int, -1, symlinkat, (const char *target, int directory, const char *path),
     (target, directory, path))
WRAP(INJECT_MAKE, int, -1, linkat,
     (int from_directory, const char *from, int to_directory, const char *to, int flags),
     (from_directory, from, to_directory, to, flags))

/* It takes memory of its own. */
DIR *__real_fdopendir(int directory);
DIR *__wrap_fdopendir(int directory);
DIR *__wrap_fdopendir(int directory) {
    return injection_hits(INJECT_LIST) || injection_hits(INJECT_ALLOCATION)
               ? NULL
               : __real_fdopendir(directory);
}

WRAP(INJECT_LIST, struct dirent *, NULL, readdir64, (DIR * directory), (directory))

WRAP(INJECT_STATUS, int, -1, fstat64, (int file, struct stat *status), (file, status))
WRAP(INJECT_STATUS, int, -1, stat64, (const char *path, struct stat *status), (path, status))
WRAP(INJECT_STATUS, int, -1, lstat64, (const char *path, struct stat *status), (path, status))
WRAP(INJECT_STATUS, int, -1, fstatat64,
     (int directory, const char *path, struct stat *status, int flags),
     (directory, path, status, flags))

WRAP(INJECT_MODE, int, -1, fchmod, (int file, mode_t mode), (file, mode))
WRAP(INJECT_MODE, int, -1, fchmodat, (int directory, const char *path, mode_t mode, int flags),
     (directory, path, mode, flags))
WRAP(INJECT_MODE, int, -1, chmod, (const char *path, mode_t mode), (path, mode))
WRAP(INJECT_MODE, int, -1, futimens, (int file, const struct timespec *times), (file, times))

/* ---- threads ---- */

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *data);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *data);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                          void *data) {
    return injection_hits(INJECT_THREAD) ? errno
                                         : __real_pthread_create(thread, attributes, run, data);
}
