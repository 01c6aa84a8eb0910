/* Many artifacts at once: bounded, each store opened once, the report in the template's order. */
#include "unit/executor/runner.h"

#include <pthread.h>

enum { COUNT = 24 };

/* ---- a store that counts ---- */

static struct {
    pthread_mutex_t mutex;
    int opened, closed, inside, peak, puts;
} counts = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void add(int *counter, int number) {
    pthread_mutex_lock(&counts.mutex);
    *counter += number;
    counts.peak = counts.inside > counts.peak ? counts.inside : counts.peak;
    pthread_mutex_unlock(&counts.mutex);
}

static artrepo_code open_counting(const artrepo_driver_settings *settings,
                                  artrepo_operation *operation, void **state,
                                  artrepo_error *error) {
    (void)settings;
    (void)operation;
    (void)error;
    *state = &counts;
    add(&counts.opened, 1);
    return ARTREPO_OK;
}

static void close_counting(void *state) {
    (void)state;
    add(&counts.closed, 1);
}

static artrepo_code stat_counting(void *state, const char *key, artrepo_object *object,
                                  artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)operation;
    if (strstr(key, "fail") != NULL) {
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED, "no access to %s", key);
    }
    *object = (artrepo_object){.key = key, .size = (int64_t)strlen(key)};
    return ARTREPO_OK;
}

/* The content of an object is its key; the later ones are the quicker. */
static artrepo_code get_counting(void *state, const char *key, const artrepo_range *range,
                                 artrepo_sink *sink, artrepo_object *object,
                                 artrepo_operation *operation, artrepo_error *error) {
    artrepo_code code = stat_counting(state, key, object, operation, error);
    add(&counts.inside, 1);
    usleep((useconds_t)(1000 * (COUNT - atoi(key + 1) % COUNT)));
    add(&counts.inside, -1);
    if (code != ARTREPO_OK) {
        return code;
    }
    return artrepo_sink_write(sink, key + range->offset, strlen(key + range->offset), error);
}

static artrepo_code put_counting(void *state, const char *key, artrepo_source *source,
                                 const artrepo_put_options *options, artrepo_object *object,
                                 artrepo_operation *operation, artrepo_error *error) {
    (void)options;
    char buffer[1000];
    size_t got = 1;
    artrepo_code code = stat_counting(state, key, object, operation, error);
    object->size = 0;
    add(&counts.inside, 1);
    add(&counts.puts, 1);
    usleep(2000);
    while (code == ARTREPO_OK && got > 0) {
        code = artrepo_source_read(source, buffer, sizeof buffer, &got, error);
        object->size += (int64_t)got;
    }
    add(&counts.inside, -1);
    return code;
}

static artrepo_code list_counting(void *state, const char *prefix, artrepo_list_callback *callback,
                                  void *data, artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)prefix;
    (void)callback;
    (void)data;
    (void)operation;
    (void)error;
    return ARTREPO_OK;
}

static const artrepo_driver counting_driver = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "counting",
    .capabilities = ARTREPO_CAN_LIST | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT,
    .open = open_counting,
    .close = close_counting,
    .stat = stat_counting,
    .get = get_counting,
    .put = put_counting,
    .list = list_counting,
};

static int start(void **state) {
    artrepo_driver_register(&counting_driver, NULL); /* the second time it is there already */
    counts.opened = counts.closed = counts.inside = counts.peak = counts.puts = 0;
    return set_up(state);
}

/* ---- templates of COUNT artifacts ---- */

/* SIDE is "inputs" or "outputs". Every sixth location is another one; FAIL (or -1) is an artifact
 * whose key is refused. */
static char *template_of(const char *side, int fail) {
    static char text[8000];
    size_t used = (size_t)sprintf(text, "%s: {artifacts: [", side);
    for (int i = 0; i < COUNT; i++) {
        used += (size_t)sprintf(text + used,
                                "{name: a%d, path: /p/%d, archive: {none: {}}, counting: {where: "
                                "w%d, key: %s%d}},\n",
                                i, i, i % 6 == 5, i == fail ? "fail" : "k", i);
    }
    strcpy(text + used, "]}");
    return text;
}

typedef struct report_log {
    int count;
    bool in_order;
    artrepo_code codes[COUNT];
} report_log;

static void note(void *data, const artrepo_executor_report *report) {
    report_log *log = data;
    char name[20];
    snprintf(name, sizeof name, "a%d", log->count);
    log->in_order = log->in_order && strcmp(artrepo_artifact_name(report->artifact), name) == 0;
    log->codes[log->count++] = report->code;
}

static void test_load(void **state) {
    (void)state;
    report_log log = {.in_order = true};
    artrepo_executor_options options = {
        .root_directory = below("root"), .report = note, .report_data = &log, .concurrency = 6};
    assert_ok(load_template(template_of("inputs", -1), &options, error));
    assert_int_equal(log.count, COUNT);
    assert_true(log.in_order);
    assert_int_equal(counts.opened, 2); /* one for each location */
    assert_int_equal(counts.closed, 2);
    assert_true(counts.peak > 1);
    assert_true(counts.peak <= 6);
    shell("for i in $(seq 0 23); do test \"$(cat root/p/$i)\" = k$i || exit 1; done");
}

static void test_one_at_a_time(void **state) {
    (void)state;
    artrepo_executor_options options = {.root_directory = below("root"), .concurrency = 1};
    assert_ok(load_template(template_of("inputs", -1), &options, error));
    assert_int_equal(counts.peak, 1);
}

static void make_outputs(void) {
    shell("mkdir -p root/p && for i in $(seq 0 23); do echo $i > root/p/$i; done");
}

static void test_save(void **state) {
    (void)state;
    make_outputs();
    report_log log = {.in_order = true};
    char *first = NULL, *second = NULL;
    artrepo_executor_options options = {
        .root_directory = below("root"), .report = note, .report_data = &log, .concurrency = 24};
    artrepo_executor_options alone = {.root_directory = below("root"), .concurrency = 1};
    assert_ok(save_template(template_of("outputs", -1), &options, &first, error));
    assert_true(log.in_order);
    assert_int_equal(counts.puts, COUNT);
    assert_int_equal(counts.opened, 2);
    assert_ok(save_template(template_of("outputs", -1), &alone, &second, error));
    assert_string_equal(first, second);
    free(first);
    free(second);
}

static void test_one_that_fails_does_not_stop_the_others(void **state) {
    (void)state;
    make_outputs();
    report_log log = {.in_order = true};
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {
        .root_directory = below("root"), .report = note, .report_data = &log};
    assert_int_equal(save_template(template_of("outputs", 3), &options, NULL, &error),
                     ARTREPO_ACCESS_DENIED);
    assert_ptr_equal(strstr(error.message, "artifact 'a3': "), error.message);
    assert_null(strstr(error.message, "; artifact"));
    assert_int_equal(counts.puts, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(log.codes[i], i == 3 ? ARTREPO_ACCESS_DENIED : ARTREPO_OK);
    }
}

static void test_cancelled(void **state) {
    (void)state;
    make_outputs();
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_outputs *outputs = NULL;
    artrepo_executor_options options = {.root_directory = below("root")};
    runner made = open_runner(template_of("outputs", -1), &options);
    artrepo_operation_cancel(operation);
    assert_int_equal(artrepo_executor_save(made.executor, &outputs, operation, &error),
                     ARTREPO_CANCELLED);
    assert_int_equal(artrepo_outputs_count(outputs), 0);
    assert_null(strstr(error.message, ";")); /* said once */
    assert_int_equal(counts.puts, 0);
    artrepo_outputs_free(outputs);
    close_runner(&made);
    artrepo_operation_free(operation);
}

#define COUNTING_TEST(name) cmocka_unit_test_setup_teardown(name, start, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        COUNTING_TEST(test_load),      COUNTING_TEST(test_one_at_a_time),
        COUNTING_TEST(test_save),      COUNTING_TEST(test_one_that_fails_does_not_stop_the_others),
        COUNTING_TEST(test_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
