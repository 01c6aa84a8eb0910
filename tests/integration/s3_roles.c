/* Temporary credentials with a real store: VersityGW's own keys from a server that plays STS, so
 * that they can be made to end at any time. Those of a real STS are s3_minio.c's. */
#include "s3_fixture.h"

#include "unit/http/scripted_server.h"

#include <time.h>

#include "base/clock.h"

#define ROLE "arn:aws:iam::123456789012:role/demo"
#define MIB ((size_t)1 << 20)

/* ---- VersityGW, with an STS of our own ---- */

typedef struct sts {
    scripted_server server;
    atomic_int calls;
    int lifetime; /* in seconds */
    bool wrong;   /* the first keys are none of the store's */
} sts;

static void answer_sts(void *data, const scripted_request *request, scripted_reply *reply) {
    sts *s = data;
    char body[1024], until[32];
    int number = ++s->calls;
    time_t then = time(NULL) + s->lifetime;
    struct tm parts;
    gmtime_r(&then, &parts);
    strftime(until, sizeof until, "%Y-%m-%dT%H:%M:%SZ", &parts);
    assert_non_null(strstr(request->body, "Action=AssumeRole"));
    snprintf(body, sizeof body,
             "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
             "<AssumeRoleResult><Credentials><AccessKeyId>%s</AccessKeyId>"
             "<SecretAccessKey>%s</SecretAccessKey><Expiration>%s</Expiration></Credentials>"
             "</AssumeRoleResult></AssumeRoleResponse>",
             s->wrong && number == 1 ? "nobody" : need("ARTREPO_TEST_S3_ACCESS_KEY"),
             need("ARTREPO_TEST_S3_SECRET_KEY"), until);
    scripted_say(reply, "200 OK", "Content-Type: text/xml\r\n", body);
}

static void start_sts(sts *s) {
    char url[64];
    memset(s, 0, sizeof *s);
    s->lifetime = 3600;
    scripted_start(&s->server, answer_sts, s);
    snprintf(url, sizeof url, "http://%s", s->server.address);
    setenv("AWS_ENDPOINT_URL_STS", url, 1);
}

/* A source that takes its time. */
typedef struct slow_source {
    stream_source stream;
    int64_t pause_ns; /* after each read */
} slow_source;

static artrepo_code slow_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                              artrepo_error *error) {
    slow_source *source = (slow_source *)base;
    ar_clock_sleep_ns(source->pause_ns);
    return stream_read(base, buffer, capacity, got, error);
}

/* The upload goes on for longer than any of the credentials that it is made with. */
static void upload_outlives_credentials(void **state) {
    (void)state;
    static const artrepo_source_functions slow = {slow_read, NULL, stream_close};
    sts s;
    fixture f = prepare_without_keys();
    start_sts(&s);
    s.lifetime = 2;
    setenv("AWS_ACCESS_KEY_ID", "base", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "base", 1);
    set(&f, "roleARN", ROLE);
    open_fixture(&f);
    slow_source source = {.stream = open_stream(26 * MIB, 5), .pause_ns = 25 * AR_MILLISECOND_NS};
    source.stream.base.functions = &slow;
    artrepo_object object;
    int64_t before = ar_clock_now_ns();
    assert_ok(put_stream(&f, "roles/slow", &source.stream, &object, error));
    assert_true(ar_clock_now_ns() - before > 6 * AR_SECOND_NS);
    /* Each is good for a second; no request fetches for itself. */
    assert_in_range(s.calls, 4, 9);
    s.lifetime = 3600;
    assert_content(&f, "roles/slow", source.stream.data, source.stream.size);
    artrepo_source_close(&source.stream.base);
    close_fixture(&f);
    scripted_stop(&s.server);
}

/* Keys that the store takes no longer are replaced in the middle of an upload, too. */
static void refused_keys_are_replaced(void **state) {
    (void)state;
    sts s;
    fixture f = prepare_without_keys();
    start_sts(&s);
    s.wrong = true;
    char path[128];
    snprintf(path, sizeof path, "%s/token", secrets);
    write_file(path, "eyJ", 3, 0600);
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", path, 1);
    setenv("AWS_ROLE_ARN", ROLE, 1);
    open_fixture(&f);
    stream_source source = open_stream(12 * MIB, 6);
    artrepo_object object;
    assert_ok(put_stream(&f, "roles/refused", &source, &object, error));
    assert_content(&f, "roles/refused", source.data, source.size);
    assert_int_equal(s.calls, 2);
    artrepo_source_close(&source.base);
    close_fixture(&f);
    scripted_stop(&s.server);
}

/* Profiles, as the AWS CLI would have them. */
static void profiles(void **state) {
    (void)state;
    static const char *const names[] = {"role", "process", "default"};
    char path[128], text[2048];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        sts s;
        fixture f = prepare_without_keys();
        start_sts(&s);
        snprintf(path, sizeof path, "%s/config", secrets);
        snprintf(text, sizeof text,
                 "[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
                 "[profile role]\nrole_arn = " ROLE "\nsource_profile = default\n"
                 "[profile process]\ncredential_process = printf '{\"Version\": 1, "
                 "\"AccessKeyId\": \"%%s\", \"SecretAccessKey\": \"%%s\"}' \"%s\" '%s'\n",
                 need("ARTREPO_TEST_S3_ACCESS_KEY"), need("ARTREPO_TEST_S3_SECRET_KEY"),
                 need("ARTREPO_TEST_S3_ACCESS_KEY"), need("ARTREPO_TEST_S3_SECRET_KEY"));
        write_file(path, text, strlen(text), 0600);
        setenv("AWS_CONFIG_FILE", path, 1);
        setenv("AWS_PROFILE", names[i], 1);
        set(&f, "useSDKCreds", "true");
        open_fixture(&f);
        assert_ok(put_memory(&f, "roles/profile", names[i], strlen(names[i]), NULL, error));
        assert_content(&f, "roles/profile", names[i], strlen(names[i]));
        assert_int_equal(s.calls, i == 0);
        close_fixture(&f);
        scripted_stop(&s.server);
    }
}

int main(void) {
    need("ARTREPO_TEST_S3_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upload_outlives_credentials),
        cmocka_unit_test(refused_keys_are_replaced),
        cmocka_unit_test(profiles),
    };
    return cmocka_run_group_tests(tests, make_secrets, remove_secrets);
}
