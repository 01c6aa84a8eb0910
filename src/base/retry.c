#include "base/retry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/operation.h"

#define MAX_WAIT_MS (120.0 * 1000.0)
#define CANCEL_POLL_NS (50 * AR_MILLISECOND_NS)

ar_retry ar_retry_begin(artrepo_operation *operation) {
    return (ar_retry){.operation = operation,
                      .attempts = 0,
                      .wait_ms = (double)artrepo_operation_retry(operation).duration_ms};
}

/* 0 <= r < 1; not for secrets. */
static double random_fraction(void) {
    uint32_t bits = 0;
    if (getrandom(&bits, sizeof bits, 0) != (ssize_t)sizeof bits) {
        bits = (uint32_t)ar_clock_now_ns();
    }
    return (double)bits / 4294967296.0;
}

/* False when the operation was cancelled or its deadline passed meanwhile. */
static bool wait_for(const artrepo_operation *operation, double milliseconds,
                     artrepo_error *error) {
    int64_t end = ar_clock_now_ns() + (int64_t)(milliseconds * (double)AR_MILLISECOND_NS);
    for (;;) {
        artrepo_error cancelled = ARTREPO_ERROR_INIT;
        if (artrepo_operation_check(operation, &cancelled) != ARTREPO_OK) {
            artrepo_error_set(error, ARTREPO_CANCELLED, "%s (last failure: %s)", cancelled.message,
                              error->message);
            return false;
        }
        int64_t left = end - ar_clock_now_ns();
        if (left <= 0) {
            return true;
        }
        ar_clock_sleep_ns(left < CANCEL_POLL_NS ? left : CANCEL_POLL_NS);
    }
}

#define GAVE_UP " (gave up after "

/* Whether a retry below this one gave up already. Starting over would multiply the attempts. */
static bool gave_up_below(const artrepo_error *error) {
    return error->code == ARTREPO_TRANSIENT && strstr(error->message, GAVE_UP) != NULL;
}

static void give_up(const ar_retry *retry, artrepo_error *error) {
    error->code = ARTREPO_TRANSIENT;
    error->retryable = true;
    size_t length = strlen(error->message);
    snprintf(error->message + length, sizeof error->message - length, GAVE_UP "%u attempts)",
             retry->attempts);
}

bool ar_retry_again(ar_retry *retry, const char *what, artrepo_error *error) {
    artrepo_retry_policy policy = artrepo_operation_retry(retry->operation);
    retry->attempts++;
    if (error->code == ARTREPO_CANCELLED || gave_up_below(error) ||
        !(error->retryable || ar_operation_matches_transient(retry->operation, error->message))) {
        return false;
    }
    if (retry->attempts >= policy.steps) {
        give_up(retry, error);
        return false;
    }
    double wait = retry->wait_ms * (1.0 + policy.jitter * random_fraction());
    if (wait < (double)error->retry_after_ms) {
        wait = (double)error->retry_after_ms;
    }
    if (wait > MAX_WAIT_MS) {
        wait = MAX_WAIT_MS;
    }
    retry->wait_ms *= policy.factor;
    char wait_text[32];
    snprintf(wait_text, sizeof wait_text, "%.1fs", wait / 1000.0);
    ar_log(retry->operation, ARTREPO_LOG_WARNING, "retrying", "operation", what, "wait", wait_text,
           "error", error->message, NULL);
    return wait_for(retry->operation, wait, error);
}
