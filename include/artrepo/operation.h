/*
 * Operations: what a call that may take long needs besides its arguments.
 *
 * An artrepo_operation carries the log and progress callbacks, the cancel flag, the deadline, and
 * the limits on threads, memory and retries. One operation may serve any number of calls, one after
 * the other or at the same time from several threads; its setters must not run while a call uses
 * it, with the exception of artrepo_operation_cancel(). Every function that takes an operation
 * accepts NULL: no callbacks, no deadline, default limits.
 */
#ifndef ARTREPO_OPERATION_H
#define ARTREPO_OPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct artrepo_operation artrepo_operation;

/* Returns NULL when there is no memory. Free it when no call uses it any more; NULL is allowed. */
ARTREPO_API artrepo_operation *artrepo_operation_new(void);
ARTREPO_API void artrepo_operation_free(artrepo_operation *operation);

/* ---- log ---- */

typedef enum artrepo_log_level {
    ARTREPO_LOG_DEBUG,
    ARTREPO_LOG_INFO,
    ARTREPO_LOG_WARNING,
    ARTREPO_LOG_ERROR
} artrepo_log_level;

typedef struct artrepo_log_field {
    const char *name;
    const char *value;
} artrepo_log_field;

typedef struct artrepo_log_record {
    artrepo_log_level level;
    const char *message; /* in the executor's words where it has some: "saving artifact" */
    const artrepo_log_field *fields;
    size_t field_count;
} artrepo_log_record;

/* May be called from any thread, also from several at once. The record is valid during the call. */
typedef void artrepo_log_callback(void *data, const artrepo_log_record *record);

/* Records below LEVEL are not made. The library never writes anything anywhere by itself. */
ARTREPO_API void artrepo_operation_set_log(artrepo_operation *operation, artrepo_log_level level,
                                           artrepo_log_callback *callback, void *data);

/* ---- progress ---- */

typedef struct artrepo_progress {
    int64_t bytes_done;  /* moved to or from the store */
    int64_t bytes_total; /* -1 while unknown */
    int64_t objects_done;
    int64_t objects_total; /* -1 while unknown */
} artrepo_progress;

/* Calls are serialised, from whichever thread moves data, and at most ten a second. */
typedef void artrepo_progress_callback(void *data, const artrepo_progress *progress);

ARTREPO_API void artrepo_operation_set_progress(artrepo_operation *operation,
                                                artrepo_progress_callback *callback, void *data);
/* The counters as they stand; zeroes and -1 for a NULL operation. Any thread. */
ARTREPO_API artrepo_progress artrepo_operation_progress(const artrepo_operation *operation);

/* ---- cancel and deadline ---- */

/* Every call that uses the operation ends soon with ARTREPO_CANCELLED, leaving nothing
 * half-written. Any thread; also from a signal handler. It cannot be taken back. */
ARTREPO_API void artrepo_operation_cancel(artrepo_operation *operation);

/* From now; 0 takes the deadline away. Past it calls end with ARTREPO_CANCELLED. */
ARTREPO_API void artrepo_operation_set_deadline(artrepo_operation *operation, int64_t milliseconds);

/* For drivers: ARTREPO_OK, or ARTREPO_CANCELLED with the reason in ERROR. Cheap; any thread. */
ARTREPO_API artrepo_code artrepo_operation_check(const artrepo_operation *operation,
                                                 artrepo_error *error);

/* ---- limits ---- */

/* Threads that compress, decompress and write files: 0 (the default) is one for each processor. */
ARTREPO_API void artrepo_operation_set_threads(artrepo_operation *operation, unsigned threads);
ARTREPO_API unsigned artrepo_operation_threads(const artrepo_operation *operation);

/* Parts or objects in flight to a store at once. Default 4, as ARTIFACT_S3_UPLOAD_THREADS. */
ARTREPO_API void artrepo_operation_set_transfers(artrepo_operation *operation, unsigned transfers);
ARTREPO_API unsigned artrepo_operation_transfers(const artrepo_operation *operation);

/* Bytes of one part of a multipart upload; default 5 MiB, the smallest that S3 takes. */
ARTREPO_API void artrepo_operation_set_part_size(artrepo_operation *operation, size_t bytes);
ARTREPO_API size_t artrepo_operation_part_size(const artrepo_operation *operation);

typedef struct artrepo_retry_policy {
    unsigned steps;      /* attempts in all; EXECUTOR_RETRY_BACKOFF_STEPS, default 5 */
    int64_t duration_ms; /* first wait; EXECUTOR_RETRY_BACKOFF_DURATION, default 1 s */
    double factor;       /* each wait is this much longer; _FACTOR, default 1.6 */
    double jitter;       /* up to this fraction is added at random; _JITTER, default 0.5 */
} artrepo_retry_policy;

ARTREPO_API void artrepo_operation_set_retry(artrepo_operation *operation,
                                             const artrepo_retry_policy *policy);
ARTREPO_API artrepo_retry_policy artrepo_operation_retry(const artrepo_operation *operation);

/* How long a store may send and take nothing before the attempt counts as failed; 0 (the default)
 * is 60 s. Full seconds, from 1 s on. Steps for which a store needs longer have a longer limit of
 * their own. */
ARTREPO_API void artrepo_operation_set_stall_timeout(artrepo_operation *operation,
                                                     int64_t milliseconds);
ARTREPO_API int64_t artrepo_operation_stall_timeout(const artrepo_operation *operation);

/* Takes the EXECUTOR_RETRY_BACKOFF_*, TRANSIENT_ERROR_PATTERN and ARTIFACT_S3_UPLOAD_* variables of
 * the environment, as the executor does, and ARTREPO_STALL_TIMEOUT, a duration such as 30s.
 * ARTREPO_INVALID names the variable that makes no sense. */
ARTREPO_API artrepo_code artrepo_operation_use_environment(artrepo_operation *operation,
                                                           artrepo_error *error);

/* ---- stage profile ---- */

typedef struct artrepo_stage {
    const char *name;      /* "walk", "compress", "upload", ... */
    double busy_seconds;   /* summed over the stage's threads */
    double input_seconds;  /* waited for the stage before */
    double output_seconds; /* waited for the stage after */
    int64_t bytes;         /* that came out of the stage */
} artrepo_stage;

/* Copies up to CAPACITY stages, in the order of the pipeline; returns how many there are. Any
 * thread, also while calls add to them. */
ARTREPO_API size_t artrepo_operation_stages(const artrepo_operation *operation,
                                            artrepo_stage *stages, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
