/*
 * For clang-tidy alone (.ci/run puts it before each file): the analyzer sees one file at a time, so
 * it must be told that functions which fill an error return that error's code and never ARTREPO_OK.
 */
#ifndef TESTS_ANALYZER_H
#define TESTS_ANALYZER_H

#include <artrepo/error.h>

#define artrepo_error_set(error, code, ...)                                                        \
    ((void)(artrepo_error_set)(error, code, __VA_ARGS__), (code))
#define artrepo_error_set_errno(...)                                                               \
    ((artrepo_error_set_errno)(__VA_ARGS__) == ARTREPO_NOT_FOUND ? ARTREPO_NOT_FOUND : ARTREPO_IO)

#endif
