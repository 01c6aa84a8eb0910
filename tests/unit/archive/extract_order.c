/* Entries take effect in their order, although threads make the files. */
#include "unit/archive/extract_fixture.h"

static void test_the_later_of_two_files_wins(void **state) {
    sandbox *box = *state;
    for (unsigned threads = 1; threads <= 4; threads++) {
        start_over(box);
        box->threads = threads;
        add_file(box, "a", "song long long");
        add_file(box, "a", "s");
        assert_extracts(box);
        assert_text(box, "a", "s");
    }
}

/* Names that come back while their earlier files are under way, also by other spellings. */
static void test_many_duplicates(void **state) {
    need_openat2();
    sandbox *box = *state;
    static const char *const spellings[] = {"d/", "./d//", "link/", "d/../d/"};
    char name[64];
    char text[64];
    box->threads = 4;
    add_directory(box, "d");
    add_symlink(box, "link", "d");
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 17; i++) {
            snprintf(name, sizeof name, "%s%d", spellings[(round + i) % 4], i);
            snprintf(text, sizeof text, "%d%*s", round, 60 - round, "");
            add_file(box, name, text);
        }
    }
    assert_extracts(box);
    for (int i = 0; i < 17; i++) {
        snprintf(name, sizeof name, "d/%d", i);
        snprintf(text, sizeof text, "59%*s", 1, "");
        assert_text(box, name, text);
    }
}

static void test_small_and_large_files_of_one_name(void **state) {
    sandbox *box = *state;
    char *large = malloc(400000);
    memset(large, 'L', 400000);
    for (int i = 0; i < 20; i++) {
        start_over(box);
        add_file(box, "small-last", "early");
        add(box, "small-last", '0', 0644, large, 400000, NULL);
        add_file(box, "small-last", "late");
        add(box, "large-last", '0', 0644, large, 400000, NULL);
        add_file(box, "large-last", "early");
        add(box, "large-last", '0', 0644, large, 400000, NULL);
        assert_extracts(box);
        assert_text(box, "small-last", "late");
        assert_data(box, "large-last", large, 400000);
    }
    free(large);
}

static void test_links_and_files_replace_each_other(void **state) {
    sandbox *box = *state;
    for (int i = 0; i < 20; i++) {
        start_over(box);
        add_file(box, "target", "target");
        add_file(box, "a", "file");
        add_symlink(box, "a", "target"); /* while the file is under way */
        add_symlink(box, "b", "target");
        add_file(box, "b", "file"); /* must not be written to the target */
        add_file(box, "c", "file");
        add_hard_link(box, "c", "target");
        add_hard_link(box, "d", "target");
        add_file(box, "d", "file"); /* must not change the target */
        add_symlink(box, "e", "nowhere");
        add_symlink(box, "e", "target");
        add_hard_link(box, "target", "target");
        assert_extracts(box);
        assert_link(box, "a", "target");
        assert_text(box, "b", "file");
        assert_text(box, "c", "target");
        assert_text(box, "d", "file");
        assert_link(box, "e", "target");
        assert_text(box, "target", "target");
    }
}

static void test_hard_link_sees_the_file_before_it(void **state) {
    sandbox *box = *state;
    for (int i = 0; i < 20; i++) {
        start_over(box);
        add_file(box, "a", "first");
        add_hard_link(box, "b", "a");
        add_file(box, "a", "second");
        add_hard_link(box, "c", "a");
        assert_extracts(box);
        assert_text(box, "a", "second");
        assert_text(box, "b", "first");
        assert_text(box, "c", "second");
    }
}

static void test_link_replaced_by_file_is_no_way_any_more(void **state) {
    need_openat2();
    sandbox *box = *state;
    for (int i = 0; i < 20; i++) {
        start_over(box);
        add_directory(box, "d");
        add_symlink(box, "l", "d");
        add_file(box, "l/before", "b");
        add_file(box, "l", "now a file");
        add_file(box, "l/after", "a");
        assert_refused(box, ARTREPO_INVALID, "cannot make directory l");
        assert_text(box, "d/before", "b");
        assert_false(is_there(box, "d/after"));
    }
}

static void test_link_replaced_by_link_leads_elsewhere(void **state) {
    need_openat2();
    sandbox *box = *state;
    add_directory(box, "d");
    add_directory(box, "e");
    add_symlink(box, "l", "d");
    add_file(box, "l/1", "1");
    add_symlink(box, "l", "e");
    add_file(box, "l/2", "2");
    assert_extracts(box);
    assert_text(box, "d/1", "1");
    assert_text(box, "e/2", "2");
    assert_false(is_there(box, "d/2"));
}

static void test_files_and_directories_do_not_replace_each_other(void **state) {
    sandbox *box = *state;
    add_directory(box, "a");
    add_file(box, "a", "x");
    assert_refused(box, ARTREPO_INVALID, "cannot make file a: there is a directory");
    start_over(box);
    add_file(box, "a", "x");
    add_file(box, "a/b", "x");
    assert_int_equal(extract(box), ARTREPO_INVALID);
    start_over(box);
    add_file(box, "a", "x");
    add_directory(box, "a");
    assert_int_equal(extract(box), ARTREPO_INVALID);
    start_over(box);
    add_directory(box, "a");
    add_symlink(box, "a", "b");
    assert_refused(box, ARTREPO_INVALID, "there is a directory of that name");
    start_over(box);
    add_file(box, "f", "x");
    add_directory(box, "a");
    add_hard_link(box, "a", "f");
    assert_refused(box, ARTREPO_INVALID, "there is a directory of that name");
}

static void test_directory_twice_is_fine(void **state) {
    need_openat2();
    sandbox *box = *state;
    add_directory(box, "a");
    add_file(box, "a/b", "x");
    add_directory(box, "a/");
    add_directory(box, "real");
    add_symlink(box, "l", "real");
    add_directory(box, "l"); /* the link stays, as with the executor */
    add_file(box, "l/x", "x");
    assert_extracts(box);
    assert_text(box, "a/b", "x");
    assert_link(box, "l", "real");
    assert_text(box, "real/x", "x");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_later_of_two_files_wins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_duplicates, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_small_and_large_files_of_one_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links_and_files_replace_each_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hard_link_sees_the_file_before_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link_replaced_by_file_is_no_way_any_more, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_link_replaced_by_link_leads_elsewhere, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_files_and_directories_do_not_replace_each_other,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_directory_twice_is_fine, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
