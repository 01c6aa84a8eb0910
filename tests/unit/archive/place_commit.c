#include "unit/archive/extract_fixture.h"

#include "archive/place.h"

typedef struct placing {
    sandbox *box;
    char target[96]; /* place/target */
    ar_place place;
    artrepo_error error;
} placing;

static placing begin(sandbox *box) {
    placing it = {.box = box};
    snprintf(it.target, sizeof it.target, "%s/place/target", box->world);
    if (ar_place_open(&it.place, it.target, &it.error) != ARTREPO_OK) {
        fail_msg("%s", it.error.message);
    }
    struct stat status;
    assert_int_equal(fstat(it.place.directory, &status), 0);
    assert_int_equal(status.st_mode, S_IFDIR | 0700);
    return it;
}

static void put(int directory, const char *name, const char *text) {
    int descriptor = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
}

static void put_directory(int directory, const char *name) {
    assert_int_equal(mkdirat(directory, name, 0755), 0);
}

static size_t count_place(const sandbox *box) {
    char path[96];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/place", box->world);
    DIR *stream = opendir(path);
    assert_non_null(stream);
    while (readdir(stream) != NULL) {
        count++;
    }
    closedir(stream);
    return count - 2;
}

/* Committed: nothing but the target is there. */
static void finish(placing *it) {
    if (it->error.code != ARTREPO_OK) {
        fail_msg("%s", it->error.message);
    }
    ar_place_close(&it->place);
    assert_int_equal(count_place(it->box), 1);
}

static void commit(placing *it) {
    ar_place_commit_archive(&it->place, &it->error);
    finish(it);
}

static void test_one_file(void **state) {
    placing it = begin(*state);
    put(it.place.directory, "any name", "text");
    commit(&it);
    assert_text(*state, "target", "text");
}

static void test_one_directory(void **state) {
    placing it = begin(*state);
    put_directory(it.place.directory, "d");
    put(it.place.directory, "d/f", "text");
    commit(&it);
    assert_text(*state, "target/f", "text");
    assert_int_equal(status_of(*state, "target").st_mode, S_IFDIR | 0755);
}

static void test_one_link(void **state) {
    placing it = begin(*state);
    assert_int_equal(symlinkat("x", it.place.directory, "l"), 0);
    commit(&it);
    assert_link(*state, "target", "x");
}

static void test_several(void **state) {
    placing it = begin(*state);
    put(it.place.directory, "a", "a");
    put(it.place.directory, ".b", "b");
    commit(&it);
    assert_text(*state, "target/a", "a");
    assert_text(*state, "target/.b", "b");
    assert_int_equal(status_of(*state, "target").st_mode, S_IFDIR | 0755);
}

static void test_none(void **state) {
    placing it = begin(*state);
    commit(&it);
    assert_int_equal(status_of(*state, "target").st_mode, S_IFDIR | 0755);
}

static void test_whole_directory_of_one(void **state) {
    placing it = begin(*state);
    put(it.place.directory, "a", "a");
    ar_place_commit_directory(&it.place, &it.error);
    finish(&it);
    assert_text(*state, "target/a", "a");
}

/* What stands there before, by what comes: all that is replaced. */
static void test_replacing(void **state) {
    sandbox *box = *state;
    enum { FILE_BEFORE, LINK_BEFORE, LINK_TO_DIRECTORY_BEFORE, EMPTY_DIRECTORY_BEFORE, BEFORES };
    enum { FILE_COMES, DIRECTORY_COMES, SEVERAL_COME, COMINGS };
    for (int before = 0; before < BEFORES; before++) {
        for (int coming = 0; coming < COMINGS; coming++) {
            start_over(box);
            switch (before) {
            case FILE_BEFORE:
                put(box->place, "target", "old");
                break;
            case LINK_BEFORE:
                assert_int_equal(symlinkat("../victim", box->place, "target"), 0);
                break;
            case LINK_TO_DIRECTORY_BEFORE:
                assert_int_equal(symlinkat(box->world, box->place, "target"), 0);
                break;
            default:
                put_directory(box->place, "target");
            }
            placing it = begin(box);
            if (coming == DIRECTORY_COMES) {
                put_directory(it.place.directory, "d");
                put(it.place.directory, "d/f", "new");
            } else {
                put(it.place.directory, "f", "new");
            }
            if (coming == SEVERAL_COME) {
                put(it.place.directory, "g", "new too");
            }
            commit(&it);
            assert_text(box, coming == FILE_COMES ? "target" : "target/f", "new");
            assert_world_untouched(box);
        }
    }
}

static void test_full_directory_is_refused_at_once(void **state) {
    sandbox *box = *state;
    placing it = {.box = box};
    snprintf(it.target, sizeof it.target, "%s/place/target", box->world);
    put_directory(box->place, "target");
    put(box->place, "target/precious", "old");
    assert_int_equal(ar_place_open(&it.place, it.target, &it.error), ARTREPO_INVALID);
    assert_non_null(strstr(it.error.message, "remove it or name another path"));
    ar_place_close(&it.place);
    assert_text(box, "target/precious", "old");
    assert_int_equal(count_place(box), 1);
}

static void test_directory_that_fills_meanwhile_is_refused(void **state) {
    sandbox *box = *state;
    for (int with_directory = 0; with_directory < 2; with_directory++) {
        start_over(box);
        placing it = begin(box);
        put_directory(box->place, "target");
        put(box->place, "target/precious", "old");
        if (with_directory) {
            put_directory(it.place.directory, "d");
        } else {
            put(it.place.directory, "f", "new");
        }
        assert_int_equal(ar_place_commit_archive(&it.place, &it.error), ARTREPO_INVALID);
        assert_non_null(strstr(it.error.message, "remove it or name another path"));
        ar_place_close(&it.place);
        assert_text(box, "target/precious", "old");
        assert_int_equal(count_place(box), 1);
    }
}

static void test_not_committed_leaves_nothing(void **state) {
    sandbox *box = *state;
    placing it = begin(box);
    put_directory(it.place.directory, "d");
    put(it.place.directory, "d/f", "text");
    ar_place_close(&it.place);
    assert_int_equal(count_place(box), 0);
    ar_place never = {0};
    ar_place_close(&never);
    assert_int_not_equal(fcntl(0, F_GETFD), -1); /* 0 in it is no descriptor */
}

static void test_parents_are_made(void **state) {
    sandbox *box = *state;
    char path[128];
    ar_place place;
    snprintf(path, sizeof path, "%s/place/new/deep/target//", box->world);
    assert_int_equal(ar_place_open(&place, path, NULL), ARTREPO_OK);
    put(place.directory, "f", "text");
    assert_int_equal(ar_place_commit_archive(&place, NULL), ARTREPO_OK);
    ar_place_close(&place);
    assert_text(box, "new/deep/target", "text");
}

static void test_impossible_paths(void **state) {
    sandbox *box = *state;
    char path[128];
    ar_place place;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(ar_place_open(&place, "", &error), ARTREPO_INVALID);
    ar_place_close(&place);
    put(box->place, "file", "x");
    snprintf(path, sizeof path, "%s/place/file/target", box->world);
    assert_int_not_equal(ar_place_open(&place, path, &error), ARTREPO_OK);
    assert_non_null(strstr(error.message, "file"));
    ar_place_close(&place);
    assert_text(box, "file", "x");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_directory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_whole_directory_of_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_replacing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_full_directory_is_refused_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_directory_that_fills_meanwhile_is_refused, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_not_committed_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_parents_are_made, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_impossible_paths, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
