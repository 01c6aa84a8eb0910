#include "s3/environment_source.h"

#include "remote/environment.h"
#include "s3/sts.h"

artrepo_code ar_s3_environment_credentials(ar_s3_credentials *credentials, artrepo_error *error) {
    const char *access_key = ar_environment("AWS_ACCESS_KEY_ID");
    const char *secret_key = ar_environment("AWS_SECRET_ACCESS_KEY");
    if (access_key == NULL || secret_key == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "%s not set",
                                 access_key != NULL   ? "AWS_SECRET_ACCESS_KEY is"
                                 : secret_key != NULL ? "AWS_ACCESS_KEY_ID is"
                                                      : "AWS_ACCESS_KEY_ID and "
                                                        "AWS_SECRET_ACCESS_KEY are");
    }
    if (!ar_s3_credentials_set(credentials, access_key, secret_key,
                               ar_environment("AWS_SESSION_TOKEN"))) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
    }
    credentials->origin = "the environment";
    return ARTREPO_OK;
}

artrepo_code ar_s3_web_identity_credentials(const ar_s3_lookup *lookup,
                                            ar_s3_credentials *credentials, artrepo_error *error) {
    const char *token_file = ar_environment("AWS_WEB_IDENTITY_TOKEN_FILE");
    ar_s3_role role = {
        .arn = ar_environment("AWS_ROLE_ARN"),
        .session_name = ar_environment("AWS_ROLE_SESSION_NAME"),
    };
    if (token_file == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                 "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
    }
    if (role.arn == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN, the role "
                                 "that it is for, is not");
    }
    return ar_s3_sts_assume_role_with_web_identity(lookup, &role, token_file, credentials, error);
}
