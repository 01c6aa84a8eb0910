/* AssumeRole and AssumeRoleWithWebIdentity against a server that plays STS. */
#include "s3_roles_fixture.h"

#include "s3/sign.h"
#include "s3/sts.h"

#define ROLE "arn:aws:iam::123456789012:role/demo"
#define ROLE_ENCODED "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo"

typedef struct fixture {
    scripted_server server;
    artrepo_operation *operation;
    ar_s3_lookup lookup;
    ar_s3_credentials credentials;
    artrepo_error failure;
} fixture;

static void start(fixture *f, scripted_answer *answer, void *data) {
    char url[64];
    memset(f, 0, sizeof *f);
    clean_environment();
    scripted_start(&f->server, answer, data);
    snprintf(url, sizeof url, "http://%s", f->server.address);
    setenv("AWS_ENDPOINT_URL_STS", url, 1);
    f->operation = hurried_operation();
    f->lookup = (ar_s3_lookup){.region = "eu-central-1", .operation = f->operation};
}

static void stop(fixture *f) {
    ar_s3_credentials_free(&f->credentials);
    scripted_stop(&f->server);
    artrepo_operation_free(f->operation);
}

static artrepo_code assume(fixture *f, const ar_s3_role *role, const char *token) {
    ar_s3_credentials base = {0};
    assert_true(ar_s3_credentials_set(&base, "AK", "SK", token));
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_code code =
        ar_s3_sts_assume_role(&f->lookup, role, &base, &f->credentials, &f->failure);
    ar_s3_credentials_free(&base);
    return code;
}

static artrepo_code assume_with(fixture *f, const char *token_file) {
    ar_s3_role role = {.arn = ROLE, .session_name = "me@example"};
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return ar_s3_sts_assume_role_with_web_identity(&f->lookup, &role, token_file, &f->credentials,
                                                   &f->failure);
}

/* ---- AssumeRole ---- */

/* The signature over what has arrived, as STS would make it. */
static void assert_signed(const scripted_request *request, const char *host, const char *token) {
    char type[1024], date[1024], authorization[1024], got_token[1024], payload[AR_S3_SHA256_HEX];
    scripted_header(request->head, "content-type", type);
    scripted_header(request->head, "x-amz-date", date);
    scripted_header(request->head, "authorization", authorization);
    scripted_header(request->head, "x-amz-security-token", got_token);
    assert_string_equal(got_token, token);
    assert_string_equal(type, "application/x-www-form-urlencoded; charset=utf-8");
    assert_true(ar_s3_sha256_hex(request->body, request->body_size, payload));
    ar_s3_header headers[] = {{"content-type", type},
                              {"host", host},
                              {"x-amz-date", date},
                              {"x-amz-security-token", token}};
    ar_s3_signed_request wanted = {.method = "POST",
                                   .path = "/",
                                   .query = "",
                                   .headers = headers,
                                   .header_count = token[0] == '\0' ? 3 : 4,
                                   .payload = payload,
                                   .time = date,
                                   .region = "eu-central-1",
                                   .service = "sts",
                                   .access_key = "AK",
                                   .secret_key = "SK"};
    ar_s3_signer signer;
    ar_buffer value = AR_BUFFER_INIT;
    ar_s3_signer_open(&signer);
    assert_true(ar_s3_sign(&signer, &wanted, &value));
    assert_string_equal(authorization, value.data);
    ar_buffer_free(&value);
    ar_s3_signer_close(&signer);
}

typedef struct assume_script {
    const char *token, *body;
    char host[64];
    atomic_int good;
} assume_script;

static void answer_assume(void *data, const scripted_request *request, scripted_reply *reply) {
    assume_script *script = data;
    char host[1024];
    if (begins(request, "POST / HTTP/1.1\r\n") && strcmp(request->body, script->body) == 0) {
        assert_signed(request, scripted_header(request->head, "Host", host), script->token);
        snprintf(script->host, sizeof script->host, "%s", host);
        script->good++;
    } else {
        fprintf(stderr, "%s%s\n", request->head, request->body);
    }
    say_role(reply, "", "AssumeRole", "ASIA1", "SECRET/+1", "TOKEN&amp;1", 3600);
}

static void role_is_assumed(void **state) {
    (void)state;
    fixture f;
    assume_script script = {.token = "",
                            .body = "Action=AssumeRole&Version=2011-06-15&RoleArn=" ROLE_ENCODED
                                    "&RoleSessionName=build%2042"};
    ar_s3_role role = {.arn = ROLE, .session_name = "build 42"};
    start(&f, answer_assume, &script);
    assert_int_equal(assume(&f, &role, NULL), ARTREPO_OK);
    assert_int_equal(script.good, 1);
    assert_string_equal(script.host, f.server.address);
    assert_credentials(&f.credentials, "ASIA1", "SECRET/+1", "TOKEN&1");
    assert_ends_in(&f.credentials, 3600);
    stop(&f);
}

static void role_with_everything(void **state) {
    (void)state;
    fixture f;
    assume_script script = {.token = "BASE-TOKEN",
                            .body = "Action=AssumeRole&Version=2011-06-15&RoleArn=" ROLE_ENCODED
                                    "&RoleSessionName=s&DurationSeconds=900&ExternalId=x%3A1"};
    ar_s3_role role = {
        .arn = ROLE, .session_name = "s", .duration_seconds = "900", .external_id = "x:1"};
    start(&f, answer_assume, &script);
    char url[64];
    snprintf(url, sizeof url, "http://%s/", f.server.address); /* a slash more makes none */
    unsetenv("AWS_ENDPOINT_URL_STS");
    setenv("AWS_ENDPOINT_URL", url, 1);
    assert_int_equal(assume(&f, &role, "BASE-TOKEN"), ARTREPO_OK);
    assert_int_equal(script.good, 1);
    stop(&f);
}

static void answer_session_name(void *data, const scripted_request *request,
                                scripted_reply *reply) {
    const char *name = strstr(request->body, "&RoleSessionName=artrepo-");
    atomic_int *good = data;
    *good += name != NULL && atoll(name + 25) > INT64_C(1600000000000) &&
             begins(request, "POST /base/path/ HTTP/1.1\r\n");
    say_role(reply, "", "AssumeRole", "AK1", "SK1", NULL, 3600);
}

static void session_name_is_made_up(void **state) {
    (void)state;
    fixture f;
    atomic_int good = 0;
    ar_s3_role role = {.arn = ROLE};
    start(&f, answer_session_name, &good);
    char url[64];
    snprintf(url, sizeof url, "http://%s/base/path", f.server.address);
    setenv("AWS_ENDPOINT_URL_STS", url, 1);
    assert_int_equal(assume(&f, &role, NULL), ARTREPO_OK);
    assert_int_equal(good, 1);
    assert_credentials(&f.credentials, "AK1", "SK1", NULL);
    stop(&f);
}

/* ---- where STS is ---- */

static void endpoints(void **state) {
    (void)state;
    static const struct {
        const char *region, *url;
        artrepo_code code;
        const char *words;
    } cases[] = {
        {"eu-central-1", NULL, ARTREPO_TRANSIENT, "at https://sts.eu-central-1.amazonaws.com: "},
        {"cn-north-1", NULL, ARTREPO_TRANSIENT, "at https://sts.cn-north-1.amazonaws.com.cn: "},
        {"evil.example/x", NULL, ARTREPO_INVALID, "'evil.example/x' is no name of a region"},
        {"", NULL, ARTREPO_INVALID, "'' is no name of a region"},
        {"r", "sts.example.com", ARTREPO_INVALID, "the endpoint of STS 'sts.example.com'"},
        {"r", "ftp://sts.example.com", ARTREPO_INVALID, "is no address"},
        {"r", "https://user@sts.example.com", ARTREPO_INVALID, "is no address"},
        {"r", "https://", ARTREPO_INVALID, "is no address"},
        {"r", "https://a?b", ARTREPO_INVALID, "is no address"},
        {"r", "https://[::1", ARTREPO_INVALID, "is no address"},
        {"r", "http://127.0.0.1:1", ARTREPO_TRANSIENT, "cannot connect to 127.0.0.1:1"},
    };
    fixture f;
    ar_s3_role role = {.arn = ROLE};
    start(&f, NULL, NULL);
    artrepo_retry_policy once = {.steps = 1};
    artrepo_operation_set_retry(f.operation, &once);
    /* Where names can be resolved nobody is to be asked in earnest. */
    setenv("https_proxy", "http://127.0.0.1:1", 1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsetenv("AWS_ENDPOINT_URL_STS");
        if (cases[i].url != NULL) {
            setenv("AWS_ENDPOINT_URL_STS", cases[i].url, 1);
        }
        f.lookup.region = cases[i].region;
        assert_failed(assume(&f, &role, NULL), &f.failure, cases[i].code, cases[i].words);
    }
    setenv("AWS_ENDPOINT_URL_STS", "https://localhost:1", 1);
    setenv("AWS_CA_BUNDLE", "/nowhere/ca.pem", 1);
    assert_failed(assume(&f, &role, NULL), &f.failure, ARTREPO_NOT_FOUND,
                  "AWS_CA_BUNDLE: cannot open /nowhere/ca.pem");
    stop(&f);
}

/* ---- refusals ---- */

typedef struct refusal {
    const char *status, *code, *message; /* CODE NULL: MESSAGE is the whole body */
    artrepo_code expected;
    const char *words;
    int requests;
} refusal;

static void answer_refusal(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)request;
    const refusal *script = *(const refusal **)data;
    if (script->code == NULL) {
        scripted_say(reply, script->status, "", script->message);
    } else {
        say_sts_error(reply, script->status, "", script->code, script->message);
    }
}

static void refusals(void **state) {
    (void)state;
    static const refusal cases[] = {
        {"403 Forbidden", "AccessDenied", "User x is not authorized", ARTREPO_ACCESS_DENIED,
         "HTTP 403: AccessDenied: User x is not authorized; check the role's trust policy", 1},
        {"403 Forbidden", "InvalidClientTokenId", "The token is invalid", ARTREPO_ACCESS_DENIED,
         "check the keys that the role is assumed with", 1},
        {"400 Bad Request", "ValidationError", "bad name", ARTREPO_ACCESS_DENIED,
         "assume role " ROLE " at http://127.0.0.1", 1},
        {"403 Forbidden", "ExpiredToken", "The token is expired", ARTREPO_ACCESS_DENIED,
         "renew the credentials that the role is assumed with", 1},
        {"403 Forbidden", "RegionDisabledException", "off", ARTREPO_ACCESS_DENIED, "AWS_REGION", 1},
        {"400 Bad Request", "Throttling", "Rate exceeded", ARTREPO_TRANSIENT,
         "Throttling: Rate exceeded (gave up after 3 attempts)", 3},
        {"500 Internal Server Error", "InternalFailure", "", ARTREPO_TRANSIENT,
         "InternalFailure (gave up after 3 attempts)", 3},
        {"503 Service Unavailable", NULL, "<html>", ARTREPO_TRANSIENT, "gave up", 3},
        {"404 Not Found", NULL, "<html>", ARTREPO_ACCESS_DENIED,
         "HTTP 404: and no answer of STS; check the endpoint", 1},
        {"301 Moved", NULL, "", ARTREPO_ACCESS_DENIED, "HTTP 301", 1},
        {"200 OK", NULL, "", ARTREPO_IO, "no XML", 1},
        {"200 OK", NULL, "<html/>", ARTREPO_IO, "no credentials in the answer", 1},
        {"200 OK", NULL, "<!DOCTYPE x><x/>", ARTREPO_REFUSED_UNSAFE, "document type", 1},
        {"200 OK", NULL,
         "<R><AResult><Credentials><AccessKeyId>A</AccessKeyId>"
         "<SecretAccessKey>geheim</SecretAccessKey><Expiration>never</Expiration></Credentials>"
         "</AResult></R>",
         ARTREPO_IO, "its Expiration 'never' is no time", 1},
        {"200 OK", NULL,
         "<R><AResult><Credentials><AccessKeyId>A</AccessKeyId>"
         "<SecretAccessKey>geheim</SecretAccessKey></Credentials></AResult></R>",
         ARTREPO_IO, "no credentials in the answer", 1},
    };
    fixture f;
    const refusal *current = NULL;
    ar_s3_role role = {.arn = ROLE};
    start(&f, answer_refusal, &current);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        current = &cases[i];
        f.server.requests = 0;
        assert_failed(assume(&f, &role, NULL), &f.failure, current->expected, current->words);
        assert_null(strstr(f.failure.message, "geheim"));
        assert_int_equal(f.server.requests, current->requests);
        assert_null(f.credentials.secret_key);
    }
    stop(&f);
}

static void answer_cut(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    if (request->number == 0) {
        reply->close = true;
        assert_true(ar_buffer_append_text(&reply->bytes,
                                          "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<Assume"));
    } else if (request->number == 1) {
        say_sts_error(reply, "503 Service Unavailable", "Retry-After: 0\r\n", "ServiceUnavailable",
                      "");
    } else {
        say_role(reply, "", "AssumeRole", "AK1", "SK1", "T1", 3600);
    }
}

static void it_is_tried_again(void **state) {
    (void)state;
    fixture f;
    ar_s3_role role = {.arn = ROLE};
    start(&f, answer_cut, NULL);
    assert_int_equal(assume(&f, &role, NULL), ARTREPO_OK);
    assert_int_equal(f.server.requests, 3);
    assert_credentials(&f.credentials, "AK1", "SK1", "T1");
    stop(&f);
}

/* ---- clocks ---- */

/* STS lives two hours ahead, or this machine two hours behind. */
static void answer_from_the_future(void *data, const scripted_request *request,
                                   scripted_reply *reply) {
    (void)data;
    char date[64], signed_at[1024];
    time_t then = time(NULL) + 7200;
    struct tm parts;
    gmtime_r(&then, &parts);
    char hour[32];
    strftime(hour, sizeof hour, "%Y%m%dT%H", &parts);
    scripted_header(request->head, "x-amz-date", signed_at);
    if (strncmp(signed_at, hour, strlen(hour)) != 0) {
        say_sts_error(reply, "403 Forbidden", date_header(7200, date), "SignatureDoesNotMatch",
                      "Signature expired: it is now later");
    } else {
        say_role(reply, date_header(7200, date), "AssumeRole", "AK1", "SK1", "T1", 7200 + 900);
    }
}

static void clock_is_corrected(void **state) {
    (void)state;
    fixture f;
    ar_s3_role role = {.arn = ROLE};
    start(&f, answer_from_the_future, NULL);
    assert_int_equal(assume(&f, &role, NULL), ARTREPO_OK);
    assert_int_equal(f.server.requests, 2);
    assert_ends_in(&f.credentials, 900); /* of our own time */
    stop(&f);
}

/* ---- AssumeRoleWithWebIdentity ---- */

static void answer_web_identity(void *data, const scripted_request *request,
                                scripted_reply *reply) {
    char value[1024], body[512];
    atomic_int *token = data;
    snprintf(body, sizeof body,
             "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=%s"
             "&RoleSessionName=me%%40example&WebIdentityToken=eyJ.%d%%3D%%3D.x",
             ROLE_ENCODED, (int)*token);
    if (!begins(request, "POST / HTTP/1.1\r\n") || strcmp(request->body, body) != 0 ||
        scripted_header(request->head, "Authorization", value)[0] != '\0' ||
        scripted_header(request->head, "X-Amz-Date", value)[0] != '\0') {
        fprintf(stderr, "%s%s\n", request->head, request->body);
        say_sts_error(reply, "400 Bad Request", "", "ValidationError", "unexpected");
    } else {
        say_role(reply, "", "AssumeRoleWithWebIdentity", "ASIA2", "SECRET2", "TOKEN2", 1800);
    }
}

static void web_identity(void **state) {
    (void)state;
    fixture f;
    atomic_int token = 1;
    start(&f, answer_web_identity, &token);
    char *directory = scratch_directory(), path[128];
    snprintf(path, sizeof path, "%s/token", directory);
    write_file(path, "eyJ.1==.x\n", 10, 0600);
    assert_int_equal(assume_with(&f, path), ARTREPO_OK);
    assert_credentials(&f.credentials, "ASIA2", "SECRET2", "TOKEN2");
    assert_ends_in(&f.credentials, 1800);
    token = 2; /* Kubernetes has written the next one */
    write_file(path, "eyJ.2==.x", 9, 0600);
    assert_int_equal(assume_with(&f, path), ARTREPO_OK);
    write_file(path, " \n", 2, 0600);
    assert_failed(assume_with(&f, path), &f.failure, ARTREPO_ACCESS_DENIED,
                  "there is no token of one line in");
    write_file(path, "a\0b", 3, 0600);
    assert_failed(assume_with(&f, path), &f.failure, ARTREPO_ACCESS_DENIED,
                  "there is no token of one line in");
    assert_failed(assume_with(&f, "/nowhere/token"), &f.failure, ARTREPO_ACCESS_DENIED,
                  "the web identity token for role " ROLE ": cannot open /nowhere/token");
    assert_int_equal(f.server.requests, 2);
    remove_scratch(directory);
    stop(&f);
}

static void web_identity_refused(void **state) {
    (void)state;
    static const refusal cases[] = {
        {"400 Bad Request", "ExpiredTokenException", "Token expired", ARTREPO_ACCESS_DENIED,
         "renew the token in that file", 1},
        {"400 Bad Request", "InvalidIdentityToken", "no provider", ARTREPO_TRANSIENT, "gave up", 3},
        {"400 Bad Request", "IDPCommunicationError", "down", ARTREPO_TRANSIENT, "gave up", 3},
        {"403 Forbidden", "AccessDenied", "Not authorized", ARTREPO_ACCESS_DENIED, "trust policy",
         1},
    };
    fixture f;
    const refusal *current = NULL;
    start(&f, answer_refusal, &current);
    char *directory = scratch_directory(), path[128];
    snprintf(path, sizeof path, "%s/token", directory);
    write_file(path, "geheim", 6, 0600);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        current = &cases[i];
        f.server.requests = 0;
        assert_failed(assume_with(&f, path), &f.failure, current->expected, current->words);
        assert_null(strstr(f.failure.message, "geheim"));
        assert_int_equal(f.server.requests, current->requests);
    }
    remove_scratch(directory);
    stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(role_is_assumed),
        cmocka_unit_test(role_with_everything),
        cmocka_unit_test(session_name_is_made_up),
        cmocka_unit_test(endpoints),
        cmocka_unit_test(refusals),
        cmocka_unit_test(it_is_tried_again),
        cmocka_unit_test(clock_is_corrected),
        cmocka_unit_test(web_identity),
        cmocka_unit_test(web_identity_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
