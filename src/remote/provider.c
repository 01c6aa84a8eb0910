#include "remote/provider.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/operation.h"

#define MARGIN_MS (INT64_C(300) * 1000) /* before their end credentials are replaced */
#define FAILURE_PAUSE_MS (INT64_C(30) * 1000)
#define POLL_NS (50 * AR_MILLISECOND_NS)

/* ---- holding ---- */

void ar_provider_give_back(ar_held_credentials *credentials) {
    if (credentials != NULL && atomic_fetch_sub(&credentials->holders, 1) == 1) {
        credentials->kind->free(credentials->found.value);
        free(credentials);
    }
}

/* Under the mutex. */
static ar_held_credentials *hold(ar_held_credentials *credentials) {
    atomic_fetch_add(&credentials->holders, 1);
    return credentials;
}

/* Half of their time, for those that live short: refreshing for ever would help nobody. */
static int64_t refresh_time(int64_t expiry_ms, int64_t now) {
    int64_t half = (expiry_ms - now) / 2;
    return expiry_ms - (half < MARGIN_MS ? half : MARGIN_MS);
}

/* Takes FOUND over; under the mutex, unless nobody else knows the provider yet. */
static bool replace_current(ar_provider *provider, const ar_found_credentials *found) {
    ar_held_credentials *held = calloc(1, sizeof *held);
    if (held == NULL) {
        provider->kind->free(found->value);
        return false;
    }
    held->found = *found;
    held->kind = provider->kind;
    held->generation = ++provider->fetches;
    atomic_init(&held->holders, 1);
    ar_provider_give_back(provider->current);
    provider->current = held;
    provider->is_rejected = false;
    provider->refresh_ms = refresh_time(held->found.expiry_ms, ar_clock_wall_ms());
    return true;
}

/* ---- fetching ---- */

static void log_found(const ar_found_credentials *found, artrepo_operation *operation) {
    char until[32] = "";
    if (found->expiry_ms != 0) {
        time_t seconds = (time_t)(found->expiry_ms / 1000);
        struct tm parts;
        gmtime_r(&seconds, &parts);
        strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    ar_log(operation, ARTREPO_LOG_DEBUG, "found credentials", "from", found->origin, "until",
           until[0] == '\0' ? NULL : until, NULL);
}

static artrepo_code find_valid(const ar_provider *provider, artrepo_operation *operation,
                               ar_found_credentials *found, artrepo_error *error) {
    artrepo_code code = provider->kind->find(provider->context, operation, found, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (found->expiry_ms != 0 && found->expiry_ms <= ar_clock_wall_ms()) {
        provider->kind->free(found->value);
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                 "the credentials from %s had ended when they came; check this "
                                 "machine's clock",
                                 found->origin);
    }
    log_found(found, operation);
    return ARTREPO_OK;
}

static bool is_valid(const ar_provider *provider, int64_t now) {
    const ar_held_credentials *current = provider->current;
    return current != NULL && !provider->is_rejected &&
           (current->found.expiry_ms == 0 || now < current->found.expiry_ms);
}

/* What is still valid is used on; the next try is not made at once. */
static void postpone(ar_provider *provider, artrepo_operation *operation,
                     const artrepo_error *error) {
    int64_t now = ar_clock_wall_ms();
    int64_t half = (provider->current->found.expiry_ms - now) / 2;
    provider->refresh_ms = now + (half < FAILURE_PAUSE_MS ? half : FAILURE_PAUSE_MS);
    ar_log(operation, ARTREPO_LOG_WARNING, "credentials could not be renewed; using the old ones",
           "error", error->message, NULL);
}

/* The mutex is held on entry and on return, but not meanwhile. */
static artrepo_code fetch(ar_provider *provider, artrepo_operation *operation,
                          artrepo_error *error) {
    ar_found_credentials found = {0};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    provider->is_fetching = true;
    pthread_mutex_unlock(&provider->mutex);
    artrepo_code code = find_valid(provider, operation, &found, &failure);
    pthread_mutex_lock(&provider->mutex);
    provider->is_fetching = false;
    if (code == ARTREPO_OK && !replace_current(provider, &found)) {
        code = artrepo_error_set(&failure, ARTREPO_INTERNAL, "no memory for credentials");
    }
    if (code != ARTREPO_OK) {
        provider->failure = failure;
        provider->failures++;
        if (is_valid(provider, ar_clock_wall_ms())) {
            postpone(provider, operation, &failure);
            code = ARTREPO_OK;
        } else if (error != NULL) {
            *error = failure;
        }
    }
    pthread_cond_broadcast(&provider->changed);
    return code;
}

/* For somebody else's fetch; its failure is ours too, unless only the other one was cancelled. */
static artrepo_code await_fetch(ar_provider *provider, artrepo_operation *operation,
                                artrepo_error *error) {
    unsigned long failures = provider->failures;
    while (provider->is_fetching) {
        artrepo_code code = artrepo_operation_check(operation, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += POLL_NS;
        until.tv_sec += until.tv_nsec / AR_SECOND_NS;
        until.tv_nsec %= AR_SECOND_NS;
        pthread_cond_timedwait(&provider->changed, &provider->mutex, &until);
    }
    if (provider->failures != failures && provider->failure.code != ARTREPO_CANCELLED &&
        !is_valid(provider, ar_clock_wall_ms())) {
        if (error != NULL) {
            *error = provider->failure;
        }
        return provider->failure.code;
    }
    return ARTREPO_OK;
}

/* ---- taking ---- */

artrepo_code ar_provider_take(ar_provider *provider, artrepo_operation *operation,
                              ar_held_credentials **credentials, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    *credentials = NULL;
    pthread_mutex_lock(&provider->mutex);
    while (code == ARTREPO_OK && *credentials == NULL) {
        int64_t now = ar_clock_wall_ms();
        bool valid = is_valid(provider, now);
        bool due =
            !valid || (provider->current->found.expiry_ms != 0 && now >= provider->refresh_ms);
        if (due && !provider->is_fetching) {
            code = fetch(provider, operation, error);
        } else if (!valid) {
            code = await_fetch(provider, operation, error);
        } else {
            *credentials = hold(provider->current);
        }
    }
    pthread_mutex_unlock(&provider->mutex);
    return code;
}

/* The refused ones, when they are still the current ones; they are not handed out again. */
static ar_held_credentials *reject(ar_provider *provider, unsigned long generation) {
    ar_held_credentials *refused = NULL;
    pthread_mutex_lock(&provider->mutex);
    if (provider->current != NULL && provider->current->generation == generation) {
        provider->is_rejected = true;
        refused = hold(provider->current);
    }
    pthread_mutex_unlock(&provider->mutex);
    return refused;
}

artrepo_code ar_provider_replace(ar_provider *provider, unsigned long generation,
                                 artrepo_operation *operation, bool *has_others,
                                 artrepo_error *error) {
    *has_others = false;
    if (provider->is_fixed) {
        return ARTREPO_OK;
    }
    ar_held_credentials *refused = reject(provider, generation);
    if (refused == NULL) { /* another thread was faster */
        *has_others = true;
        return ARTREPO_OK;
    }
    ar_held_credentials *current = NULL;
    artrepo_code code = ar_provider_take(provider, operation, &current, error);
    if (code == ARTREPO_OK) {
        *has_others = !provider->kind->are_equal(refused->found.value, current->found.value);
    }
    ar_provider_give_back(current);
    ar_provider_give_back(refused);
    return code;
}

/* ---- opening ---- */

void ar_provider_open(ar_provider *provider, const ar_credentials_kind *kind, void *context) {
    pthread_condattr_t attributes;
    *provider = (ar_provider){.kind = kind, .context = context};
    pthread_mutex_init(&provider->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&provider->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool ar_provider_fix(ar_provider *provider, void *value, const char *origin) {
    provider->is_fixed = true;
    return replace_current(provider, &(ar_found_credentials){.value = value, .origin = origin});
}

void ar_provider_close(ar_provider *provider) {
    ar_provider_give_back(provider->current);
    provider->current = NULL;
    pthread_cond_destroy(&provider->changed);
    pthread_mutex_destroy(&provider->mutex);
}
