#include "s3/profile.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/path.h"
#include "base/secret.h"
#include "remote/environment.h"
#include "remote/secret.h"

#define MAX_FILE_SIZE ((size_t)1 << 20)

static const char *const names[AR_S3_PROPERTY_COUNT] = {
    [AR_S3_ACCESS_KEY] = "aws_access_key_id",
    [AR_S3_SECRET_KEY] = "aws_secret_access_key",
    [AR_S3_SESSION_TOKEN] = "aws_session_token",
    [AR_S3_ROLE_ARN] = "role_arn",
    [AR_S3_SOURCE_PROFILE] = "source_profile",
    [AR_S3_CREDENTIAL_SOURCE] = "credential_source",
    [AR_S3_ROLE_SESSION_NAME] = "role_session_name",
    [AR_S3_EXTERNAL_ID] = "external_id",
    [AR_S3_DURATION_SECONDS] = "duration_seconds",
    [AR_S3_MFA_SERIAL] = "mfa_serial",
    [AR_S3_WEB_IDENTITY_TOKEN_FILE] = "web_identity_token_file",
    [AR_S3_CREDENTIAL_PROCESS] = "credential_process",
    [AR_S3_REGION] = "region",
    [AR_S3_SSO_SESSION] = "sso_session",
    [AR_S3_SSO_START_URL] = "sso_start_url",
};

void ar_s3_profile_wipe(ar_s3_profile *profile) {
    for (size_t i = 0; i < AR_S3_PROPERTY_COUNT; i++) {
        ar_secret_wipe_text(&profile->values[i]);
    }
    profile->found = false;
}

const char *ar_s3_profile_name(void) {
    const char *name = ar_environment_of("AWS_PROFILE", "AWS_DEFAULT_PROFILE");
    return name == NULL ? "default" : name;
}

/* ---- lines ---- */

typedef struct text_span {
    const char *start;
    size_t size;
} text_span;

static text_span trim(text_span span) {
    while (span.size > 0 && isspace((unsigned char)span.start[span.size - 1])) {
        span.size--;
    }
    while (span.size > 0 && isspace((unsigned char)span.start[0])) {
        span.start++;
        span.size--;
    }
    return span;
}

/* A comment behind a value begins with white space. */
static text_span without_comment(text_span span) {
    for (size_t i = 1; i < span.size; i++) {
        if ((span.start[i] == '#' || span.start[i] == ';') &&
            isspace((unsigned char)span.start[i - 1])) {
            span.size = i;
        }
    }
    return trim(span);
}

static bool is_text(text_span span, const char *text) {
    return span.size == strlen(text) && memcmp(span.start, text, span.size) == 0;
}

static bool is_header_of(text_span line, bool is_config, const char *profile) {
    static const char prefix[] = "profile";
    size_t length = sizeof prefix - 1;
    const char *close = memchr(line.start, ']', line.size);
    if (close == NULL) {
        return false;
    }
    text_span name = trim((text_span){line.start + 1, (size_t)(close - line.start) - 1});
    bool prefixed = name.size > length && memcmp(name.start, prefix, length) == 0 &&
                    isspace((unsigned char)name.start[length]);
    if (is_config && prefixed) {
        return is_text(trim((text_span){name.start + length, name.size - length}), profile);
    }
    return (!is_config || strcmp(profile, "default") == 0) && is_text(name, profile);
}

/* ---- sections ---- */

/* Keys of one file and the token of another do not belong together. */
static void forget_keys(ar_s3_profile *profile) {
    ar_secret_wipe_text(&profile->values[AR_S3_ACCESS_KEY]);
    ar_secret_wipe_text(&profile->values[AR_S3_SECRET_KEY]);
    ar_secret_wipe_text(&profile->values[AR_S3_SESSION_TOKEN]);
}

static bool set_property(ar_s3_profile *profile, text_span name, text_span value) {
    for (size_t i = 0; i < AR_S3_PROPERTY_COUNT; i++) {
        if (name.size != strlen(names[i]) || strncasecmp(name.start, names[i], name.size) != 0 ||
            value.size == 0) {
            continue;
        }
        ar_secret_wipe_text(&profile->values[i]);
        profile->values[i] = strndup(value.start, value.size);
        return profile->values[i] != NULL;
    }
    return true;
}

/* What TEXT alone says. */
static bool parse_into(const char *text, bool is_config, const char *name, ar_s3_profile *profile) {
    bool inside = false;
    bool nested = false; /* indented lines belong to the one before, which has no value */
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        bool indented = *text == ' ' || *text == '\t';
        text_span line = trim((text_span){text, length});
        text += length + (text[length] == '\n');
        if (line.size == 0 || line.start[0] == '#' || line.start[0] == ';') {
            continue;
        }
        if (line.start[0] == '[') {
            inside = is_header_of(line, is_config, name);
            profile->found = profile->found || inside;
            nested = false;
            continue;
        }
        const char *equals = memchr(line.start, '=', line.size);
        if (!inside || equals == NULL || (indented && nested)) {
            continue;
        }
        size_t before = (size_t)(equals - line.start);
        text_span value = without_comment((text_span){equals, line.size - before});
        value = trim((text_span){value.start + 1, value.size - 1});
        nested = value.size == 0;
        if (!set_property(profile, trim((text_span){line.start, before}), value)) {
            return false;
        }
    }
    return true;
}

bool ar_s3_profile_parse(const char *text, bool is_config, const char *name,
                         ar_s3_profile *profile) {
    ar_s3_profile said = {0};
    bool ok = parse_into(text, is_config, name, &said);
    if (said.values[AR_S3_ACCESS_KEY] != NULL) {
        forget_keys(profile);
    }
    for (size_t i = 0; ok && i < AR_S3_PROPERTY_COUNT; i++) {
        if (said.values[i] != NULL) {
            ar_secret_wipe_text(&profile->values[i]);
            profile->values[i] = said.values[i];
            said.values[i] = NULL;
        }
    }
    profile->found = profile->found || said.found;
    ar_s3_profile_wipe(&said);
    return ok;
}

/* ---- files ---- */

/* Into *PATH, which stays NULL when there is none. False when there is no memory. */
static bool find_file(bool is_config, char **path) {
    const char *given =
        ar_environment(is_config ? "AWS_CONFIG_FILE" : "AWS_SHARED_CREDENTIALS_FILE");
    const char *home = ar_environment("HOME");
    *path = NULL;
    if (given == NULL && home == NULL) {
        return true;
    }
    *path = given != NULL
                ? strdup(given)
                : ar_path_concatenate(home, is_config ? ".aws/config" : ".aws/credentials");
    return *path != NULL;
}

static artrepo_code read_file(bool is_config, const char *name, ar_s3_profile *profile,
                              artrepo_error *error) {
    char *path = NULL;
    if (!find_file(is_config, &path)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
    }
    if (path == NULL) {
        return ARTREPO_OK;
    }
    artrepo_secret text;
    artrepo_code code = ar_secret_read(path, MAX_FILE_SIZE, &text, error);
    if (code == ARTREPO_OK) {
        if (!ar_s3_profile_parse(text.data, is_config, name, profile)) {
            code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
        }
        artrepo_secret_clear(&text);
    } else if (code == ARTREPO_NOT_FOUND) {
        code = ARTREPO_OK;
    } else {
        artrepo_error_prefix(error, "the shared %s file", is_config ? "config" : "credentials");
    }
    free(path);
    return code;
}

artrepo_code ar_s3_profile_read(const char *name, ar_s3_profile *profile, artrepo_error *error) {
    *profile = (ar_s3_profile){0};
    artrepo_code code = read_file(true, name, profile, error);
    if (code == ARTREPO_OK) {
        code = read_file(false, name, profile, error);
    }
    return code;
}

void ar_s3_profile_warn_readable(const artrepo_operation *operation) {
    char *path = NULL;
    if (find_file(false, &path) && path != NULL) {
        ar_secret_warn_readable(path, operation);
    }
    free(path);
}
