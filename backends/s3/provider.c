#include "s3/provider.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/operation.h"
#include "s3/chain.h"
#include "s3/environment.h"
#include "s3/profile.h"
#include "s3/sts.h"

#define MARGIN_MS (INT64_C(300) * 1000) /* before their end credentials are replaced */
#define FAILURE_PAUSE_MS (INT64_C(30) * 1000)
#define POLL_NS (50 * AR_MILLISECOND_NS)

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
}

/* ---- holding ---- */

void ar_s3_provider_give_back(ar_s3_held_credentials *credentials) {
    if (credentials != NULL && atomic_fetch_sub(&credentials->holders, 1) == 1) {
        ar_s3_credentials_free(&credentials->value);
        free(credentials);
    }
}

/* Under the mutex. */
static ar_s3_held_credentials *hold(ar_s3_held_credentials *credentials) {
    atomic_fetch_add(&credentials->holders, 1);
    return credentials;
}

/* Half of their time, for those that live short: refreshing for ever would help nobody. */
static int64_t refresh_time(int64_t expiry_ms, int64_t now) {
    int64_t half = (expiry_ms - now) / 2;
    return expiry_ms - (half < MARGIN_MS ? half : MARGIN_MS);
}

/* Takes VALUE over; under the mutex, unless nobody else knows the provider yet. */
static bool replace_current(ar_s3_provider *provider, ar_s3_credentials *value) {
    ar_s3_held_credentials *held = calloc(1, sizeof *held);
    if (held == NULL) {
        ar_s3_credentials_free(value);
        return false;
    }
    held->value = *value;
    held->generation = ++provider->fetches;
    atomic_init(&held->holders, 1);
    *value = (ar_s3_credentials){0};
    ar_s3_provider_give_back(provider->current);
    provider->current = held;
    provider->is_rejected = false;
    provider->refresh_ms = refresh_time(held->value.expiry_ms, ar_clock_wall_ms());
    return true;
}

/* ---- fetching ---- */

static artrepo_code find(const ar_s3_provider *provider, const ar_s3_lookup *lookup,
                         ar_s3_credentials *credentials, artrepo_error *error) {
    if (provider->role_arn == NULL) {
        return ar_s3_chain_credentials(lookup, credentials, error);
    }
    ar_s3_role role = {.arn = provider->role_arn,
                       .session_name = ar_s3_environment("AWS_ROLE_SESSION_NAME")};
    ar_s3_credentials base = {0};
    artrepo_code code = ar_s3_chain_credentials(lookup, &base, error);
    if (code == ARTREPO_OK) {
        code = ar_s3_sts_assume_role(lookup, &role, &base, credentials, error);
    } else {
        artrepo_error_prefix(error, "assume role %s", role.arn);
    }
    ar_s3_credentials_free(&base);
    return code;
}

static void log_fetched(const ar_s3_credentials *credentials, artrepo_operation *operation) {
    char until[32] = "";
    if (credentials->expiry_ms != 0) {
        time_t seconds = (time_t)(credentials->expiry_ms / 1000);
        struct tm parts;
        gmtime_r(&seconds, &parts);
        strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    ar_log(operation, ARTREPO_LOG_DEBUG, "found credentials", "from", credentials->origin, "until",
           until[0] == '\0' ? NULL : until, NULL);
}

static artrepo_code find_valid(const ar_s3_provider *provider, artrepo_operation *operation,
                               ar_s3_credentials *credentials, artrepo_error *error) {
    ar_s3_lookup lookup = {.region = provider->region, .operation = operation};
    artrepo_code code = find(provider, &lookup, credentials, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (credentials->expiry_ms != 0 && credentials->expiry_ms <= ar_clock_wall_ms()) {
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                 "the credentials from %s had ended when they came; check this "
                                 "machine's clock",
                                 credentials->origin);
    }
    log_fetched(credentials, operation);
    return ARTREPO_OK;
}

static bool is_valid(const ar_s3_provider *provider, int64_t now) {
    const ar_s3_held_credentials *current = provider->current;
    return current != NULL && !provider->is_rejected &&
           (current->value.expiry_ms == 0 || now < current->value.expiry_ms);
}

/* What is still valid is used on; the next try is not made at once. */
static void postpone(ar_s3_provider *provider, artrepo_operation *operation,
                     const artrepo_error *error) {
    int64_t now = ar_clock_wall_ms();
    int64_t half = (provider->current->value.expiry_ms - now) / 2;
    provider->refresh_ms = now + (half < FAILURE_PAUSE_MS ? half : FAILURE_PAUSE_MS);
    ar_log(operation, ARTREPO_LOG_WARNING, "credentials could not be renewed; using the old ones",
           "error", error->message, NULL);
}

/* The mutex is held on entry and on return, but not meanwhile. */
static artrepo_code fetch(ar_s3_provider *provider, artrepo_operation *operation,
                          artrepo_error *error) {
    ar_s3_credentials found = {0};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    provider->is_fetching = true;
    pthread_mutex_unlock(&provider->mutex);
    artrepo_code code = find_valid(provider, operation, &found, &failure);
    pthread_mutex_lock(&provider->mutex);
    provider->is_fetching = false;
    if (code == ARTREPO_OK && !replace_current(provider, &found)) {
        code = no_memory(&failure);
    }
    if (code != ARTREPO_OK) {
        ar_s3_credentials_free(&found);
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
static artrepo_code await_fetch(ar_s3_provider *provider, artrepo_operation *operation,
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

artrepo_code ar_s3_provider_take(ar_s3_provider *provider, artrepo_operation *operation,
                                 ar_s3_held_credentials **credentials, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    *credentials = NULL;
    pthread_mutex_lock(&provider->mutex);
    while (code == ARTREPO_OK && *credentials == NULL) {
        int64_t now = ar_clock_wall_ms();
        bool valid = is_valid(provider, now);
        bool due =
            !valid || (provider->current->value.expiry_ms != 0 && now >= provider->refresh_ms);
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
static ar_s3_held_credentials *reject(ar_s3_provider *provider, unsigned long generation) {
    ar_s3_held_credentials *refused = NULL;
    pthread_mutex_lock(&provider->mutex);
    if (provider->current != NULL && provider->current->generation == generation) {
        provider->is_rejected = true;
        refused = hold(provider->current);
    }
    pthread_mutex_unlock(&provider->mutex);
    return refused;
}

artrepo_code ar_s3_provider_replace(ar_s3_provider *provider, unsigned long generation,
                                    artrepo_operation *operation, bool *has_others,
                                    artrepo_error *error) {
    *has_others = false;
    if (provider->is_fixed) {
        return ARTREPO_OK;
    }
    ar_s3_held_credentials *refused = reject(provider, generation);
    if (refused == NULL) { /* another thread was faster */
        *has_others = true;
        return ARTREPO_OK;
    }
    ar_s3_held_credentials *current = NULL;
    artrepo_code code = ar_s3_provider_take(provider, operation, &current, error);
    if (code == ARTREPO_OK) {
        *has_others = !ar_s3_credentials_are_equal(&refused->value, &current->value);
    }
    ar_s3_provider_give_back(current);
    ar_s3_provider_give_back(refused);
    return code;
}

/* ---- opening ---- */

/* The environment's region, the profile's, or the store's. */
static artrepo_code find_region(ar_s3_provider *provider, const char *region,
                                artrepo_error *error) {
    const char *given = ar_s3_environment_of("AWS_REGION", "AWS_DEFAULT_REGION");
    ar_s3_profile profile = {0};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    if (given == NULL &&
        ar_s3_profile_read(ar_s3_profile_name(), &profile, &failure) ==
            ARTREPO_OK) { /* what is wrong with the files is said when they count */
        given = profile.values[AR_S3_REGION];
    }
    provider->region = strdup(given == NULL ? region : given);
    ar_s3_profile_wipe(&profile);
    return provider->region == NULL ? no_memory(error) : ARTREPO_OK;
}

static artrepo_code read_role(ar_s3_provider *provider, const artrepo_driver_settings *settings,
                              artrepo_error *error) {
    const char *role = artrepo_driver_settings_get(settings, "roleARN");
    if (role == NULL || role[0] == '\0') {
        return ARTREPO_OK;
    }
    provider->role_arn = strdup(role);
    return provider->role_arn == NULL ? no_memory(error) : ARTREPO_OK;
}

void ar_s3_provider_open(ar_s3_provider *provider) {
    pthread_condattr_t attributes;
    *provider = (ar_s3_provider){0};
    pthread_mutex_init(&provider->mutex, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&provider->changed, &attributes);
    pthread_condattr_destroy(&attributes);
}

artrepo_code ar_s3_provider_configure(ar_s3_provider *provider,
                                      const artrepo_driver_settings *settings, const char *region,
                                      artrepo_error *error) {
    ar_s3_credentials fixed;
    artrepo_code code = ar_s3_credentials_of_settings(settings, &fixed, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (fixed.access_key != NULL) { /* before any role, as Argo has it */
        provider->is_fixed = true;
        return replace_current(provider, &fixed) ? ARTREPO_OK : no_memory(error);
    }
    code = read_role(provider, settings, error);
    return code == ARTREPO_OK ? find_region(provider, region, error) : code;
}

void ar_s3_provider_close(ar_s3_provider *provider) {
    ar_s3_provider_give_back(provider->current);
    provider->current = NULL;
    free(provider->region);
    free(provider->role_arn);
    pthread_cond_destroy(&provider->changed);
    pthread_mutex_destroy(&provider->mutex);
}
