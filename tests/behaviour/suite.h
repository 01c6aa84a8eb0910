/*
 * One suite for all drivers: what every driver owes, checked through the public interface alone.
 *
 * A case gets the opened store, and does the same to each: what a driver does not claim, or its
 * store cannot hold, is a fact in drivers.list, and has to be refused clearly.
 */
#ifndef TESTS_BEHAVIOUR_SUITE_H
#define TESTS_BEHAVIOUR_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <artrepo/artrepo.h>

#include "content.h"
#include "drivers.h"

#define KIB ((int64_t)1 << 10)
#define MIB ((int64_t)1 << 20)

/* An opened store. The repository and the bare driver below it are two handles, which need not
 * share their objects: some stores live as long as their handle. */
typedef struct suite {
    const suite_driver *facts;
    const char *scratch; /* a directory for files */
    artrepo_repository *repository;
    artrepo_repository *bare_repository; /* keeps what the bare driver was opened with */
    const artrepo_driver *driver;
    void *state;
    bool bare; /* the case runs on the bare driver */
    artrepo_operation *operation;
    char prefix[512]; /* what the keys of this run begin with */
} suite;

/* What a case runs on. */
enum { REPOSITORY = 1, BARE_DRIVER = 2, BOTH = 3 };

/* As a capability: the driver has the optional function. */
#define CAN_REMOVE_MANY (1u << 31)

/* One case: NEEDS are capabilities without which it cannot run. */
typedef struct suite_case {
    const char *name;
    void (*run)(void **suite);
    unsigned needs;
    int ways;
} suite_case;

/* A family of cases, one file each; ends with a case without name. */
extern const suite_case object_cases[];
extern const suite_case range_cases[];
extern const suite_case key_cases[];
extern const suite_case list_cases[];
extern const suite_case remove_cases[];
extern const suite_case failure_cases[];
extern const suite_case cancel_cases[];
extern const suite_case thread_cases[];
extern const suite_case artifact_cases[];
extern const suite_case given_cases[];   /* for stores that cannot be written */
extern const suite_case claimed_cases[]; /* what is not claimed is refused */

bool suite_can(const suite *s, unsigned capabilities);
bool suite_holds(const suite *s, unsigned limit);

/* ---- keys: below the prefix of this run ---- */

/* One of 16 buffers of the calling thread. */
const char *key_of(const suite *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- the verbs, of the repository or of the bare driver ---- */

artrepo_code do_stat(const suite *s, const char *key, artrepo_object *object,
                     artrepo_operation *operation, artrepo_error *error);
artrepo_code do_get(const suite *s, const char *key, artrepo_range range, artrepo_sink *sink,
                    artrepo_object *object, artrepo_operation *operation, artrepo_error *error);
artrepo_code do_put(const suite *s, const char *key, artrepo_source *source,
                    const char *content_type, artrepo_object *object, artrepo_operation *operation,
                    artrepo_error *error);
artrepo_code do_list(const suite *s, const char *prefix, artrepo_list_callback *callback,
                     void *data, artrepo_operation *operation, artrepo_error *error);
artrepo_code do_remove(const suite *s, const char *key, artrepo_operation *operation,
                       artrepo_error *error);

/* ---- what cases say ---- */

/* Shows the message of an unexpected error. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        artrepo_error assert_ok_error = ARTREPO_ERROR_INIT;                                        \
        artrepo_error *error = &assert_ok_error;                                                   \
        artrepo_code assert_ok_code = (call);                                                      \
        if (assert_ok_code != ARTREPO_OK) {                                                        \
            fail_msg("%s: %s: %s", #call, artrepo_code_name(assert_ok_code), error->message);      \
        }                                                                                          \
    } while (0)

/* CALL fails with CODE, and with a message of one line in which WORDS (may be "") stand. */
#define assert_fails(code, words, call)                                                            \
    do {                                                                                           \
        artrepo_error assert_fails_error = ARTREPO_ERROR_INIT;                                     \
        artrepo_error *error = &assert_fails_error;                                                \
        artrepo_code assert_fails_code = (call);                                                   \
        check_failure(#call, assert_fails_code, code, words, error);                               \
    } while (0)

void check_failure(const char *call, artrepo_code code, artrepo_code expected, const char *words,
                   const artrepo_error *error);

/* What the store cannot hold: CALL on KEY is ARTREPO_INVALID or ARTREPO_UNSUPPORTED. */
#define assert_refused(s, key, call)                                                               \
    do {                                                                                           \
        artrepo_error assert_refused_error = ARTREPO_ERROR_INIT;                                   \
        artrepo_error *error = &assert_refused_error;                                              \
        artrepo_code assert_refused_code = (call);                                                 \
        check_refusal(s, key, assert_refused_code, error);                                         \
    } while (0)

void check_refusal(const suite *s, const char *key, artrepo_code code, const artrepo_error *error);

/* Bytes SEED of that size; put with a known length. */
void put_content(const suite *s, const char *key, content what);
void assert_holds(const suite *s, const char *key, content what);
void assert_missing(const suite *s, const char *key);

/* An operation whose retries do not make a test wait. */
artrepo_operation *new_operation(void);

void sleep_ms(int64_t milliseconds);
int64_t now_ms(void);

#endif
