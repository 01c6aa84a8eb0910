/*
 * Errors.
 *
 * Every call that can fail returns an artrepo_code and takes, as its last argument, a pointer to an
 * artrepo_error that the caller owns (NULL when only the code is of interest). The object holds its
 * text inside itself: nothing has to be freed, and it can be filled when there is no memory left.
 *
 *     artrepo_error error = ARTREPO_ERROR_INIT;
 *     if (artrepo_repository_remove(repository, "a/b.tgz", operation, &error) != ARTREPO_OK)
 *         fprintf(stderr, "%s\n", error.message);
 *
 * An error object is only written when a call fails. It may be used again for the next call.
 * All functions here may be called from any thread, on objects that no other thread uses.
 */
#ifndef ARTREPO_ERROR_H
#define ARTREPO_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include <artrepo/export.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum artrepo_code {
    ARTREPO_OK = 0,
    ARTREPO_NOT_FOUND,      /* the object, file or secret is not there */
    ARTREPO_ACCESS_DENIED,  /* credentials are missing, wrong or not sufficient */
    ARTREPO_INVALID,        /* what the caller or a file said makes no sense, or names no bucket */
    ARTREPO_UNSUPPORTED,    /* the driver or this build does not offer it */
    ARTREPO_TRANSIENT,      /* still failing after all retries; a later call may succeed */
    ARTREPO_REFUSED_UNSAFE, /* hostile input: it would have left its destination or broken a limit
                             */
    ARTREPO_CANCELLED,      /* artrepo_operation_cancel() or the deadline */
    ARTREPO_IO,      /* the local system or the data: no space, read error, damaged archive */
    ARTREPO_INTERNAL /* no memory, or a fault of this library */
} artrepo_code;

typedef struct artrepo_error {
    artrepo_code code;
    bool retryable;         /* the same call may succeed later */
    int http_status;        /* 0 when no HTTP answer was involved */
    int system_errno;       /* 0 when no system call was involved */
    int64_t retry_after_ms; /* what the store asked for; 0 when it did not */
    char store_code[64];    /* the store's own code, such as "NoSuchBucket"; "" when none */
    char request_id[128];   /* the store's id of the request; "" when none */
    char message[2048];     /* one line: what was tried, on what, what was said, what to do */
} artrepo_error;

#define ARTREPO_ERROR_INIT                                                                         \
    { ARTREPO_OK, false, 0, 0, 0, "", "", "" }

/* "not-found", "access-denied", ...; "ok" for ARTREPO_OK. Static storage. */
ARTREPO_API const char *artrepo_code_name(artrepo_code code);

/*
 * For authors of drivers, sources and sinks. Both fill the whole object (ERROR may be NULL), and
 * return the code, so that a failing function can end with `return artrepo_error_set(...)`.
 * Control characters in the text are replaced, so that hostile names cannot forge log lines.
 */
ARTREPO_API artrepo_code artrepo_error_set(artrepo_error *error, artrepo_code code,
                                           const char *format, ...) ARTREPO_PRINTF(3, 4);

/* The code comes from ERRNUM (ENOENT: not-found, EACCES: access-denied, ENOMEM: internal, others:
 * io), and ": " with the system's text of ERRNUM is appended. */
ARTREPO_API artrepo_code artrepo_error_set_errno(artrepo_error *error, int errnum,
                                                 const char *format, ...) ARTREPO_PRINTF(3, 4);

/* Puts "TEXT: " before the message, and returns the error's code. */
ARTREPO_API artrepo_code artrepo_error_prefix(artrepo_error *error, const char *format, ...)
    ARTREPO_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif

#endif
