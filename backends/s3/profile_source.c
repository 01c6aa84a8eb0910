#include "s3/profile_source.h"

#include <stdio.h>
#include <string.h>

#include "remote/environment.h"
#include "s3/container_role.h"
#include "s3/environment_source.h"
#include "s3/machine_role.h"
#include "s3/process.h"
#include "s3/profile.h"
#include "s3/sts.h"

enum { MAX_DEPTH = 8 };

/* The profiles that lead to each other by source_profile, the innermost last. */
typedef struct trail {
    const char *names[MAX_DEPTH];
    size_t count;
    bool missing; /* the innermost that was asked for is in no file */
} trail;

static artrepo_code resolve(const ar_s3_lookup *lookup, const char *name, trail *before,
                            ar_s3_credentials *credentials, artrepo_error *error);

/* What was named and is not there is no reason to look elsewhere. */
static artrepo_code named(artrepo_code code, artrepo_error *error) {
    if (code == ARTREPO_NOT_FOUND) {
        error->code = code = ARTREPO_ACCESS_DENIED;
    }
    return code;
}

/* ---- keys ---- */

static artrepo_code take_keys(const ar_s3_profile *profile, const char *name,
                              ar_s3_credentials *credentials, artrepo_error *error) {
    const char *access_key = profile->values[AR_S3_ACCESS_KEY];
    const char *secret_key = profile->values[AR_S3_SECRET_KEY];
    if (access_key == NULL || secret_key == NULL) {
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED, "profile '%s' has no %s", name,
                                 access_key == NULL ? "aws_access_key_id"
                                                    : "aws_secret_access_key");
    }
    if (!ar_s3_credentials_set(credentials, access_key, secret_key,
                               profile->values[AR_S3_SESSION_TOKEN])) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
    }
    credentials->origin = "the shared credentials file";
    return ARTREPO_OK;
}

/* ---- what a role is assumed with ---- */

static artrepo_code take_from_profile(const ar_s3_lookup *lookup, const ar_s3_profile *profile,
                                      const char *name, trail *before,
                                      ar_s3_credentials *credentials, artrepo_error *error) {
    const char *source = profile->values[AR_S3_SOURCE_PROFILE];
    if (strcmp(source, name) == 0) { /* its own keys */
        return take_keys(profile, name, credentials, error);
    }
    for (size_t i = 0; i < before->count; i++) {
        if (strcmp(before->names[i], source) == 0) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "profile '%s': its source_profile '%s' leads back to itself",
                                     name, source);
        }
    }
    if (before->count == MAX_DEPTH) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "profile '%s' is the end of too long a row of source_profile",
                                 name);
    }
    artrepo_code code = resolve(lookup, source, before, credentials, error);
    return code == ARTREPO_OK ? code : named(code, error);
}

static artrepo_code take_from_source(const ar_s3_lookup *lookup, const char *source,
                                     const char *name, ar_s3_credentials *credentials,
                                     artrepo_error *error) {
    artrepo_code code;
    if (strcmp(source, "Environment") == 0) {
        code = ar_s3_environment_credentials(credentials, error);
    } else if (strcmp(source, "Ec2InstanceMetadata") == 0) {
        code = ar_s3_machine_credentials(lookup, credentials, error);
    } else if (strcmp(source, "EcsContainer") == 0) {
        code = ar_s3_container_credentials(lookup, credentials, error);
    } else {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "profile '%s': its credential_source '%s' is none of Environment, "
                                 "Ec2InstanceMetadata and EcsContainer",
                                 name, source);
    }
    if (code != ARTREPO_OK) {
        code = named(code, error);
        artrepo_error_prefix(error, "profile '%s', credential_source %s", name, source);
    }
    return code;
}

static artrepo_code take_base(const ar_s3_lookup *lookup, const ar_s3_profile *profile,
                              const char *name, trail *before, ar_s3_credentials *base,
                              artrepo_error *error) {
    const char *source_profile = profile->values[AR_S3_SOURCE_PROFILE];
    const char *source = profile->values[AR_S3_CREDENTIAL_SOURCE];
    if ((source_profile == NULL) == (source == NULL)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "profile '%s' has role_arn and %s; it needs source_profile, or "
                                 "credential_source, or web_identity_token_file",
                                 name,
                                 source == NULL ? "nothing to assume the role with"
                                                : "both source_profile and credential_source");
    }
    return source_profile != NULL ? take_from_profile(lookup, profile, name, before, base, error)
                                  : take_from_source(lookup, source, name, base, error);
}

/* ---- roles ---- */

static artrepo_code assume_role(const ar_s3_lookup *lookup, const ar_s3_profile *profile,
                                const char *name, trail *before, ar_s3_credentials *credentials,
                                artrepo_error *error) {
    const char *session_name = profile->values[AR_S3_ROLE_SESSION_NAME];
    ar_s3_role role = {
        .arn = profile->values[AR_S3_ROLE_ARN],
        .session_name =
            session_name == NULL ? ar_environment("AWS_ROLE_SESSION_NAME") : session_name,
        .external_id = profile->values[AR_S3_EXTERNAL_ID],
        .duration_seconds = profile->values[AR_S3_DURATION_SECONDS],
    };
    const char *token_file = profile->values[AR_S3_WEB_IDENTITY_TOKEN_FILE];
    if (token_file != NULL) {
        role.external_id = NULL;
        return ar_s3_sts_assume_role_with_web_identity(lookup, &role, token_file, credentials,
                                                       error);
    }
    if (profile->values[AR_S3_MFA_SERIAL] != NULL) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "profile '%s' needs a code of an MFA device, which nobody is "
                                 "asked for; choose a profile without mfa_serial",
                                 name);
    }
    ar_s3_credentials base = {0};
    artrepo_code code = take_base(lookup, profile, name, before, &base, error);
    if (code == ARTREPO_OK) {
        code = ar_s3_sts_assume_role(lookup, &role, &base, credentials, error);
    }
    ar_s3_credentials_free(&base);
    return code;
}

/* ---- the profile ---- */

static artrepo_code run_process(const ar_s3_lookup *lookup, const ar_s3_profile *profile,
                                const char *name, ar_s3_credentials *credentials,
                                artrepo_error *error) {
    artrepo_code code =
        ar_s3_process_credentials(profile->values[AR_S3_CREDENTIAL_PROCESS], AR_S3_PROCESS_LIMIT_MS,
                                  lookup->operation, credentials, error);
    return code == ARTREPO_OK ? code : artrepo_error_prefix(error, "profile '%s'", name);
}

static artrepo_code take(const ar_s3_lookup *lookup, const ar_s3_profile *profile, const char *name,
                         trail *before, ar_s3_credentials *credentials, artrepo_error *error) {
    char *const *values = profile->values;
    if (values[AR_S3_ROLE_ARN] != NULL) {
        return assume_role(lookup, profile, name, before, credentials, error);
    }
    if (values[AR_S3_ACCESS_KEY] != NULL || values[AR_S3_SECRET_KEY] != NULL) {
        return take_keys(profile, name, credentials, error);
    }
    if (values[AR_S3_SSO_SESSION] != NULL || values[AR_S3_SSO_START_URL] != NULL) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "profile '%s' signs in by SSO, which only the AWS CLI can; choose "
                                 "a profile with credential_process = aws configure "
                                 "export-credentials --profile %s --format process",
                                 name, name);
    }
    if (values[AR_S3_CREDENTIAL_PROCESS] != NULL) {
        return run_process(lookup, profile, name, credentials, error);
    }
    return artrepo_error_set(error, ARTREPO_NOT_FOUND, "profile '%s' has no credentials", name);
}

static artrepo_code resolve(const ar_s3_lookup *lookup, const char *name, trail *before,
                            ar_s3_credentials *credentials, artrepo_error *error) {
    ar_s3_profile profile;
    before->names[before->count++] = name;
    artrepo_code code = ar_s3_profile_read(name, &profile, error);
    if (code == ARTREPO_OK && !profile.found) {
        before->missing = true;
        code = artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                 "there is no profile '%s' in the shared files", name);
    }
    if (code == ARTREPO_OK) {
        code = take(lookup, &profile, name, before, credentials, error);
    }
    ar_s3_profile_wipe(&profile);
    before->count--;
    return code;
}

artrepo_code ar_s3_profile_credentials(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                       artrepo_error *error) {
    trail before = {.count = 0};
    const char *name = ar_s3_profile_name();
    ar_s3_profile_warn_readable(lookup->operation);
    artrepo_code code = resolve(lookup, name, &before, credentials, error);
    if (code == ARTREPO_NOT_FOUND && before.missing && strcmp(name, "default") != 0) {
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                 "there are no credentials for s3: there is no profile '%s' in the "
                                 "shared files; set AWS_PROFILE to one that there is",
                                 name);
    }
    return code;
}
