/* The shared credentials file; the order of the places is tested against a server. */
#include "unit/support.h"

#include "s3/credentials.h"

static const char file[] = "; comment\n"
                           "[default]\n"
                           "aws_access_key_id = AK1\n"
                           "aws_secret_access_key=SK1/+=\n"
                           "region = eu-west-1\n"
                           "\n"
                           "[ half ]\r\n"
                           "aws_access_key_id = AK2\r\n"
                           "[profile named]\n"
                           "\taws_access_key_id\t=\tAK3\t\n"
                           "aws_secret_access_key = SK3\n"
                           "aws_session_token = TOKEN3\n"
                           "# aws_session_token = OLD\n"
                           "[named]\n"
                           "aws_secret_access_key = SK3b\n"
                           "[unfinished\n"
                           "aws_secret_access_key = no\n";

static void profiles(void **state) {
    (void)state;
    ar_s3_credentials credentials = {0};
    assert_ok(ar_s3_credentials_parse(file, "default", &credentials, error));
    assert_string_equal(credentials.access_key, "AK1");
    assert_string_equal(credentials.secret_key, "SK1/+=");
    assert_null(credentials.session_token);
    ar_s3_credentials_free(&credentials);
    assert_ok(ar_s3_credentials_parse(file, "named", &credentials, error));
    assert_string_equal(credentials.access_key, "AK3");
    assert_string_equal(credentials.secret_key, "SK3b");
    assert_string_equal(credentials.session_token, "TOKEN3");
    ar_s3_credentials_free(&credentials);
    assert_null(credentials.secret_key);
}

static void missing(void **state) {
    (void)state;
    ar_s3_credentials credentials = {0};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    assert_int_equal(ar_s3_credentials_parse(file, "half", &credentials, &failure),
                     ARTREPO_NOT_FOUND);
    assert_non_null(strstr(failure.message, "there are no keys in profile 'half'"));
    ar_s3_credentials_free(&credentials);
    assert_int_equal(ar_s3_credentials_parse(file, "other", &credentials, &failure),
                     ARTREPO_NOT_FOUND);
    assert_non_null(strstr(failure.message, "there is no profile 'other'"));
    assert_int_equal(ar_s3_credentials_parse("", "default", &credentials, &failure),
                     ARTREPO_NOT_FOUND);
    ar_s3_credentials_free(&credentials);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(profiles), cmocka_unit_test(missing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
