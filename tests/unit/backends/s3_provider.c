/* Credentials of an opened store: fetched once for all threads, renewed before they end, replaced
 * when the store refuses them. */
#include "s3_roles_fixture.h"

#include <artrepo/driver.h>

#include "base/settings.h"
#include "s3/config.h"
#include "s3/driver.h"
#include "s3/provider.h"

#define ROLE "arn:aws:iam::123456789012:role/demo"
enum { THREADS = 8 };

/* STS and a store in one server: keys are numbered, AK1, AK2, ... */
typedef struct fixture {
    scripted_server server;
    artrepo_operation *operation;
    ar_value *root;
    struct artrepo_driver_settings settings;
    ar_s3_provider provider;
    atomic_int calls;    /* of STS */
    atomic_int lifetime; /* of what it gives, in seconds */
    atomic_int delay_ms; /* before it answers */
    atomic_bool refuses; /* it gives nothing */
    atomic_int oldest;   /* the store takes no keys with a lower number */
    const char *store_code;
    atomic_int store_requests, store_refusals;
    pthread_mutex_t mutex;
    ar_buffer log;
} fixture;

static void answer_sts(fixture *f, scripted_reply *reply) {
    char access_key[32], secret[32], token[32];
    int number = ++f->calls;
    ar_clock_sleep_ns(f->delay_ms * AR_MILLISECOND_NS);
    if (f->refuses) {
        say_sts_error(reply, "403 Forbidden", "", "AccessDenied", "no");
        return;
    }
    snprintf(access_key, sizeof access_key, "AK%d", number);
    snprintf(secret, sizeof secret, "GEHEIM%d", number);
    snprintf(token, sizeof token, "MARKE%d", number);
    say_role(reply, "", "AssumeRole", access_key, secret, token, f->lifetime);
}

static void answer_store(fixture *f, const scripted_request *request, scripted_reply *reply) {
    char authorization[1024], token[1024], wanted[32], body[512];
    const char *key =
        strstr(scripted_header(request->head, "Authorization", authorization), "Credential=");
    int number = key == NULL ? -1 : atoi(key + strlen("Credential=AK"));
    snprintf(wanted, sizeof wanted, "MARKE%d", number);
    f->store_requests++;
    /* The token must be that of the key. */
    bool fits =
        strcmp(scripted_header(request->head, "X-Amz-Security-Token", token), wanted) == 0 ||
        (number == 0 && token[0] == '\0');
    if (number < f->oldest || !fits) {
        f->store_refusals++;
        snprintf(body, sizeof body,
                 "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>%s</Message></Error>",
                 fits ? f->store_code : "AccessDenied", fits ? "The token is over." : "mixed");
        scripted_say(reply, "400 Bad Request", "", body);
    } else {
        scripted_say(reply, "200 OK", "ETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n", "");
    }
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    fixture *f = data;
    if (begins(request, "POST / ")) {
        answer_sts(f, reply);
    } else {
        answer_store(f, request, reply);
    }
}

static void keep_log(void *data, const artrepo_log_record *record) {
    fixture *f = data;
    pthread_mutex_lock(&f->mutex);
    assert_true(ar_buffer_printf(&f->log, "%s", record->message));
    for (size_t i = 0; i < record->field_count; i++) {
        assert_true(
            ar_buffer_printf(&f->log, " %s=%s", record->fields[i].name, record->fields[i].value));
    }
    assert_true(ar_buffer_append_char(&f->log, '\n'));
    pthread_mutex_unlock(&f->mutex);
}

static void start(fixture *f) {
    char url[64];
    memset(f, 0, sizeof *f);
    clean_environment();
    pthread_mutex_init(&f->mutex, NULL);
    scripted_start(&f->server, answer, f);
    snprintf(url, sizeof url, "http://%s", f->server.address);
    setenv("AWS_ENDPOINT_URL_STS", url, 1);
    setenv("AWS_ACCESS_KEY_ID", "AK0", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "GEHEIM0", 1);
    f->lifetime = 3600;
    f->store_code = "ExpiredToken";
    f->operation = hurried_operation();
    artrepo_operation_set_log(f->operation, ARTREPO_LOG_DEBUG, keep_log, f);
    f->root = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(f->root, "endpoint", f->server.address);
    ar_value_put_string(f->root, "bucket", "bucket");
    ar_value_put_string(f->root, "region", "us-east-1");
    ar_value_put_string(f->root, "insecure", "true");
    ar_value_put_string(f->root, "roleARN", ROLE);
    f->settings = (struct artrepo_driver_settings){f->root, "s3", "/nowhere"};
    ar_s3_provider_open(&f->provider);
    assert_ok(ar_s3_provider_configure(&f->provider, &f->settings, "us-east-1", error));
    assert_int_equal(f->calls, 0); /* opening contacts nobody */
}

/* Whatever a test did, no secret was logged. */
static void stop(fixture *f) {
    ar_s3_provider_close(&f->provider);
    scripted_stop(&f->server);
    if (f->log.data != NULL) {
        assert_null(strstr(f->log.data, "GEHEIM"));
        assert_null(strstr(f->log.data, "MARKE"));
    }
    ar_buffer_free(&f->log);
    ar_value_free(f->root);
    artrepo_operation_free(f->operation);
    pthread_mutex_destroy(&f->mutex);
}

/* Takes credentials, notes which, and gives them back. */
typedef struct taking {
    fixture *f;
    artrepo_operation *operation;
    artrepo_code code;
    artrepo_error failure;
    char access_key[32];
    int64_t ns;
    pthread_t thread;
} taking;

static void *take(void *data) {
    taking *t = data;
    ar_held_credentials *held = NULL;
    int64_t before = ar_clock_now_ns();
    t->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    t->code = ar_provider_take(&t->f->provider.shared, t->operation, &held, &t->failure);
    t->ns = ar_clock_now_ns() - before;
    snprintf(t->access_key, sizeof t->access_key, "%s",
             held == NULL ? "" : ar_s3_provider_credentials(held)->access_key);
    ar_provider_give_back(held);
    return NULL;
}

static taking take_once(fixture *f) {
    taking t = {.f = f, .operation = f->operation};
    take(&t);
    return t;
}

static void assert_taken(fixture *f, const char *access_key) {
    taking t = take_once(f);
    if (t.code != ARTREPO_OK) {
        fail_msg("%s", t.failure.message);
    }
    assert_string_equal(t.access_key, access_key);
}

static void start_all(fixture *f, taking takings[THREADS]) {
    for (int i = 0; i < THREADS; i++) {
        takings[i] = (taking){.f = f, .operation = f->operation};
        pthread_create(&takings[i].thread, NULL, take, &takings[i]);
    }
}

static void join_all(taking takings[THREADS]) {
    for (int i = 0; i < THREADS; i++) {
        pthread_join(takings[i].thread, NULL);
    }
}

/* ---- fetching ---- */

static void one_fetch_serves_all(void **state) {
    (void)state;
    fixture f;
    taking takings[THREADS];
    start(&f);
    f.delay_ms = 200;
    start_all(&f, takings);
    join_all(takings);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(takings[i].code, ARTREPO_OK);
        assert_string_equal(takings[i].access_key, "AK1");
    }
    assert_int_equal(f.calls, 1);
    assert_taken(&f, "AK1");
    assert_int_equal(f.calls, 1);
    assert_non_null(strstr(f.log.data, "found credentials from=a role of STS until=20"));
    stop(&f);
}

static void one_failure_serves_all(void **state) {
    (void)state;
    fixture f;
    taking takings[THREADS];
    start(&f);
    f.delay_ms = 400;
    f.refuses = true;
    start_all(&f, takings);
    join_all(takings);
    for (int i = 0; i < THREADS; i++) {
        assert_failed(takings[i].code, &takings[i].failure, ARTREPO_ACCESS_DENIED,
                      "AccessDenied: no");
    }
    assert_int_equal(f.calls, 1);
    f.refuses = false; /* it is not remembered for ever */
    assert_taken(&f, "AK2");
    stop(&f);
}

static void a_cancelled_fetch_harms_nobody_else(void **state) {
    (void)state;
    fixture f;
    taking first, second;
    start(&f);
    f.delay_ms = 600;
    first = second = (taking){.f = &f, .operation = f.operation};
    first.operation = artrepo_operation_new();
    pthread_create(&first.thread, NULL, take, &first);
    ar_clock_sleep_ns(200 * AR_MILLISECOND_NS);
    pthread_create(&second.thread, NULL, take, &second);
    ar_clock_sleep_ns(100 * AR_MILLISECOND_NS);
    artrepo_operation_cancel(first.operation);
    pthread_join(first.thread, NULL);
    pthread_join(second.thread, NULL);
    assert_int_equal(first.code, ARTREPO_CANCELLED);
    assert_int_equal(second.code, ARTREPO_OK);
    artrepo_operation_free(first.operation);
    stop(&f);
}

static void waiting_can_be_cancelled(void **state) {
    (void)state;
    fixture f;
    taking first, second;
    start(&f);
    f.delay_ms = 800;
    first = second = (taking){.f = &f, .operation = f.operation};
    second.operation = artrepo_operation_new();
    pthread_create(&first.thread, NULL, take, &first);
    ar_clock_sleep_ns(200 * AR_MILLISECOND_NS);
    artrepo_operation_cancel(second.operation);
    take(&second);
    assert_int_equal(second.code, ARTREPO_CANCELLED);
    assert_true(second.ns < 400 * AR_MILLISECOND_NS);
    pthread_join(first.thread, NULL);
    assert_int_equal(first.code, ARTREPO_OK);
    artrepo_operation_free(second.operation);
    stop(&f);
}

static void dead_on_arrival(void **state) {
    (void)state;
    fixture f;
    start(&f);
    f.lifetime = -10;
    taking t = take_once(&f);
    assert_failed(t.code, &t.failure, ARTREPO_ACCESS_DENIED, "had ended when they came");
    assert_int_equal(f.calls, 1);
    stop(&f);
}

/* ---- renewing ---- */

/* At five minutes before the end, and not a call before. */
static void renewed_five_minutes_before(void **state) {
    (void)state;
    fixture f;
    start(&f);
    assert_taken(&f, "AK1");
    ar_provider *p = &f.provider.shared;
    int64_t margin = p->current->found.expiry_ms - p->refresh_ms;
    assert_true(margin == INT64_C(300000));
    p->refresh_ms = ar_clock_wall_ms() + 200; /* as if most of the hour were over */
    assert_taken(&f, "AK1");
    ar_clock_sleep_ns(250 * AR_MILLISECOND_NS);
    assert_taken(&f, "AK2");
    assert_int_equal(f.calls, 2);
    stop(&f);
}

/* One fetches; the others go on with the old ones, and nobody waits. */
static void others_use_the_old_ones(void **state) {
    (void)state;
    fixture f;
    taking fetcher, takings[THREADS];
    start(&f);
    f.lifetime = 6;
    assert_taken(&f, "AK1");
    ar_clock_sleep_ns(3100 * AR_MILLISECOND_NS); /* half of it */
    f.delay_ms = 700;
    f.lifetime = 3600;
    fetcher = (taking){.f = &f, .operation = f.operation};
    pthread_create(&fetcher.thread, NULL, take, &fetcher);
    while (f.calls == 1) {
        ar_clock_sleep_ns(AR_MILLISECOND_NS);
    }
    start_all(&f, takings);
    join_all(takings);
    for (int i = 0; i < THREADS; i++) {
        assert_string_equal(takings[i].access_key, "AK1");
        assert_true(takings[i].ns < 500 * AR_MILLISECOND_NS);
    }
    pthread_join(fetcher.thread, NULL);
    assert_string_equal(fetcher.access_key, "AK2");
    assert_int_equal(f.calls, 2);
    stop(&f);
}

static void failure_to_renew_is_not_the_end(void **state) {
    (void)state;
    fixture f;
    start(&f);
    f.lifetime = 6;
    assert_taken(&f, "AK1");
    int64_t end = f.provider.shared.current->found.expiry_ms;
    f.refuses = true;
    f.provider.shared.refresh_ms = ar_clock_wall_ms(); /* as if half of it were over */
    assert_taken(&f, "AK1");
    assert_int_equal(f.calls, 2);
    assert_taken(&f, "AK1"); /* not tried again at once */
    assert_int_equal(f.calls, 2);
    assert_non_null(strstr(f.log.data, "credentials could not be renewed; using the old ones"));
    while (ar_clock_wall_ms() <= end) {
        ar_clock_sleep_ns(20 * AR_MILLISECOND_NS);
    }
    taking t = take_once(&f);
    assert_failed(t.code, &t.failure, ARTREPO_ACCESS_DENIED, "AccessDenied: no");
    f.refuses = false;
    t = take_once(&f);
    assert_int_equal(t.code, ARTREPO_OK);
    stop(&f);
}

/* ---- what the store refuses ---- */

static void *open_store(fixture *f) {
    void *store = NULL;
    assert_ok(artrepo_driver_s3.open(&f->settings, f->operation, &store, error));
    return store;
}

typedef struct putting {
    fixture *f;
    void *store;
    artrepo_code code;
    artrepo_error failure;
    pthread_t thread;
} putting;

static void *put(void *data) {
    putting *p = data;
    artrepo_source *source = NULL;
    artrepo_put_options options = {NULL};
    artrepo_object object;
    p->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    assert_int_equal(artrepo_source_open_memory("hello", 5, &source, NULL), ARTREPO_OK);
    p->code = artrepo_driver_s3.put(p->store, "key", source, &options, &object, p->f->operation,
                                    &p->failure);
    artrepo_source_close(source);
    return NULL;
}

static putting put_once(fixture *f, void *store) {
    putting p = {.f = f, .store = store};
    put(&p);
    return p;
}

static void refused_ones_are_replaced(void **state) {
    (void)state;
    static const char *const codes[] = {"ExpiredToken", "InvalidToken", "InvalidTokenId",
                                        "TokenRefreshRequired", "InvalidAccessKeyId"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        fixture f;
        start(&f);
        void *store = open_store(&f);
        f.store_code = codes[i];
        assert_int_equal(put_once(&f, store).code, ARTREPO_OK);
        f.oldest = 2;
        assert_int_equal(put_once(&f, store).code, ARTREPO_OK);
        assert_int_equal(f.calls, 2);
        assert_int_equal(f.store_refusals, 1);
        assert_int_equal(f.store_requests, 3);
        artrepo_object object; /* a HEAD is answered without words */
        f.oldest = 3;
        assert_ok(artrepo_driver_s3.stat(store, "key", &object, f.operation, error));
        assert_int_equal(f.calls, 3);
        f.oldest = 100; /* once for each request, and no more */
        putting p = put_once(&f, store);
        assert_failed(p.code, &p.failure, ARTREPO_ACCESS_DENIED, codes[i]);
        assert_int_equal(f.calls, 4);
        f.refuses = true;
        p = put_once(&f, store);
        assert_failed(p.code, &p.failure, ARTREPO_ACCESS_DENIED, "there are no new credentials: ");
        assert_failed(p.code, &p.failure, ARTREPO_ACCESS_DENIED, "put 'key' in bucket 'bucket'");
        artrepo_driver_s3.close(store);
        stop(&f);
    }
}

static void all_refused_one_fetch(void **state) {
    (void)state;
    fixture f;
    putting puttings[THREADS];
    start(&f);
    void *store = open_store(&f);
    assert_int_equal(put_once(&f, store).code, ARTREPO_OK);
    f.oldest = 2;
    f.delay_ms = 100;
    for (int i = 0; i < THREADS; i++) {
        puttings[i] = (putting){.f = &f, .store = store};
        pthread_create(&puttings[i].thread, NULL, put, &puttings[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(puttings[i].thread, NULL);
        assert_int_equal(puttings[i].code, ARTREPO_OK);
    }
    assert_int_equal(f.calls, 2);
    artrepo_driver_s3.close(store);
    stop(&f);
}

/* Keys that are the same as before are not worth a second request. */
static void nothing_else_to_try(void **state) {
    (void)state;
    fixture f;
    start(&f);
    ar_value_remove(f.root, "roleARN");
    void *store = open_store(&f);
    f.oldest = 1;
    putting p = put_once(&f, store);
    assert_failed(p.code, &p.failure, ARTREPO_ACCESS_DENIED, "ExpiredToken");
    assert_int_equal(f.store_requests, 1);
    f.oldest = 0;
    assert_int_equal(put_once(&f, store).code, ARTREPO_OK);
    assert_int_equal(f.calls, 0);
    /* Until somebody writes others into the file, say. */
    f.oldest = 7;
    setenv("AWS_ACCESS_KEY_ID", "AK7", 1);
    setenv("AWS_SESSION_TOKEN", "MARKE7", 1);
    assert_int_equal(put_once(&f, store).code, ARTREPO_OK);
    artrepo_driver_s3.close(store);
    stop(&f);
}

/* Keys in the settings go before any role, as Argo has it, and are never replaced. */
static void keys_of_settings(void **state) {
    (void)state;
    fixture f;
    start(&f);
    char *directory = scratch_directory(), path[128];
    snprintf(path, sizeof path, "%s/s", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/s/a", directory);
    write_file(path, "AK5\n", 4, 0600);
    snprintf(path, sizeof path, "%s/s/t", directory);
    write_file(path, "MARKE5", 6, 0600);
    static const char *const names[][2] = {
        {"accessKeySecret", "a"}, {"secretKeySecret", "a"}, {"sessionTokenSecret", "t"}};
    for (size_t i = 0; i < 3; i++) {
        ar_value *selector = ar_value_new(AR_VALUE_OBJECT, NULL);
        ar_value_put_string(selector, "name", "s");
        ar_value_put_string(selector, "key", names[i][1]);
        ar_value_put(f.root, names[i][0], selector);
    }
    f.settings.secrets_directory = directory;
    void *store = open_store(&f);
    f.oldest = 5;
    assert_int_equal(put_once(&f, store).code, ARTREPO_OK);
    f.oldest = 6;
    putting p = put_once(&f, store);
    assert_failed(p.code, &p.failure, ARTREPO_ACCESS_DENIED, "ExpiredToken");
    assert_int_equal(f.calls, 0);
    assert_int_equal(f.store_requests, 2);
    artrepo_driver_s3.close(store);
    remove_scratch(directory);
    stop(&f);
}

static void no_credentials_at_all(void **state) {
    (void)state;
    fixture f;
    start(&f);
    unsetenv("AWS_ACCESS_KEY_ID");
    void *store = open_store(&f);
    putting p = put_once(&f, store);
    assert_failed(p.code, &p.failure, ARTREPO_ACCESS_DENIED,
                  "put 'key' in bucket 'bucket' at http://127.0.0.1");
    assert_failed(p.code, &p.failure, ARTREPO_ACCESS_DENIED,
                  "assume role " ROLE ": there are no credentials for s3: ");
    artrepo_driver_s3.close(store);
    stop(&f);
}

/* The region of the profile is that of STS and of the store. */
static void regions(void **state) {
    (void)state;
    fixture f;
    start(&f);
    char *directory = scratch_directory(), path[128];
    snprintf(path, sizeof path, "%s/config", directory);
    write_file(path, "[profile p]\nregion=eu-north-1\n", 30, 0600);
    setenv("AWS_CONFIG_FILE", path, 1);
    setenv("AWS_PROFILE", "p", 1);
    ar_s3_provider provider;
    ar_s3_provider_open(&provider);
    assert_ok(ar_s3_provider_configure(&provider, &f.settings, "us-west-1", error));
    assert_string_equal(provider.region, "eu-north-1");
    ar_s3_provider_close(&provider);
    setenv("AWS_REGION", "eu-south-1", 1);
    ar_s3_provider_open(&provider);
    assert_ok(ar_s3_provider_configure(&provider, &f.settings, "us-west-1", error));
    assert_string_equal(provider.region, "eu-south-1");
    ar_s3_provider_close(&provider);
    unsetenv("AWS_REGION");
    ar_s3_config config = {0};
    ar_value_remove(f.root, "region");
    assert_ok(ar_s3_config_read(&f.settings, &config, error));
    assert_string_equal(config.region, "eu-north-1");
    ar_s3_config_free(&config);
    remove_scratch(directory);
    stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_fetch_serves_all),
        cmocka_unit_test(one_failure_serves_all),
        cmocka_unit_test(a_cancelled_fetch_harms_nobody_else),
        cmocka_unit_test(waiting_can_be_cancelled),
        cmocka_unit_test(dead_on_arrival),
        cmocka_unit_test(renewed_five_minutes_before),
        cmocka_unit_test(others_use_the_old_ones),
        cmocka_unit_test(failure_to_renew_is_not_the_end),
        cmocka_unit_test(refused_ones_are_replaced),
        cmocka_unit_test(all_refused_one_fetch),
        cmocka_unit_test(nothing_else_to_try),
        cmocka_unit_test(keys_of_settings),
        cmocka_unit_test(no_credentials_at_all),
        cmocka_unit_test(regions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
