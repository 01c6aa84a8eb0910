/* What an honest tar becomes. */
#include "unit/archive/extract_fixture.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>

static void test_kinds(void **state) {
    sandbox *box = *state;
    add_directory(box, "d/");
    add(box, "d/run.sh", '0', 0755, "#!/bin/sh\n", 10, NULL);
    add(box, "d/secret", '0', 0600, "s", 1, NULL);
    add(box, "d/none", '0', 0000, "n", 1, NULL);
    add(box, "d/old", '\0', 0640, "old", 3, NULL);
    add(box, "d/empty", '0', 0644, "", 0, NULL);
    add_symlink(box, "d/link", "../d/secret");
    assert_extracts(box);
    assert_int_equal(status_of(box, "d").st_mode, S_IFDIR | 0755);
    assert_int_equal(status_of(box, "d/run.sh").st_mode, S_IFREG | 0755);
    assert_int_equal(status_of(box, "d/secret").st_mode, S_IFREG | 0600);
    assert_int_equal(status_of(box, "d/none").st_mode, S_IFREG | 0000);
    assert_int_equal(status_of(box, "d/old").st_mode, S_IFREG | 0640);
    assert_int_equal(status_of(box, "d/run.sh").st_mtime, 1000000000);
    assert_text(box, "d/run.sh", "#!/bin/sh\n");
    assert_text(box, "d/empty", "");
    assert_link(box, "d/link", "../d/secret");
}

static void test_modes_do_not_depend_on_the_umask(void **state) {
    sandbox *box = *state;
    add_directory(box, "made");
    add(box, "implied/sub/file", '0', 0666, "x", 1, NULL);
    mode_t before = umask(0777);
    artrepo_code code = extract(box);
    umask(before);
    assert_int_equal(code, ARTREPO_OK);
    assert_int_equal(status_of(box, "made").st_mode, S_IFDIR | 0755);
    assert_int_equal(status_of(box, "implied").st_mode, S_IFDIR | 0755);
    assert_int_equal(status_of(box, "implied/sub").st_mode, S_IFDIR | 0755);
    assert_int_equal(status_of(box, "implied/sub/file").st_mode, S_IFREG | 0666);
}

static void test_set_id_and_sticky_bits_are_dropped(void **state) {
    sandbox *box = *state;
    add(box, "file", '0', 07755, "x", 1, NULL);
    add(box, "directory", '5', 07777, "", 0, NULL);
    assert_extracts(box);
    assert_int_equal(status_of(box, "file").st_mode & 07777, 0755);
    assert_int_equal(status_of(box, "directory").st_mode & 07777, 0755);
}

static void test_names_are_cleaned(void **state) {
    sandbox *box = *state;
    add_directory(box, "./");
    add_file(box, "./a//b/./c", "c");
    add_file(box, "/abs/file", "f");
    add_file(box, "/../../root", "r");
    add_file(box, "gone/../kept", "k");
    assert_extracts(box);
    assert_text(box, "a/b/c", "c");
    assert_text(box, "abs/file", "f");
    assert_text(box, "root", "r");
    assert_text(box, "kept", "k");
    assert_false(is_there(box, "gone"));
}

/* Of any bytes but '/' and zero, in any of the ways that tar has for names, and with the same
 * result whatever the locale of the process. */
static void check_name(sandbox *box, const char *name) {
    start_over(box);
    char target[300];
    snprintf(target, sizeof target, "t-%s", name);
    if (strlen(name) <= 100) {
        add_file(box, name, "plain");
        assert_extracts(box);
        assert_text(box, name, "plain");
        start_over(box);
    }
    add_pax(box, "path", name, strlen(name));
    add_file(box, "short", "pax");
    add_pax(box, "linkpath", name, strlen(name));
    add_symlink(box, "symbolic", "short");
    add_pax(box, "linkpath", name, strlen(name));
    add_hard_link(box, "hard", "short");
    assert_extracts(box);
    assert_text(box, name, "pax");
    assert_link(box, "symbolic", name);
    assert_text(box, "hard", "pax");
    start_over(box);
    add(box, "././@LongLink", 'L', 0644, name, strlen(name) + 1, NULL);
    add_file(box, "short", "gnu");
    add(box, "././@LongLink", 'K', 0644, name, strlen(name) + 1, NULL);
    add_symlink(box, "symbolic", "short");
    assert_extracts(box);
    assert_text(box, name, "gnu");
    assert_link(box, "symbolic", name);
}

static void check_names(sandbox *box) {
    char longest[256] = "";
    memset(longest, 'n', 255);
    check_name(box, "plain name");
    check_name(box, "gr\xc3\xbc\xc3\x9f\x65-\xe6\x97\xa5\xe6\x9c\xac"); /* UTF-8 */
    check_name(box, "u\xcc\x88-decomposed");
    check_name(box, "latin1-\xfc\xff\xfe");           /* not UTF-8 */
    check_name(box, "\xed\xa0\xbd\xed\xb8\x80-cesu"); /* UTF-8 of surrogates */
    check_name(box, "new\nline\ttab\\ \x7f");
    check_name(box, longest);
    /* Over 100 bytes, not ASCII, several components. */
    check_name(box,
               "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4/"
               "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff/"
               "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz");
}

static void test_names_keep_their_bytes(void **state) {
    sandbox *box = *state;
    check_names(box);
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    check_names(box);
    setlocale(LC_ALL, "C");
}

static void test_the_thread_keeps_its_locale(void **state) {
    sandbox *box = *state;
    locale_t own = newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0);
    assert_true(own != (locale_t)0);
    uselocale(own);
    add_file(box, "a", "a");
    assert_extracts(box);
    assert_true(uselocale((locale_t)0) == own);
    uselocale(LC_GLOBAL_LOCALE);
    freelocale(own);
}

static void test_hard_links(void **state) {
    sandbox *box = *state;
    add_file(box, "d/a", "a");
    add_hard_link(box, "e/b", "d/a");
    add_hard_link(box, "c", "/d/a"); /* put below, as names are */
    assert_extracts(box);
    assert_text(box, "e/b", "a");
    assert_int_equal(status_of(box, "d/a").st_ino, status_of(box, "e/b").st_ino);
    assert_int_equal(status_of(box, "d/a").st_ino, status_of(box, "c").st_ino);
}

static void test_devices_and_fifos_are_passed_over(void **state) {
    sandbox *box = *state;
    add_file(box, "a", "a");
    add(box, "null", '3', 0666, "", 0, NULL);
    add(box, "disk", '4', 0666, "", 0, NULL);
    add(box, "fifo", '6', 0666, "", 0, NULL);
    add_file(box, "b", "b");
    assert_extracts(box);
    assert_text(box, "a", "a");
    assert_text(box, "b", "b");
    assert_false(is_there(box, "null") || is_there(box, "disk") || is_there(box, "fifo"));
    assert_non_null(strstr(box->log, "null;"));
    assert_non_null(strstr(box->log, "disk;"));
    assert_non_null(strstr(box->log, "fifo;"));
}

static void fill(unsigned char *data, size_t size) {
    uint32_t state = 12345;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525 + 1013904223;
        data[i] = (unsigned char)(state >> 24);
    }
}

/* Small and large files, with blocks of every awkward size and any number of threads. */
static void test_sizes_blocks_and_threads(void **state) {
    sandbox *box = *state;
    static const size_t sizes[] = {1,      511,    512,    513,    4096,   100000,
                                   262144, 262145, 524288, 600000, 3000001};
    static const size_t blocks[] = {1000, 512, 65536, 100000000};
    unsigned char *data = malloc(3000001);
    fill(data, 3000001);
    for (size_t b = 0; b < sizeof blocks / sizeof blocks[0]; b++) {
        for (unsigned threads = 1; threads <= 4; threads++) {
            start_over(box);
            box->threads = threads;
            box->block = blocks[b];
            char name[32];
            for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
                snprintf(name, sizeof name, "d%zu/f%zu", i % 3, i);
                add(box, name, '0', 0644, data, sizes[i], NULL);
            }
            assert_extracts(box);
            for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
                snprintf(name, sizeof name, "d%zu/f%zu", i % 3, i);
                assert_data(box, name, data, sizes[i]);
            }
        }
    }
    free(data);
}

static void test_many_files(void **state) {
    sandbox *box = *state;
    enum { FILES = 5000 };
    char name[64];
    char text[32];
    for (int i = 0; i < FILES; i++) { /* more directories at once than are kept open */
        snprintf(name, sizeof name, "a%d/b%d/c/f%d", i % 40, i % 7, i);
        snprintf(text, sizeof text, "content %d", i);
        add_file(box, name, text);
    }
    assert_extracts(box);
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "a%d/b%d/c/f%d", i % 40, i % 7, i);
        snprintf(text, sizeof text, "content %d", i);
        assert_text(box, name, text);
    }
}

static ssize_t write_memory(struct archive *archive, void *data, const void *block, size_t size) {
    (void)archive;
    assert_true(ar_buffer_append(data, block, size));
    return (ssize_t)size;
}

/* As GNU tar -S and libarchive write them: pax 1.0 sparse. */
static void add_sparse(struct archive *archive, const char *name, int64_t size, int64_t offset,
                       const char *text) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, size);
    archive_entry_sparse_add_entry(entry, offset, (la_int64_t)strlen(text));
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    char *zeroes = calloc(1, (size_t)offset + 1);
    assert_int_equal(archive_write_data(archive, zeroes, (size_t)offset), offset);
    assert_int_equal(archive_write_data(archive, text, strlen(text)), strlen(text));
    free(zeroes);
    archive_entry_free(entry);
}

static void test_sparse_files(void **state) {
    sandbox *box = *state;
    struct archive *archive = archive_write_new();
    archive_write_set_format_pax(archive);
    archive_write_set_bytes_per_block(archive, 0);
    assert_int_equal(archive_write_open2(archive, &box->tar, NULL, write_memory, NULL, NULL),
                     ARCHIVE_OK);
    add_sparse(archive, "small", 10000, 5000, "in the middle");
    add_sparse(archive, "large", INT64_C(1) << 40, 8 << 20, "far out");
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
    assert_int_equal(extract_bytes(box, box->tar.data, box->tar.size), ARTREPO_OK);

    char expected[10000] = {0};
    memcpy(expected + 5000, "in the middle", 13);
    assert_data(box, "small", expected, sizeof expected);
    struct stat status = status_of(box, "large");
    assert_int_equal(status.st_size, INT64_C(1) << 40);
    assert_true(status.st_blocks * 512 <= 1 << 20);
    char found[8] = "";
    int descriptor = openat(box->place, "large", O_RDONLY);
    assert_int_equal(pread(descriptor, found, 7, 8 << 20), 7);
    assert_string_equal(found, "far out");
    close(descriptor);
}

static void test_empty_archive(void **state) {
    sandbox *box = *state;
    assert_extracts(box);
}

static void test_what_follows_the_end_is_read_and_ignored(void **state) {
    sandbox *box = *state;
    add_file(box, "a", "a");
    add_end(box);
    box->block = 512;
    for (int i = 0; i < 100; i++) {
        add_file(box, "behind", "the end");
    }
    assert_extracts(box); /* checks that all was read */
    assert_text(box, "a", "a");
    assert_false(is_there(box, "behind"));
}

static void test_end_marker_may_be_missing(void **state) {
    sandbox *box = *state;
    add_file(box, "a", "a");
    assert_int_equal(extract_bytes(box, box->tar.data, box->tar.size), ARTREPO_OK);
    assert_text(box, "a", "a");
}

static void test_stage_profile(void **state) {
    sandbox *box = *state;
    add_file(box, "a", "12345");
    add_end(box);
    memory_reader reader = read_memory(box->tar.data, box->tar.size, 512);
    artrepo_operation *operation = new_operation(box);
    assert_int_equal(ar_extract_tar(&reader.base, box->place, NULL, NULL, operation, NULL),
                     ARTREPO_OK);
    artrepo_stage stages[4];
    size_t count = artrepo_operation_stages(operation, stages, 4);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_true(strcmp(stages[i].name, "extract") == 0 || strcmp(stages[i].name, "write") == 0);
        assert_int_equal(stages[i].bytes, 5);
    }
    artrepo_operation_free(operation);
}

static void test_cancelled(void **state) {
    sandbox *box = *state;
    add_file(box, "a", "a");
    add_end(box);
    memory_reader reader = read_memory(box->tar.data, box->tar.size, 512);
    artrepo_operation *operation = new_operation(box);
    artrepo_operation_cancel(operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(ar_extract_tar(&reader.base, box->place, NULL, NULL, operation, &error),
                     ARTREPO_CANCELLED);
    assert_int_equal(error.code, ARTREPO_CANCELLED);
    assert_false(is_there(box, "a"));
    artrepo_operation_free(operation);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kinds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_modes_do_not_depend_on_the_umask, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_set_id_and_sticky_bits_are_dropped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_are_cleaned, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names_keep_their_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_thread_keeps_its_locale, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hard_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_devices_and_fifos_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes_blocks_and_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sparse_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty_archive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_follows_the_end_is_read_and_ignored, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_end_marker_may_be_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stage_profile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancelled, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
