/* Tokens: those of the machine, new ones in time, and what goes wrong. */
#include "gcs_google.h"

#include "base/clock.h"

#define ACTING                                                                                     \
    "{\"type\": \"impersonated_service_account\", " IMPERSONATION                                  \
    ", \"source_credentials\": " USER "}"

static void machine(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    char header[1024];
    start(&f, &g);
    setenv("GCE_METADATA_HOST", f.server.address, 1);
    gcs_open(&f);
    assert_stat(&f, "ya29.token-1");
    assert_string_equal(scripted_header(g.head, "Metadata-Flavor", header), "Google");
    gcs_stop(&f);
    static const struct {
        const char *status, *refusal, *flavor, *words;
    } cases[] = {
        {NULL, NULL, "Metadata-Flavor: Other\r\n", "no metadata server of Google"},
        {NULL, NULL, "", "no metadata server of Google"},
        {"404 Not Found", "", NULL, "the machine has no service account"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        google other = {
            .status = cases[i].status, .refusal = cases[i].refusal, .flavor = cases[i].flavor};
        start(&f, &other);
        setenv("GCE_METADATA_HOST", f.server.address, 1);
        gcs_open(&f);
        assert_refused(&f, ARTREPO_ACCESS_DENIED, cases[i].words);
        assert_non_null(strstr(f.failure.message, "there are no credentials for gcs"));
        assert_non_null(strstr(f.failure.message, "GOOGLE_APPLICATION_CREDENTIALS is not set"));
        gcs_stop(&f);
    }
}

/* Most machines have no such server, and nobody wants to wait long for that. */
static void no_machine_of_google(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    start(&f, &g);
    scripted_server gone;
    scripted_start(&gone, answer, &f);
    scripted_stop(&gone);
    setenv("GCE_METADATA_HOST", gone.address, 1);
    gcs_open(&f);
    assert_refused(&f, ARTREPO_ACCESS_DENIED, "(this is no machine of Google Cloud)");
    assert_non_null(strstr(f.failure.message, gone.address));
    assert_false(f.failure.retryable);
    artrepo_driver_gcs.close(f.state);
    setenv("GCE_METADATA_HOST", "user@elsewhere", 1);
    gcs_open(&f);
    assert_refused(&f, ARTREPO_INVALID, "GCE_METADATA_HOST 'user@elsewhere' is no HOST");
    assert_int_equal(g.storage, 0);
    gcs_stop(&f);
}

/* ---- renewing ---- */

static void another_token_when_refused(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.rejected = 1};
    start(&f, &g);
    use_file(&f, USER);
    assert_stat(&f, "ya29.token-2");
    assert_int_equal(g.storage, 2);
    assert_stat(&f, "ya29.token-2");
    assert_int_equal(g.storage, 3);
    /* Once, and not for ever. */
    g.rejected = 2;
    g.status = "400 Bad Request";
    g.refusal = "{\"error\": \"invalid_grant\", \"error_description\": \"Token has been expired "
                "or revoked.\"}";
    assert_refused(&f, ARTREPO_ACCESS_DENIED, "the token is not accepted, and there is no new one");
    assert_non_null(
        strstr(f.failure.message, "HTTP 400: invalid_grant: Token has been expired or revoked."));
    gcs_stop(&f);
}

static void renewed_before_their_end(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.lifetime_s = 2};
    start(&f, &g);
    use_file(&f, USER);
    assert_stat(&f, "ya29.token-1");
    ar_clock_sleep_ns(1300 * AR_MILLISECOND_NS); /* half of it is over */
    assert_stat(&f, "ya29.token-2");
    gcs_stop(&f);
}

static void token_endpoint_in_trouble(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.status = "503 Service Unavailable", .refusal = "", .refusals = 2};
    start(&f, &g);
    use_file(&f, USER);
    assert_stat(&f, "ya29.token-1");
    gcs_stop(&f);
    google down = {.status = "503 Service Unavailable", .refusal = ""};
    start(&f, &down);
    use_file(&f, USER);
    assert_refused(&f, ARTREPO_TRANSIENT, "HTTP 503");
    gcs_stop(&f);
}

/* ---- files that make no sense ---- */

static void strange_files(void **state) {
    (void)state;
    static const struct {
        const char *text;
        artrepo_code code;
        const char *words;
    } cases[] = {
        {"", ARTREPO_INVALID, "is no JSON object"},
        {"{\"type\": \"geheim", ARTREPO_INVALID, "is no JSON object"},
        {"{}", ARTREPO_INVALID, "there is no type in it"},
        {"{\"type\": \"gdch_service_account\"}", ARTREPO_UNSUPPORTED, "gdch_service_account"},
        {"{\"type\": \"service_account\"}", ARTREPO_INVALID, "there is no client_email"},
        {"{\"type\": \"service_account\", \"client_email\": \"e\", \"token_uri\": "
         "\"http://@/token\"}",
         ARTREPO_INVALID, "there is no private_key"},
        {"{\"type\": \"service_account\", \"client_email\": \"e\", \"private_key\": "
         "\"PRIVATE geheim\", \"token_uri\": \"http://@/token\"}",
         ARTREPO_INVALID, "its private_key is no RSA key in PEM"},
        {"{\"type\": \"authorized_user\", \"client_id\": \"i\", \"client_secret\": \"geheim\", "
         "\"refresh_token\": \"geheim\", \"token_uri\": \"http://example.com/token\"}",
         ARTREPO_REFUSED_UNSAFE, "secrets are not sent over plain HTTP"},
        {"{\"type\": \"authorized_user\", \"client_id\": \"i\", \"client_secret\": \"geheim\"}",
         ARTREPO_INVALID, "there is no refresh_token"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"environment_id\": \"aws1\", \"url\": \"http://@/\"}}",
         ARTREPO_UNSUPPORTED, "neither a file nor a url"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"executable\": {\"command\": \"/bin/true\"}}}",
         ARTREPO_UNSUPPORTED, "neither a file nor a url"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"file\": \"/nowhere/token\"}}",
         ARTREPO_ACCESS_DENIED, "/nowhere/token"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"url\": \"http://@/subject?a=b\", \"headers\": {\"A\": "
         "\"b\\r\\nC: d\"}}}",
         ARTREPO_INVALID, "make no sense"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"credential_source\": {\"url\": \"http://@/subject?a=b\", \"format\": {\"type\": "
         "\"json\", \"subject_token_field_name\": \"none\"}}}",
         ARTREPO_ACCESS_DENIED, "with a text 'none'"},
        {"{\"type\": \"impersonated_service_account\", " IMPERSONATION "}", ARTREPO_INVALID,
         "there is no type in it"},
        {"{\"type\": \"impersonated_service_account\", " IMPERSONATION
         ", \"source_credentials\": {\"type\": \"external_account\"}}",
         ARTREPO_UNSUPPORTED, "source_credentials of type 'external_account' are none of"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        google g = {.subject = "{}"};
        start(&f, &g);
        use_file(&f, cases[i].text);
        assert_refused(&f, cases[i].code, cases[i].words);
        assert_int_equal(g.storage, 0);
        gcs_stop(&f);
    }
}

static void strange_answers(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"<html>", "is no JSON object"},
        {"{}", "there is no access_token"},
        {"{\"access_token\": \"a b\"}", "is no token"},
        {"{\"access_token\": \"a\\r\\nX: y\"}", "is no token"},
        {"{\"access_token\": \"a\", \"token_type\": \"mac\"}", "is of type 'mac'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        google g = {.status = "200 OK", .refusal = cases[i][0]};
        start(&f, &g);
        use_file(&f, USER);
        artrepo_code code = stat_object(&f);
        assert_true(code == ARTREPO_IO || code == ARTREPO_UNSUPPORTED);
        assert_non_null(strstr(f.failure.message, cases[i][1]));
        gcs_stop(&f);
    }
}

/* Those that are asked on the way to a token. */
static void strange_answers_on_the_way(void **state) {
    (void)state;
    static const struct {
        const char *file;
        google given;
        artrepo_code code;
        const char *words;
    } cases[] = {
        {ACTING,
         {.impersonation = "200 OK", .impersonated = "{\"accessToken\": \"a\"}"},
         ARTREPO_IO,
         "there is no accessToken with an expireTime in the answer"},
        {ACTING,
         {.impersonation = "200 OK",
          .impersonated = "{\"accessToken\": \"a\", \"expireTime\": \"tomorrow\"}"},
         ARTREPO_IO,
         "there is no accessToken with an expireTime in the answer"},
        {ACTING,
         {.impersonation = "403 Forbidden",
          .impersonated = "{\"error\": {\"code\": 403, \"message\": \"Permission "
                          "'iam.serviceAccounts.getAccessToken' denied\", \"status\": "
                          "\"PERMISSION_DENIED\"}}"},
         ARTREPO_ACCESS_DENIED,
         "HTTP 403: PERMISSION_DENIED: Permission 'iam.service"},
        {"{\"type\": \"external_account\", \"audience\": \"a\", \"subject_token_type\": \"t\", "
         "\"token_url\": \"http://@/token\", \"credential_source\": {\"url\": "
         "\"http://@/subject?a=b\"}}",
         {.subject_status = "404 Not Found", .subject = "no such pool"},
         ARTREPO_ACCESS_DENIED,
         "it gives no token"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        google g = cases[i].given;
        start(&f, &g);
        use_file(&f, cases[i].file);
        assert_refused(&f, cases[i].code, cases[i].words);
        assert_int_equal(g.storage, 0);
        gcs_stop(&f);
    }
}

static void nobody_to_ask(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    start(&f, &g);
    gcs_open(&f);
    assert_refused(&f, ARTREPO_ACCESS_DENIED, "there are no credentials for gcs");
    assert_non_null(strstr(f.failure.message, "serviceAccountKeySecret is not set"));
    assert_non_null(strstr(f.failure.message, "NO_GCE_CHECK is set"));
    unsetenv("HOME");
    assert_refused(&f, ARTREPO_ACCESS_DENIED, "neither CLOUDSDK_CONFIG nor HOME is set");
    artrepo_driver_gcs.close(f.state);
    setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json", 1);
    gcs_open(&f);
    assert_refused(&f, ARTREPO_ACCESS_DENIED, "/nowhere/key.json");
    assert_int_equal(g.storage, 0);
    gcs_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(machine),
        cmocka_unit_test(no_machine_of_google),
        cmocka_unit_test(another_token_when_refused),
        cmocka_unit_test(renewed_before_their_end),
        cmocka_unit_test(token_endpoint_in_trouble),
        cmocka_unit_test(strange_files),
        cmocka_unit_test(strange_answers),
        cmocka_unit_test(strange_answers_on_the_way),
        cmocka_unit_test(nobody_to_ask),
    };
    return cmocka_run_group_tests(tests, make_scratch, drop_scratch);
}
