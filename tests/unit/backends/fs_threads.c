/* The fs driver under many threads at once: objects are whole at any time, and none gets lost. */
#include "unit/backends/fs_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

#define OBJECT_SIZE ((size_t)200000)
#define ROUNDS 60

typedef struct shared_state {
    void *store;
    atomic_bool stop;
    atomic_int seen;
    atomic_int faults;
    char first_fault[256];
} shared_state;

static void report(shared_state *shared, const char *what) {
    if (atomic_fetch_add(&shared->faults, 1) == 0) {
        snprintf(shared->first_fault, sizeof shared->first_fault, "%s", what);
    }
}

static void expect_no_fault(shared_state *shared) {
    if (atomic_load(&shared->faults) > 0) {
        fail_msg("%s", shared->first_fault);
    }
}

/* Cmocka's own checks must not be used in these threads. */
static void put_or_report(shared_state *shared, const char *key, const void *data, size_t size) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (try_put(shared->store, key, data, size, &error) != ARTREPO_OK) {
        report(shared, error.message);
    }
}

/* ---- one key, written and read by many ---- */

static void *write_same_key(void *data) {
    shared_state *shared = data;
    char *content = malloc(OBJECT_SIZE);
    for (int i = 0; i < ROUNDS; i++) {
        memset(content, 'a' + i % 26, OBJECT_SIZE);
        put_or_report(shared, "same/key", content, OBJECT_SIZE - (size_t)(i % 26));
    }
    free(content);
    return NULL;
}

static void *read_same_key(void *data) {
    shared_state *shared = data;
    const artrepo_range all = {0, -1, NULL};
    while (!atomic_load(&shared->stop)) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_code code;
        char *content = try_get(shared->store, "same/key", &all, &code, &error);
        size_t size = strlen(content);
        if (code != ARTREPO_OK) {
            report(shared, error.message);
        } else if (size != OBJECT_SIZE - (size_t)(content[0] - 'a') ||
                   content[size - 1] != content[0] || content[size / 2] != content[0]) {
            report(shared, "a torn object");
        }
        atomic_fetch_add(&shared->seen, 1);
        free(content);
    }
    return NULL;
}

static void objects_are_never_torn(void **state) {
    fs_fixture *fixture = *state;
    shared_state shared = {.store = fixture->store};
    char *content = malloc(OBJECT_SIZE);
    memset(content, 'a', OBJECT_SIZE);
    assert_int_equal(try_put(fixture->store, "same/key", content, OBJECT_SIZE, NULL), ARTREPO_OK);
    free(content);
    pthread_t writers[3], readers[3];
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_same_key, &shared), 0);
        assert_int_equal(pthread_create(&writers[i], NULL, write_same_key, &shared), 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(writers[i], NULL);
    }
    atomic_store(&shared.stop, true);
    for (int i = 0; i < 3; i++) {
        pthread_join(readers[i], NULL);
    }
    expect_no_fault(&shared);
    assert_true(atomic_load(&shared.seen) > 0);
    expect_list(fixture, "", "same/key\n");
    char path[640];
    snprintf(path, sizeof path, "%s/same", fixture->root);
    assert_int_equal(count_entries(path), 1);
}

/* ---- directories that come and go ---- */

static void *come_and_go(void *data) {
    shared_state *shared = data;
    char key[64];
    int number = atomic_fetch_add(&shared->seen, 1);
    for (int i = 0; i < 10 * ROUNDS; i++) {
        snprintf(key, sizeof key, "x/y/z/%d", number);
        put_or_report(shared, key, "1", 1);
        artrepo_object object;
        artrepo_error error = ARTREPO_ERROR_INIT;
        if (driver->stat(shared->store, key, &object, NULL, &error) != ARTREPO_OK) {
            report(shared, error.message);
        }
        if (driver->remove(shared->store, key, NULL, &error) != ARTREPO_OK) {
            report(shared, error.message);
        }
    }
    return NULL;
}

static void directories_vanish_under_nobody(void **state) {
    fs_fixture *fixture = *state;
    shared_state shared = {.store = fixture->store};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, come_and_go, &shared), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    expect_no_fault(&shared);
    assert_int_equal(count_entries(fixture->root), 0);
}

/* ---- an object whose name becomes a directory and back, watched all the time ---- */

static void *watch_object(void *data) {
    shared_state *shared = data;
    const artrepo_range all = {0, -1, NULL};
    while (!atomic_load(&shared->stop)) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_code code;
        char *content = try_get(shared->store, "k", &all, &code, &error);
        if (code != ARTREPO_OK) {
            report(shared, error.message);
        } else if (strcmp(content, "kept") != 0) {
            report(shared, "wrong content");
        }
        free(content);
        atomic_fetch_add(&shared->seen, 1);
    }
    return NULL;
}

static void *put_below(void *data) {
    shared_state *shared = data;
    for (int i = 0; i < 10 * ROUNDS; i++) {
        put_or_report(shared, "k/below/it", "1", 1);
        artrepo_error error = ARTREPO_ERROR_INIT;
        if (driver->remove(shared->store, "k/below/it", NULL, &error) != ARTREPO_OK) {
            report(shared, error.message);
        }
    }
    return NULL;
}

static void *put_again(void *data) {
    shared_state *shared = data;
    for (int i = 0; i < 10 * ROUNDS; i++) {
        put_or_report(shared, "k", "kept", 4);
    }
    return NULL;
}

static void an_object_that_makes_way_is_always_there(void **state) {
    fs_fixture *fixture = *state;
    shared_state shared = {.store = fixture->store};
    put_text(fixture, "k", "kept");
    pthread_t watcher, threads[4];
    assert_int_equal(pthread_create(&watcher, NULL, watch_object, &shared), 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(
            pthread_create(&threads[i], NULL, i % 2 == 0 ? put_below : put_again, &shared), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
    }
    atomic_store(&shared.stop, true);
    pthread_join(watcher, NULL);
    expect_no_fault(&shared);
    expect_text(fixture, "k", "kept");
    expect_list(fixture, "", "k\n");
    remove_object(fixture, "k");
    expect_missing(fixture, "k");
    assert_int_equal(count_entries(fixture->root), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(objects_are_never_torn),
        TEST(directories_vanish_under_nobody),
        TEST(an_object_that_makes_way_is_always_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
