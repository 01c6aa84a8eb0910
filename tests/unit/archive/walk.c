/* What a walk does when the tree changes under it. */
#include "unit/support.h"

#include "archive/walk.h"

typedef struct swapping {
    const char *root;
    const char *command; /* run in ROOT when the walk is at "top/sub" */
    int files;           /* seen below it */
} swapping;

static artrepo_code visit(void *data, const ar_walk_entry *entry, artrepo_error *error) {
    swapping *swap = data;
    (void)error;
    if (strcmp(entry->name, "top/sub") == 0) {
        char command[300];
        snprintf(command, sizeof command, "cd '%s' && %s", swap->root, swap->command);
        assert_int_equal(system(command), 0);
    } else if (strncmp(entry->name, "top/sub/", 8) == 0) {
        swap->files++;
    }
    return ARTREPO_OK;
}

static artrepo_code walk_while(const char *command, int *files, artrepo_error *error) {
    swapping swap = {scratch_directory(), command, 0};
    char text[300];
    snprintf(text, sizeof text,
             "cd '%s' && mkdir -p tree/sub outside && touch tree/sub/file outside/secret",
             swap.root);
    assert_int_equal(system(text), 0);
    snprintf(text, sizeof text, "%s/tree", swap.root);
    artrepo_code code = ar_walk(text, "top", visit, &swap, error);
    remove_scratch(swap.root);
    *files = swap.files;
    return code;
}

static void test_a_directory_that_becomes_a_link(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    int files;
    assert_int_not_equal(
        walk_while("mv tree/sub away && ln -s ../outside tree/sub", &files, &error), ARTREPO_OK);
    assert_int_equal(files, 0);
    assert_non_null(strstr(error.message, "/tree/sub"));
}

static void test_a_directory_that_goes(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    int files;
    assert_int_equal(walk_while("rm -r tree/sub", &files, &error), ARTREPO_NOT_FOUND);
    assert_int_equal(walk_while(":", &files, &error), ARTREPO_OK);
    assert_int_equal(files, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_directory_that_becomes_a_link),
        cmocka_unit_test(test_a_directory_that_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
