/* Archives that want out. After each, the world outside is as it was. */
#include "unit/archive/extract_fixture.h"

#include <pthread.h>
#include <stdatomic.h>

static void assert_unsafe(sandbox *box, const char *message) {
    assert_refused(box, ARTREPO_REFUSED_UNSAFE, message);
    assert_world_untouched(box);
    start_over(box);
}

static void test_names_that_leave(void **state) {
    sandbox *box = *state;
    static const char *const names[] = {"../evil",    "..",           "a/../../evil", "./../evil",
                                        "../../evil", "a/b/../../..", ".././/evil"};
    char message[64];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(message, sizeof message, "illegal file path: %s", names[i]);
        add_file(box, names[i], "evil");
        assert_unsafe(box, message);
        add_directory(box, names[i]);
        assert_unsafe(box, message);
        add_symlink(box, names[i], "x");
        assert_unsafe(box, message);
        add_file(box, "f", "f");
        add_hard_link(box, names[i], "f");
        assert_unsafe(box, message);
        add_pax(box, "path", names[i], strlen(names[i]));
        add_file(box, "harmless", "evil");
        assert_unsafe(box, message);
        add(box, "././@LongLink", 'L', 0644, names[i], strlen(names[i]) + 1, NULL);
        add_file(box, "harmless", "evil");
        assert_unsafe(box, message);
    }
}

static void test_the_directory_itself_is_no_file(void **state) {
    sandbox *box = *state;
    add_file(box, ".", "x");
    assert_unsafe(box, "illegal file path: .");
    add_symlink(box, "a/..", "b");
    assert_unsafe(box, "illegal file path: .");
    add_file(box, "f", "x");
    add_hard_link(box, "./", "f");
    assert_unsafe(box, "illegal file path: .");
}

static void test_symlinks_that_leave(void **state) {
    sandbox *box = *state;
    add_symlink(box, "bar", "/etc/passwd");
    assert_unsafe(box, "illegal symlink target: bar -> /etc/passwd");
    add_symlink(box, "d/bar", "../../../etc/passwd");
    assert_unsafe(box, "illegal symlink target: d/bar -> ../../../etc/passwd");
    add_symlink(box, "up", "..");
    assert_unsafe(box, "illegal symlink target");
    add_symlink(box, "self", ".");
    assert_unsafe(box, "illegal symlink target");
    add_symlink(box, "d/root", "..");
    assert_unsafe(box, "illegal symlink target");
    add_symlink(box, "back", "../place/x");
    assert_unsafe(box, "illegal symlink target");
    add_symlink(box, "down-up", "a/../../victim");
    assert_unsafe(box, "illegal symlink target");
    add_pax(box, "linkpath", "../victim", 9);
    add_symlink(box, "pax", "inside");
    assert_unsafe(box, "illegal symlink target: pax -> ../victim");
}

/* Each link looks right by its letters, but where it really lies, or what its target's way really
 * is, leads out. */
static void test_symlinks_that_leave_through_others(void **state) {
    need_openat2();
    sandbox *box = *state;
    add_directory(box, "top");
    add_directory(box, "1/2/3");
    add_symlink(box, "1/2/3/l", "../../../top");
    add_symlink(box, "1/2/3/l/evil", "../../victim"); /* is top/evil */
    assert_unsafe(box, "illegal symlink target: 1/2/3/l/evil resolves outside destination");
    add_directory(box, "top");
    add_symlink(box, "d/l", "../top");
    add_symlink(box, "d/evil", "l/../../victim");
    assert_unsafe(box, "illegal symlink target: d/evil resolves outside destination");
    add_symlink(box, "d/evil", "l/../../victim"); /* before the link it leads through */
    add_directory(box, "top");
    add_symlink(box, "d/l", "../top");
    assert_unsafe(box, "illegal symlink target: d/evil resolves outside destination");
}

/* They are remembered until the end, and there is an end to that. */
static void test_too_many_links_to_judge_at_the_end(void **state) {
    need_openat2();
    sandbox *box = *state;
    for (int i = 0; i < 11500; i++) {
        char name[96];
        snprintf(name, sizeof name, "link-%089d", i);
        add_symlink(box, name, "a/../b");
    }
    assert_unsafe(box, "too many symbolic links that lead through other links, such as link-0000");
}

static void test_odd_links_that_stay(void **state) {
    need_openat2();
    sandbox *box = *state;
    add_directory(box, "1/2/3");
    add_file(box, "1/file", "f");
    add_symlink(box, "1/2/3/l", "../../2/../file");
    add_symlink(box, "through", "1/2");
    add_symlink(box, "through/x", "3/l");
    add_symlink(box, "loop", "a/../loop");
    add_symlink(box, "nowhere", "a/../b");
    assert_extracts(box);
    assert_link(box, "1/2/x", "3/l");
    assert_link(box, "loop", "a/../loop");
}

static void test_writing_through_symlinks(void **state) {
    need_openat2();
    sandbox *box = *state;
    /* The first link would have to leave for that, which it may not; two together could. */
    add_directory(box, "top");
    add_directory(box, "1/2/3");
    add_symlink(box, "1/2/3/l", "../../../top");
    add_symlink(box, "1/2/3/l/out", "../../"); /* is top/out, and leaves from there */
    add_file(box, "top/out/evil", "evil");
    assert_unsafe(box, "illegal file path after symlink resolution: top/out resolves outside");
    add_directory(box, "d");
    add_symlink(box, "in", "d");
    add_file(box, "in/ok", "ok");
    add_directory(box, "in/sub");
    add_hard_link(box, "in/hard", "d/ok");
    assert_extracts(box);
    assert_text(box, "d/ok", "ok");
    assert_text(box, "d/hard", "ok");
    assert_world_untouched(box);
    start_over(box);
    add_symlink(box, "dangling", "nothing/there");
    add_file(box, "dangling/f", "x");
    assert_refused(box, ARTREPO_INVALID, "cannot follow the symbolic link dangling");
    start_over(box);
    add_symlink(box, "loop", "loop");
    add_file(box, "loop/f", "x");
    assert_refused(box, ARTREPO_INVALID, "cannot follow the symbolic link loop");
}

/* A file must never be written to what a link of its name points at. */
static void test_files_do_not_follow_links_of_their_name(void **state) {
    need_openat2();
    sandbox *box = *state;
    char outside[96];
    snprintf(outside, sizeof outside, "%s/victim", box->world);
    assert_int_equal(symlinkat(outside, box->place, "l"), 0); /* from elsewhere: ours could not */
    add_file(box, "l", "evil");
    assert_extracts(box);
    assert_text(box, "l", "evil");
    assert_world_untouched(box);
    start_over(box);
    assert_int_equal(symlinkat(box->world, box->place, "d"), 0);
    add_file(box, "d/evil", "evil");
    assert_unsafe(box, "illegal file path after symlink resolution: d resolves outside");
}

static void test_hard_links_that_leave(void **state) {
    need_openat2();
    sandbox *box = *state;
    add_hard_link(box, "b", "../victim");
    assert_unsafe(box, "illegal hard link target: b -> ../victim");
    add_hard_link(box, "b", "..");
    assert_unsafe(box, "illegal hard link target: b -> ..");
    add_directory(box, "d");
    add_hard_link(box, "b", "d");
    assert_unsafe(box, "illegal hard link target: b -> d is no regular file");
    add_symlink(box, "l", "f");
    add_hard_link(box, "b", "l");
    assert_unsafe(box, "illegal hard link target: b -> l is no regular file");
    add_file(box, "d/f", "f");
    add_symlink(box, "l", "d");
    add_hard_link(box, "b", "l/f");
    assert_unsafe(box, "illegal hard link target");
    assert_int_equal(symlinkat(box->world, box->place, "out"), 0);
    add_hard_link(box, "b", "out/victim");
    assert_unsafe(box, "out resolves outside destination");
    add_hard_link(box, "b", "missing");
    assert_refused(box, ARTREPO_INVALID, "its target is not in the archive before it");
    start_over(box);
    add_hard_link(box, "b", "/etc/passwd"); /* put below, where there is none */
    assert_refused(box, ARTREPO_INVALID, "its target is not in the archive before it");
}

static void test_endless_names(void **state) {
    sandbox *box = *state;
    size_t size = 100 << 10;
    char *name = malloc(size + 1);
    memset(name, 'n', size);
    name[size] = '\0';
    add_pax(box, "path", name, size);
    add_file(box, "x", "x");
    assert_unsafe(box, "illegal file path: a name of 102400 bytes");
    add(box, "././@LongLink", 'L', 0644, name, size + 1, NULL);
    add_file(box, "x", "x");
    assert_unsafe(box, "illegal file path: a name of 102400 bytes");
    add_pax(box, "linkpath", name, size);
    add_symlink(box, "x", "x");
    assert_unsafe(box, "illegal symlink target");
    add_pax(box, "linkpath", name, size);
    add_hard_link(box, "x", "x");
    assert_unsafe(box, "illegal hard link target");
    add_pax(box, "path", name, 256);
    add_file(box, "x", "x");
    assert_unsafe(box, "illegal file path: a component of 256 bytes");
    for (size_t i = 1; i < size; i += 2) {
        name[i] = '/';
    }
    add_pax(box, "path", name, 4096 + 1);
    add_file(box, "x", "x");
    assert_unsafe(box, "illegal file path: a name of 4097 bytes");
    add_pax(box, "path", name, 4095); /* 2,048 levels are deep, but right */
    add_file(box, "x", "x");
    assert_extracts(box);
    assert_world_untouched(box);
    free(name);
}

static void test_names_do_not_forge_log_lines(void **state) {
    sandbox *box = *state;
    add_file(box, "../a\nlevel=info msg=\"all fine\"\x1b[2J", "x");
    assert_int_equal(extract(box), ARTREPO_REFUSED_UNSAFE);
    assert_null(strchr(box->error.message, '\n'));
    assert_null(strchr(box->error.message, '\x1b'));
}

/* Another process swaps a directory for a link that leaves, while we write below it. */
typedef struct swapper {
    const sandbox *box;
    atomic_bool stop;
} swapper;

static void *swap_all_the_time(void *argument) {
    swapper *swap = argument;
    int place = swap->box->place;
    while (!atomic_load(&swap->stop)) {
        renameat(place, "d", place, "aside");
        if (symlinkat(swap->box->world, place, "d") == 0) {
            unlinkat(place, "d", 0);
        }
        renameat(place, "aside", place, "d");
    }
    return NULL;
}

static void test_swapped_while_extracting(void **state) {
    sandbox *box = *state;
    char name[32];
    box->threads = 2;
    for (int round = 0; round < 20; round++) {
        start_over(box);
        for (int i = 0; i < 400; i++) {
            snprintf(name, sizeof name, "d/%s", i % 2 == 0 ? "evil" : "victim");
            add_file(box, name, "evil");
            snprintf(name, sizeof name, "other%d/x/y/z/w/%d", i % 30, i); /* out of the cache */
            add_file(box, name, "x");
        }
        swapper swap = {.box = box};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, swap_all_the_time, &swap), 0);
        artrepo_code code = extract(box);
        atomic_store(&swap.stop, true);
        pthread_join(thread, NULL);
        assert_true(code == ARTREPO_OK || box->error.message[0] != '\0');
        assert_world_untouched(box);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names_that_leave, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_directory_itself_is_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_symlinks_that_leave, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_symlinks_that_leave_through_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many_links_to_judge_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_odd_links_that_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_writing_through_symlinks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files_do_not_follow_links_of_their_name, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_hard_links_that_leave, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_endless_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_do_not_forge_log_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_swapped_while_extracting, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
