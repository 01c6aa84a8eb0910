#include "s3/provider.h"

#include <stdlib.h>
#include <string.h>

#include "remote/environment.h"
#include "s3/chain.h"
#include "s3/profile.h"
#include "s3/sts.h"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
}

/* ---- finding ---- */

static artrepo_code look_up(const ar_s3_provider *provider, const ar_s3_lookup *lookup,
                            ar_s3_credentials *credentials, artrepo_error *error) {
    if (provider->role_arn == NULL) {
        return ar_s3_chain_credentials(lookup, credentials, error);
    }
    ar_s3_role role = {.arn = provider->role_arn,
                       .session_name = ar_environment("AWS_ROLE_SESSION_NAME")};
    ar_s3_credentials base = {0};
    artrepo_code code = ar_s3_chain_credentials(lookup, &base, error);
    if (code == ARTREPO_OK) {
        code = ar_s3_sts_assume_role(lookup, &role, &base, credentials, error);
        code = code == ARTREPO_OK ? ar_s3_credentials_check(credentials, error) : code;
    } else {
        artrepo_error_prefix(error, "assume role %s", role.arn);
    }
    ar_s3_credentials_free(&base);
    return code;
}

/* Takes CREDENTIALS over, also when there is no memory. */
static bool keep(ar_s3_credentials *credentials, ar_found_credentials *found) {
    ar_s3_credentials *value = malloc(sizeof *value);
    if (value == NULL) {
        ar_s3_credentials_free(credentials);
        return false;
    }
    *value = *credentials;
    *found = (ar_found_credentials){value, credentials->expiry_ms, credentials->origin};
    *credentials = (ar_s3_credentials){0};
    return true;
}

static artrepo_code find(void *context, artrepo_operation *operation, ar_found_credentials *found,
                         artrepo_error *error) {
    const ar_s3_provider *provider = context;
    ar_s3_lookup lookup = {.region = provider->region,
                           .roles_first = provider->role_arn == NULL && !provider->uses_sdk,
                           .operation = operation};
    ar_s3_credentials credentials = {0};
    artrepo_code code = look_up(provider, &lookup, &credentials, error);
    if (code != ARTREPO_OK) {
        ar_s3_credentials_free(&credentials);
        return code;
    }
    return keep(&credentials, found) ? ARTREPO_OK : no_memory(error);
}

static bool are_equal(const void *a, const void *b) {
    return ar_s3_credentials_are_equal(a, b);
}

static void free_value(void *value) {
    if (value != NULL) {
        ar_s3_credentials_free(value);
        free(value);
    }
}

static const ar_credentials_kind kind = {find, are_equal, free_value};

const ar_s3_credentials *ar_s3_provider_credentials(const ar_held_credentials *held) {
    return held->found.value;
}

/* ---- opening ---- */

/* The environment's region, the profile's, or the store's. */
static artrepo_code find_region(ar_s3_provider *provider, const char *region,
                                artrepo_error *error) {
    const char *given = ar_environment_of("AWS_REGION", "AWS_DEFAULT_REGION");
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
    *provider = (ar_s3_provider){0};
    ar_provider_open(&provider->shared, &kind, provider);
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
        ar_found_credentials found;
        return keep(&fixed, &found) && ar_provider_fix(&provider->shared, found.value, found.origin)
                   ? ARTREPO_OK
                   : no_memory(error);
    }
    provider->uses_sdk = artrepo_driver_settings_get_bool(settings, "useSDKCreds", false);
    code = read_role(provider, settings, error);
    return code == ARTREPO_OK ? find_region(provider, region, error) : code;
}

void ar_s3_provider_close(ar_s3_provider *provider) {
    ar_provider_close(&provider->shared);
    free(provider->region);
    free(provider->role_arn);
}
