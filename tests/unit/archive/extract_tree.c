#include "unit/archive/extract_fixture.h"

#include <dirent.h>
#include <pthread.h>

#include "archive/tree.h"
#include "archive/tree_internal.h"
#include "archive/tree_name.h"

static void test_clean_names(void **state) {
    (void)state;
    static const struct {
        const char *name, *clean; /* NULL: refused */
    } cases[] = {
        {"a", "a"},      {"a/b", "a/b"},
        {"/a", "a"},     {"//a//b/", "a/b"},
        {"./a", "a"},    {".", ""},
        {"/", ""},       {"a/..", ""},
        {"..a", "..a"},  {"a/..b/c", "a/..b/c"},
        {"...", "..."},  {"/..", ""},
        {"/../a", "a"},  {"..", NULL},
        {"../a", NULL},  {"a/../..", NULL},
        {"a/../b", "b"}, {"./..", NULL},
        {" ", " "},      {"a\\..\\b", "a\\..\\b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *clean = NULL;
        artrepo_code code = ar_tree_name_clean(cases[i].name, &clean, NULL);
        if (cases[i].clean == NULL) {
            assert_int_equal(code, ARTREPO_REFUSED_UNSAFE);
        } else {
            assert_int_equal(code, ARTREPO_OK);
            assert_string_equal(clean, cases[i].clean);
        }
        free(clean);
    }
}

static void test_judged_links(void **state) {
    (void)state;
    static const struct {
        const char *name, *target;
        ar_tree_link_target expected;
    } cases[] = {
        {"a", "b", AR_TREE_LINK_INSIDE},
        {"a", "./b//c/", AR_TREE_LINK_INSIDE},
        {"d/a", "../b", AR_TREE_LINK_INSIDE},
        {"d/a", ".", AR_TREE_LINK_INSIDE},
        {"a", ".", AR_TREE_LINK_OUTSIDE},
        {"a", "", AR_TREE_LINK_OUTSIDE},
        {"a", "..", AR_TREE_LINK_OUTSIDE},
        {"a", "/b", AR_TREE_LINK_OUTSIDE},
        {"d/a", "..", AR_TREE_LINK_OUTSIDE},
        {"d/a", "../..", AR_TREE_LINK_OUTSIDE},
        {"d/a", "../../place/b", AR_TREE_LINK_OUTSIDE},
        {"a", "b/..", AR_TREE_LINK_OUTSIDE},
        {"a", "b/../c", AR_TREE_LINK_DOUBTFUL},
        {"d/a", "b/../../c", AR_TREE_LINK_DOUBTFUL},
        {"d/a", "b/../../../c", AR_TREE_LINK_OUTSIDE},
        {"a", "..b", AR_TREE_LINK_INSIDE},
        {"a", ".../b", AR_TREE_LINK_INSIDE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ar_tree_name_judge_link(cases[i].name, cases[i].target),
                         cases[i].expected);
    }
}

static size_t open_descriptors(void) {
    size_t count = 0;
    DIR *stream = opendir("/proc/self/fd");
    assert_non_null(stream);
    while (readdir(stream) != NULL) {
        count++;
    }
    closedir(stream);
    return count;
}

static void write_file(ar_tree *tree, const char *name, const char *text) {
    int descriptor = -1;
    artrepo_error error = ARTREPO_ERROR_INIT;
    const ar_tree_attributes attributes = {.mode = 0640};
    if (ar_tree_create_file(tree, name, &descriptor, &error) != ARTREPO_OK) {
        fail_msg("%s", error.message);
    }
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    assert_int_equal(ar_tree_finish_file(descriptor, name, &attributes, &error), ARTREPO_OK);
}

static void test_descriptors_are_few_and_all_closed(void **state) {
    sandbox *box = *state;
    size_t before = open_descriptors();
    ar_tree *tree = NULL;
    assert_int_equal(ar_tree_open(box->place, &tree, NULL), ARTREPO_OK);
    char name[64];
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "%d/%d/f", i, i);
        write_file(tree, name, name);
        assert_int_equal(ar_tree_make_hard_link(tree, "link", name, NULL), ARTREPO_OK);
        assert_int_not_equal(ar_tree_make_hard_link(tree, "link", "none/f", NULL), ARTREPO_OK);
    }
    assert_true(open_descriptors() <= before + 20);
    ar_tree_close(tree);
    assert_int_equal(open_descriptors(), before);
    assert_text(box, "199/199/f", "199/199/f");
    assert_int_equal(status_of(box, "0/0/f").st_mode & 07777, 0640);
}

static void test_directories_are_the_same_by_any_name(void **state) {
    need_openat2();
    sandbox *box = *state;
    ar_tree *tree = NULL;
    ar_tree_directory *direct = NULL, *by_link = NULL, *other = NULL;
    assert_int_equal(ar_tree_open(box->place, &tree, NULL), ARTREPO_OK);
    assert_int_equal(ar_tree_make_directory(tree, "d", NULL), ARTREPO_OK);
    assert_int_equal(ar_tree_make_symbolic_link(tree, "l", "d", NULL), ARTREPO_OK);
    assert_int_equal(ar_tree_open_parent(tree, "d/x", &direct, NULL), ARTREPO_OK);
    assert_int_equal(ar_tree_open_parent(tree, "l/x", &by_link, NULL), ARTREPO_OK);
    assert_int_equal(ar_tree_open_parent(tree, "e/x", &other, NULL), ARTREPO_OK);
    assert_false(ar_tree_went_through_link(direct));
    assert_true(ar_tree_went_through_link(by_link));
    assert_true(ar_tree_identity(direct) == ar_tree_identity(by_link));
    assert_true(ar_tree_identity(direct) != ar_tree_identity(other));
    ar_tree_release(direct);
    ar_tree_release(by_link);
    ar_tree_release(other);
    ar_tree_close(tree);
}

/* As on a kernel without openat2: what needs it is refused, all else works. */
static void test_without_openat2(void **state) {
    sandbox *box = *state;
    ar_tree *tree = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    int descriptor = -1;
    assert_int_equal(ar_tree_open(box->place, &tree, NULL), ARTREPO_OK);
    tree->has_openat2 = false;
    write_file(tree, "d/e/f", "text");
    assert_int_equal(ar_tree_make_symbolic_link(tree, "d/l", "e/f", NULL), ARTREPO_OK);
    assert_int_equal(ar_tree_make_symbolic_link(tree, "l", "d", NULL), ARTREPO_OK);
    assert_int_equal(ar_tree_make_symbolic_link(tree, "x", "d/../y", &error),
                     ARTREPO_REFUSED_UNSAFE);
    assert_int_equal(ar_tree_create_file(tree, "l/g", &descriptor, &error), ARTREPO_REFUSED_UNSAFE);
    assert_non_null(strstr(error.message, "this kernel has no openat2"));
    assert_int_equal(ar_tree_check_links(tree, NULL), ARTREPO_OK);
    ar_tree_close(tree);
    assert_text(box, "d/e/f", "text");
    assert_link(box, "l", "d");
    assert_false(is_there(box, "d/g"));
}

typedef struct writer_thread {
    pthread_t thread;
    ar_tree *tree;
    int number;
} writer_thread;

static void *write_files(void *argument) {
    writer_thread *self = argument;
    char name[64];
    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof name, "%d/%d/%d", i % 23, i % 5, i * 4 + self->number);
        write_file(self->tree, name, name);
    }
    return NULL;
}

static void test_several_threads(void **state) {
    sandbox *box = *state;
    ar_tree *tree = NULL;
    writer_thread threads[4];
    char name[64];
    assert_int_equal(ar_tree_open(box->place, &tree, NULL), ARTREPO_OK);
    for (int i = 0; i < 4; i++) {
        threads[i] = (writer_thread){.tree = tree, .number = i};
        assert_int_equal(pthread_create(&threads[i].thread, NULL, write_files, &threads[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i].thread, NULL);
    }
    ar_tree_close(tree);
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "%d/%d/%d", i / 4 % 23, i / 4 % 5, i);
        assert_text(box, name, name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_names),
        cmocka_unit_test(test_judged_links),
        cmocka_unit_test_setup_teardown(test_descriptors_are_few_and_all_closed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_directories_are_the_same_by_any_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_without_openat2, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_several_threads, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
