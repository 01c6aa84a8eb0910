/* What the tests of credentials share: a clean environment, and services that hand them out. */
#ifndef TESTS_UNIT_BACKENDS_S3_ROLES_FIXTURE_H
#define TESTS_UNIT_BACKENDS_S3_ROLES_FIXTURE_H

#include "unit/http/scripted_server.h"

#include <time.h>

#include <artrepo/operation.h>

#include "base/clock.h"
#include "s3/credentials.h"

extern char **environ;

/* Nothing of whoever runs the tests, and no metadata service of a machine that may be there. */
static inline void clean_environment(void) {
    for (size_t i = 0; environ[i] != NULL;) {
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        bool ours = strncmp(name, "AWS_", 4) == 0 || strcasestr(name, "_proxy") != NULL;
        if (ours) {
            unsetenv(name);
        } else {
            i++;
        }
    }
    setenv("HOME", "/nowhere", 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

static inline artrepo_operation *hurried_operation(void) {
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_retry_policy policy = {.steps = 3, .duration_ms = 1, .factor = 1, .jitter = 0};
    artrepo_operation_set_retry(operation, &policy);
    return operation;
}

/* A time from now on, as STS writes it. */
static inline const char *time_from_now(int seconds, char text[32]) {
    time_t then = time(NULL) + seconds;
    struct tm parts;
    gmtime_r(&then, &parts);
    strftime(text, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text;
}

/* "Date: ...\r\n" of a server whose clock differs by SECONDS. */
static inline const char *date_header(int seconds, char text[64]) {
    time_t then = time(NULL) + seconds;
    struct tm parts;
    gmtime_r(&then, &parts);
    strftime(text, 64, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    return text;
}

/* As in the API reference of STS; ACTION: AssumeRole or AssumeRoleWithWebIdentity. */
static inline void say_role(scripted_reply *reply, const char *headers, const char *action,
                            const char *access_key, const char *secret_key, const char *token,
                            int seconds) {
    char body[4096], until[32], all[256];
    snprintf(all, sizeof all, "%sContent-Type: text/xml\r\n", headers);
    snprintf(body, sizeof body,
             "<%sResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
             "  <%sResult>\n"
             "    <AssumedRoleUser>\n"
             "      <AssumedRoleId>ARO123EXAMPLE123:test</AssumedRoleId>\n"
             "      <Arn>arn:aws:sts::123456789012:assumed-role/demo/test</Arn>\n"
             "    </AssumedRoleUser>\n"
             "    <Credentials>\n"
             "      <AccessKeyId>%s</AccessKeyId>\n"
             "      <SecretAccessKey>%s</SecretAccessKey>\n"
             "      %s%s%s\n"
             "      <Expiration>%s</Expiration>\n"
             "    </Credentials>\n"
             "    <PackedPolicySize>8</PackedPolicySize>\n"
             "  </%sResult>\n"
             "  <ResponseMetadata>\n"
             "    <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>\n"
             "  </ResponseMetadata>\n"
             "</%sResponse>\n",
             action, action, access_key, secret_key, token == NULL ? "" : "<SessionToken>",
             token == NULL ? "" : token, token == NULL ? "" : "</SessionToken>",
             time_from_now(seconds, until), action, action);
    scripted_say(reply, "200 OK", all, body);
}

static inline void say_sts_error(scripted_reply *reply, const char *status, const char *headers,
                                 const char *code, const char *message) {
    char body[1024];
    snprintf(body, sizeof body,
             "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n"
             "  <Error>\n    <Type>Sender</Type>\n    <Code>%s</Code>\n"
             "    <Message>%s</Message>\n  </Error>\n"
             "  <RequestId>f1a2</RequestId>\n</ErrorResponse>\n",
             code, message);
    scripted_say(reply, status, headers, body);
}

static inline void assert_credentials(const ar_s3_credentials *credentials, const char *access_key,
                                      const char *secret_key, const char *token) {
    assert_string_equal(credentials->access_key, access_key);
    assert_string_equal(credentials->secret_key, secret_key);
    if (token == NULL) {
        assert_null(credentials->session_token);
    } else {
        assert_non_null(credentials->session_token);
        assert_string_equal(credentials->session_token, token);
    }
}

/* Within two seconds of SECONDS from now. */
static inline void assert_ends_in(const ar_s3_credentials *credentials, int seconds) {
    int64_t left = credentials->expiry_ms - ar_clock_wall_ms();
    assert_in_range(left + 100000, (seconds - 2) * 1000 + 100000, (seconds + 2) * 1000 + 100000);
}

static inline void assert_failed(artrepo_code code, const artrepo_error *error,
                                 artrepo_code expected, const char *words) {
    if (code != expected || error->code != expected || strstr(error->message, words) == NULL) {
        fail_msg("expected %s with \"%s\", got %s: %s", artrepo_code_name(expected), words,
                 artrepo_code_name(code), error->message);
    }
}

static inline bool begins(const scripted_request *request, const char *start) {
    return strncmp(request->head, start, strlen(start)) == 0;
}

#endif
