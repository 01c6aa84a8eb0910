/* What the library itself needs of an operation: logging, counting, deciding what is transient. All
 * take NULL for "no operation", and may be called from any thread. */
#ifndef AR_BASE_OPERATION_H
#define AR_BASE_OPERATION_H

#include <stdbool.h>
#include <stdint.h>

#include <artrepo/operation.h>

/* Logs MESSAGE with up to 8 fields, given as name, value, name, value, ..., NULL. A NULL value
 * drops its field. */
void ar_log(const artrepo_operation *operation, artrepo_log_level level, const char *message, ...)
    __attribute__((sentinel));

void ar_progress_add_bytes(artrepo_operation *operation, int64_t bytes);
void ar_progress_add_objects(artrepo_operation *operation, int64_t objects);
/* For drivers, once they know how much is to come: the total, unless somebody told one before. */
void ar_progress_expect_bytes(artrepo_operation *operation, int64_t bytes);
void ar_progress_add_total(artrepo_operation *operation, int64_t bytes, int64_t objects);

/* Until the deadline, in milliseconds; at least 0; INT64_MAX without one. */
int64_t ar_operation_remaining_ms(const artrepo_operation *operation);
bool ar_operation_is_cancelled(const artrepo_operation *operation);

/* Whether TEXT matches TRANSIENT_ERROR_PATTERN. */
bool ar_operation_matches_transient(const artrepo_operation *operation, const char *text);

/* ---- stage profile ---- */

typedef struct ar_stage ar_stage;

/* The stage of that name (static storage), made at the first call; NULL without an operation. */
ar_stage *ar_operation_stage(artrepo_operation *operation, const char *name);
/* STAGE may be NULL. */
void ar_stage_add_busy(ar_stage *stage, int64_t ns, int64_t bytes);
void ar_stage_add_input_wait(ar_stage *stage, int64_t ns);
void ar_stage_add_output_wait(ar_stage *stage, int64_t ns);

#endif
