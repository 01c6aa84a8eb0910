/* Profiles of the shared files, and the documents that credentials come in. */
#include "s3_roles_fixture.h"

#include "s3/document.h"
#include "s3/profile.h"

/* ---- profiles ---- */

static const char credentials_file[] = "; comment\n"
                                       "[default]\n"
                                       "aws_access_key_id = AK1\n"
                                       "aws_secret_access_key=SK1/+=\n"
                                       "region = eu-west-1\n"
                                       "\n"
                                       "[ half ]\r\n"
                                       "aws_access_key_id = AK2\r\n"
                                       "[named]\n"
                                       "\taws_access_key_id\t=\tAK3\t\n"
                                       "AWS_Secret_Access_Key = SK3   # a comment\n"
                                       "aws_session_token = TOKEN3#;no comment\n"
                                       "# aws_session_token = OLD\n"
                                       "[named]\n"
                                       "aws_secret_access_key = SK3b ; another\n"
                                       "[unfinished\n"
                                       "aws_secret_access_key = no\n"
                                       "[profile prefixed]\n"
                                       "aws_access_key_id = AK4\n";

static ar_s3_profile parse(const char *text, bool is_config, const char *name) {
    ar_s3_profile profile = {0};
    assert_true(ar_s3_profile_parse(text, is_config, name, &profile));
    return profile;
}

static void sections_of_credentials(void **state) {
    (void)state;
    ar_s3_profile profile = parse(credentials_file, false, "default");
    assert_true(profile.found);
    assert_string_equal(profile.values[AR_S3_ACCESS_KEY], "AK1");
    assert_string_equal(profile.values[AR_S3_SECRET_KEY], "SK1/+=");
    assert_string_equal(profile.values[AR_S3_REGION], "eu-west-1");
    assert_null(profile.values[AR_S3_SESSION_TOKEN]);
    ar_s3_profile_wipe(&profile);
    assert_null(profile.values[AR_S3_SECRET_KEY]);
    profile = parse(credentials_file, false, "named");
    assert_string_equal(profile.values[AR_S3_ACCESS_KEY], "AK3");
    assert_string_equal(profile.values[AR_S3_SECRET_KEY], "SK3b");
    assert_string_equal(profile.values[AR_S3_SESSION_TOKEN], "TOKEN3#;no comment");
    ar_s3_profile_wipe(&profile);
    profile = parse(credentials_file, false, "half");
    assert_string_equal(profile.values[AR_S3_ACCESS_KEY], "AK2");
    assert_null(profile.values[AR_S3_SECRET_KEY]);
    ar_s3_profile_wipe(&profile);
    static const char *const absent[] = {"other", "unfinished", "prefixed", "profile", ""};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        profile = parse(credentials_file, false, absent[i]);
        assert_false(profile.found);
    }
}

static void sections_of_config(void **state) {
    (void)state;
    static const char text[] = "[default]\nregion = eu-west-1\n"
                               "[named]\nregion = no-prefix\n"
                               "[profile named]\n"
                               "s3 =\n"
                               "  region = nested\n"
                               "  max_concurrent_requests = 20\n"
                               "role_arn = arn:aws:iam::1:role/r\n"
                               "[profile  other ]\nregion=eu-west-3";
    ar_s3_profile profile = parse(text, true, "default");
    assert_string_equal(profile.values[AR_S3_REGION], "eu-west-1");
    ar_s3_profile_wipe(&profile);
    profile = parse(text, true, "named");
    assert_null(profile.values[AR_S3_REGION]);
    assert_string_equal(profile.values[AR_S3_ROLE_ARN], "arn:aws:iam::1:role/r");
    ar_s3_profile_wipe(&profile);
    profile = parse(text, true, "other");
    assert_string_equal(profile.values[AR_S3_REGION], "eu-west-3");
    ar_s3_profile_wipe(&profile);
}

static void files_are_merged(void **state) {
    (void)state;
    ar_s3_profile profile = parse("[default]\nregion=eu-west-1\naws_access_key_id=AK1\n"
                                  "aws_secret_access_key=SK1\naws_session_token=TOKEN1\n",
                                  true, "default");
    /* The token belongs to the other keys. */
    assert_true(ar_s3_profile_parse("[default]\naws_access_key_id=AK2\naws_secret_access_key=SK2\n",
                                    false, "default", &profile));
    assert_string_equal(profile.values[AR_S3_ACCESS_KEY], "AK2");
    assert_string_equal(profile.values[AR_S3_SECRET_KEY], "SK2");
    assert_null(profile.values[AR_S3_SESSION_TOKEN]);
    assert_string_equal(profile.values[AR_S3_REGION], "eu-west-1");
    ar_s3_profile_wipe(&profile);
}

static void files_are_found(void **state) {
    (void)state;
    clean_environment();
    char *home = scratch_directory(), path[128];
    artrepo_error failure = ARTREPO_ERROR_INIT;
    ar_s3_profile profile;
    setenv("HOME", home, 1);
    assert_int_equal(ar_s3_profile_read("default", &profile, &failure), ARTREPO_OK);
    assert_false(profile.found);
    snprintf(path, sizeof path, "%s/.aws", home);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/.aws/config", home);
    write_file(path, "[profile p]\nregion=r1\n", 22, 0600);
    snprintf(path, sizeof path, "%s/.aws/credentials", home);
    write_file(path, "[p]\naws_access_key_id=AK\n", 25, 0600);
    setenv("AWS_DEFAULT_PROFILE", "p", 1);
    assert_string_equal(ar_s3_profile_name(), "p");
    assert_ok(ar_s3_profile_read("p", &profile, error));
    assert_string_equal(profile.values[AR_S3_REGION], "r1");
    assert_string_equal(profile.values[AR_S3_ACCESS_KEY], "AK");
    ar_s3_profile_wipe(&profile);
    setenv("AWS_CONFIG_FILE", home, 1); /* a directory */
    assert_failed(ar_s3_profile_read("p", &profile, &failure), &failure, ARTREPO_IO,
                  "the shared config file");
    ar_s3_profile_wipe(&profile);
    remove_scratch(home);
}

/* ---- documents ---- */

static artrepo_code read_document(const char *text, bool has_version,
                                  ar_s3_credentials *credentials, artrepo_error *failure) {
    ar_s3_document_format format = {.token = has_version ? "SessionToken" : "Token",
                                    .has_version = has_version};
    *failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return ar_s3_document_read(text, strlen(text), &format, credentials, failure);
}

static void documents(void **state) {
    (void)state;
    ar_s3_credentials credentials = {0};
    artrepo_error failure;
    assert_int_equal(read_document("{\"Code\":\"Success\",\"LastUpdated\":\"2012-04-26T16:39:16Z\","
                                   "\"Type\":\"AWS-HMAC\",\"AccessKeyId\":\"AK\","
                                   "\"SecretAccessKey\":\"SK\\/\",\"Token\":\"T\","
                                   "\"Expiration\":\"2017-05-17T15:09:54Z\"}",
                                   false, &credentials, &failure),
                     ARTREPO_OK);
    assert_credentials(&credentials, "AK", "SK/", "T");
    assert_true(credentials.expiry_ms == INT64_C(1495033794000));
    assert_int_equal(read_document("{\"Version\":1,\"AccessKeyId\":\"AK2\","
                                   "\"SecretAccessKey\":\"SK2\",\"SessionToken\":null}",
                                   true, &credentials, &failure),
                     ARTREPO_OK);
    assert_credentials(&credentials, "AK2", "SK2", NULL);
    assert_int_equal(credentials.expiry_ms, 0);
    ar_s3_credentials_free(&credentials);
}

static void documents_without_credentials(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool has_version;
        artrepo_code code;
        const char *words;
    } cases[] = {
        {"", false, ARTREPO_IO, "it is no JSON object"},
        {"[\"geheim\"]", false, ARTREPO_IO, "it is no JSON object"},
        {"{\"SecretAccessKey\":\"geheim\",", false, ARTREPO_IO, "it is no JSON object"},
        {"{\"SecretAccessKey\":\"geheim\"}", false, ARTREPO_IO, "there is no AccessKeyId in it"},
        {"{\"AccessKeyId\":\"\",\"SecretAccessKey\":\"geheim\"}", false, ARTREPO_IO,
         "there is no AccessKeyId in it"},
        {"{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":1}", false, ARTREPO_IO,
         "there is no SecretAccessKey in it"},
        {"{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"geheim\",\"Expiration\":\"soon\"}", false,
         ARTREPO_IO, "its Expiration 'soon' is no time"},
        {"{\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"geheim\"}", true, ARTREPO_IO,
         "its Version is not 1"},
        {"{\"Version\":2,\"AccessKeyId\":\"AK\",\"SecretAccessKey\":\"geheim\"}", true, ARTREPO_IO,
         "its Version is not 1"},
        {"{\"Code\":\"AssumeRoleUnauthorizedAccess\",\"Message\":\"EC2 cannot assume the role\"}",
         false, ARTREPO_ACCESS_DENIED, "AssumeRoleUnauthorizedAccess: EC2 cannot assume the role"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_s3_credentials credentials = {0};
        artrepo_error failure;
        artrepo_code code =
            read_document(cases[i].text, cases[i].has_version, &credentials, &failure);
        assert_failed(code, &failure, cases[i].code, cases[i].words);
        assert_null(strstr(failure.message, "geheim"));
        assert_null(credentials.secret_key);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_of_credentials),
        cmocka_unit_test(sections_of_config),
        cmocka_unit_test(files_are_merged),
        cmocka_unit_test(files_are_found),
        cmocka_unit_test(documents),
        cmocka_unit_test(documents_without_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
