#include "unit/archive/extract_fixture.h"
#include "unit/support.h"

#include <archive.h>
#include <archive_entry.h>

/* ---- making ---- */

static ssize_t write_memory(struct archive *archive, void *data, const void *block, size_t size) {
    (void)archive;
    assert_true(ar_buffer_append(data, block, size));
    return (ssize_t)size;
}

static struct archive *begin_zip(sandbox *box, const char *options) {
    struct archive *archive = archive_write_new();
    archive_write_set_format_zip(archive);
    archive_write_set_bytes_per_block(archive, 0);
    if (options != NULL) {
        assert_int_equal(archive_write_set_options(archive, options), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_open2(archive, &box->tar, NULL, write_memory, NULL, NULL),
                     ARCHIVE_OK);
    return archive;
}

static void add_zipped(struct archive *archive, const char *name, unsigned mode, const void *data,
                       size_t size) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_mode(entry, mode);
    archive_entry_set_mtime(entry, 1000000000, 0);
    if (S_ISLNK(mode)) {
        archive_entry_set_symlink(entry, data);
    } else if (S_ISREG(mode)) {
        archive_entry_set_size(entry, (la_int64_t)size);
    }
    assert_int_equal(archive_write_header(archive, entry), ARCHIVE_OK);
    if (S_ISREG(mode) && size > 0) {
        assert_int_equal(archive_write_data(archive, data, size), size);
    }
    archive_entry_free(entry);
}

static void end_zip(struct archive *archive) {
    assert_int_equal(archive_write_free(archive), ARCHIVE_OK);
}

/* ---- extracting ---- */

static artrepo_code read_at(void *data, int64_t offset, void *buffer, size_t capacity, size_t *got,
                            artrepo_error *error) {
    (void)error;
    const ar_buffer *zip = data;
    size_t left = zip->size - (size_t)offset;
    *got = left < capacity ? left : capacity;
    if (*got > 0) {
        memcpy(buffer, zip->data + offset, *got);
    }
    return ARTREPO_OK;
}

static artrepo_code unzip(sandbox *box) {
    const artrepo_random_access access = {&box->tar, (int64_t)box->tar.size, read_at};
    artrepo_operation *operation = new_operation(box);
    box->error = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_code code = ar_extract_zip(&access, box->place, &box->limits, operation, &box->error);
    artrepo_operation_free(operation);
    return code;
}

static artrepo_code unzip_stream(sandbox *box) {
    memory_reader reader = read_memory(box->tar.data, box->tar.size, 1000);
    artrepo_operation *operation = new_operation(box);
    _Atomic uint64_t archive_bytes = box->tar.size;
    box->error = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_code code = ar_extract_zip_stream(&reader.base, box->place, &box->limits,
                                              &archive_bytes, operation, &box->error);
    artrepo_operation_free(operation);
    return code;
}

static void assert_unzips(sandbox *box, artrepo_code (*way)(sandbox *)) {
    if (way(box) != ARTREPO_OK) {
        fail_msg("%s", box->error.message);
    }
}

static void assert_unzip_fails(sandbox *box, artrepo_code code, const char *message) {
    assert_int_equal(unzip(box), code);
    if (strstr(box->error.message, message) == NULL) {
        fail_msg("\"%s\" instead of \"%s\"", box->error.message, message);
    }
    assert_world_untouched(box);
    start_over(box);
}

/* ---- tests ---- */

static void test_kinds(void **state) {
    sandbox *box = *state;
    static const char *const options[] = {"compression=deflate", "compression=store"};
    char *large = calloc(1, 700000);
    memset(large + 1000, 'x', 500000);
    for (int i = 0; i < 2; i++) {
        start_over(box);
        struct archive *zip = begin_zip(box, options[i]);
        add_zipped(zip, "d/", S_IFDIR | 0700, NULL, 0);
        add_zipped(zip, "d/run.sh", S_IFREG | 04755, "#!/bin/sh\n", 10);
        add_zipped(zip, "d/secret", S_IFREG | 0600, "s", 1);
        add_zipped(zip, "d/empty", S_IFREG | 0644, "", 0);
        add_zipped(zip, "d/link", S_IFLNK | 0777, "../large", 0);
        add_zipped(zip, "large", S_IFREG | 0644, large, 700000);
        add_zipped(zip, "implied/sub/f", S_IFREG | 0644, "f", 1);
        end_zip(zip);
        assert_unzips(box, unzip);
        assert_int_equal(status_of(box, "d").st_mode, S_IFDIR | 0755);
        assert_int_equal(status_of(box, "implied/sub").st_mode, S_IFDIR | 0755);
        assert_int_equal(status_of(box, "d/run.sh").st_mode, S_IFREG | 0755);
        assert_int_equal(status_of(box, "d/secret").st_mode, S_IFREG | 0600);
        assert_text(box, "d/run.sh", "#!/bin/sh\n");
        assert_text(box, "d/empty", "");
        assert_link(box, "d/link", "../large");
        assert_data(box, "large", large, 700000);
        assert_text(box, "implied/sub/f", "f");
        assert_int_equal(status_of(box, "large").st_mtime, 1000000000);
    }
    free(large);
}

static void test_stream(void **state) {
    sandbox *box = *state;
    char *large = calloc(1, 700000);
    struct archive *zip = begin_zip(box, NULL);
    add_zipped(zip, "d/", S_IFDIR | 0755, NULL, 0);
    add_zipped(zip, "d/f", S_IFREG | 0644, "text", 4);
    add_zipped(zip, "large", S_IFREG | 0644, large, 700000);
    end_zip(zip);
    assert_unzips(box, unzip_stream);
    assert_text(box, "d/f", "text");
    assert_data(box, "large", large, 700000);
    assert_int_equal(status_of(box, "d").st_mode, S_IFDIR | 0755);
    free(large);
}

static void test_names(void **state) {
    sandbox *box = *state;
    static const char *const names[] = {"gr\xc3\xbc\xc3\x9f\x65-\xe6\x97\xa5",
                                        "latin1-\xfc",
                                        "back\\slash",
                                        "both/back\\slash",
                                        "u\xcc\x88-decomposed",
                                        "sp ace",
                                        "/abs/olute"};
    struct archive *zip = begin_zip(box, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        add_zipped(zip, names[i], S_IFREG | 0644, names[i], strlen(names[i]));
    }
    end_zip(zip);
    assert_unzips(box, unzip);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_text(box, names[i] + (names[i][0] == '/' ? 1 : 0), names[i]);
    }
}

static void test_empty(void **state) {
    sandbox *box = *state;
    end_zip(begin_zip(box, NULL));
    assert_unzips(box, unzip);
    assert_unzips(box, unzip_stream);
}

/* The entry says that it was made on MS-DOS, where files have no permissions. */
static void test_without_permissions(void **state) {
    sandbox *box = *state;
    struct archive *zip = begin_zip(box, NULL);
    add_zipped(zip, "f", S_IFREG | 0600, "text", 4);
    add_zipped(zip, "g", S_IFREG | 0600, "text", 4);
    end_zip(zip);
    char *directory = memmem(box->tar.data, box->tar.size, "PK\1\2", 4);
    assert_non_null(directory);
    directory[5] = 0;
    memset(directory + 38, 0, 4);
    assert_unzips(box, unzip);
    assert_int_equal(status_of(box, "f").st_mode, S_IFREG | 0644);
    assert_int_equal(status_of(box, "g").st_mode, S_IFREG | 0600);
}

/* Of an archive made on MS-DOS libarchive takes a backslash for a slash, and one at the end for the
 * sign of a directory, of which it gives no data. */
static void test_a_backslash_at_the_end(void **state) {
    sandbox *box = *state;
    for (int with_text = 0; with_text < 2; with_text++) {
        struct archive *zip = begin_zip(box, NULL);
        add_zipped(zip, "file\\", S_IFREG | 0600, "text", with_text ? 4 : 0);
        add_zipped(zip, "dir\\", S_IFREG | 0600, "", 0);
        end_zip(zip);
        char *end = box->tar.data + box->tar.size;
        char *header = box->tar.data;
        for (int i = 0; i < 2; i++) {
            header = memmem(header + 4, (size_t)(end - header - 4), "PK\1\2", 4);
            assert_non_null(header);
            header[5] = 0;
            memcpy(header + 38, i == 0 ? "\0\0\0\0" : "\x10\0\0\0", 4);
        }
        if (with_text) {
            assert_unzip_fails(box, ARTREPO_UNSUPPORTED, "a file 'file\\', whose name ends with");
        } else {
            assert_unzips(box, unzip);
            assert_text(box, "file\\", "");
            assert_int_equal(status_of(box, "file\\").st_mode, S_IFREG | 0644);
            assert_int_equal(status_of(box, "dir\\").st_mode, S_IFDIR | 0755);
            start_over(box);
        }
    }
}

/* By Python, whose limits are lowered: numbers that do not fit stand in zip64 fields, which have a
 * size, an offset, or both; and the end of the directory has a zip64 form. */
static const char zip64_script[] =
    "import sys, zipfile\n"
    "zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 60, 1\n"
    "with zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED) as archive:\n"
    "    for name, data in ('s\\\\size', 'a' * 700), ('o\\\\offset', 'b'), ('b\\\\both', 'c' * "
    "900):\n"
    "        entry = zipfile.ZipInfo(name)\n"
    "        entry.create_system = 0\n"
    "        archive.writestr(entry, data)\n";

static void test_zip64(void **state) {
    sandbox *box = *state;
    char path[128], script[128], command[400], a[700], c[900];
    char *data;
    size_t size;
    const char *directory = scratch_directory();
    memset(a, 'a', sizeof a);
    memset(c, 'c', sizeof c);
    snprintf(path, sizeof path, "%s/zip", directory);
    snprintf(script, sizeof script, "%s/make.py", directory);
    write_file(script, zip64_script, sizeof zip64_script - 1, 0600);
    snprintf(command, sizeof command, "python3 %s %s", script, path);
    assert_int_equal(system(command), 0);
    assert_int_equal(ar_file_read_whole(path, 1 << 20, &data, &size, NULL), ARTREPO_OK);
    assert_true(ar_buffer_append(&box->tar, data, size));
    assert_non_null(memmem(data, size, "PK\6\6", 4));
    assert_unzips(box, unzip);
    /* The directory was read: libarchive alone would take the backslashes for slashes. */
    assert_data(box, "s\\size", a, sizeof a);
    assert_text(box, "o\\offset", "b");
    assert_data(box, "b\\both", c, sizeof c);
    assert_int_equal(status_of(box, "b\\both").st_mode, S_IFREG | 0644);
    free(data);
    remove_scratch(directory);
}

static void zip_one(sandbox *box, const char *name, unsigned mode, const char *data) {
    struct archive *zip = begin_zip(box, NULL);
    add_zipped(zip, name, mode, data, strlen(data));
    end_zip(zip);
}

static void test_hostile(void **state) {
    sandbox *box = *state;
    zip_one(box, "../evil", S_IFREG | 0644, "evil");
    assert_unzip_fails(box, ARTREPO_REFUSED_UNSAFE, "illegal file path: ../evil");
    zip_one(box, "l", S_IFLNK | 0777, "../victim");
    assert_unzip_fails(box, ARTREPO_REFUSED_UNSAFE, "illegal symlink target: l -> ../victim");
    zip_one(box, "l", S_IFLNK | 0777, "/etc/passwd");
    assert_unzip_fails(box, ARTREPO_REFUSED_UNSAFE, "illegal symlink target: l -> /etc/passwd");
}

/* Two entries of the same bytes: of a bomb, or of one that hides from those who look before. */
static void test_entries_that_overlap(void **state) {
    sandbox *box = *state;
    struct archive *zip = begin_zip(box, NULL);
    add_zipped(zip, "a", S_IFREG | 0644, "text", 4);
    add_zipped(zip, "b", S_IFREG | 0644, "text", 4);
    end_zip(zip);
    char *first = memmem(box->tar.data, box->tar.size, "PK\1\2", 4);
    assert_non_null(first);
    char *second =
        memmem(first + 4, box->tar.size - (size_t)(first + 4 - box->tar.data), "PK\1\2", 4);
    assert_non_null(second);
    memcpy(second + 42, first + 42, 4);
    assert_unzip_fails(box, ARTREPO_REFUSED_UNSAFE, "overlap: two of them are at byte 0");
}

static void test_not_a_zip(void **state) {
    sandbox *box = *state;
    assert_unzip_fails(box, ARTREPO_INVALID, "not a zip archive");
    ar_buffer_append_text(&box->tar, "Hello, world!");
    assert_unzip_fails(box, ARTREPO_INVALID, "not a zip archive");
    assert_int_equal(unzip_stream(box), ARTREPO_INVALID);
}

static void test_damaged_data(void **state) {
    sandbox *box = *state;
    struct archive *zip = begin_zip(box, "compression=store");
    add_zipped(zip, "f", S_IFREG | 0644, "some text that is kept as it is", 31);
    end_zip(zip);
    char *text = memmem(box->tar.data, box->tar.size, "some text", 9);
    assert_non_null(text);
    *text ^= 1;
    assert_unzip_fails(box, ARTREPO_IO, "damaged zip archive");
}

static void test_truncated_anywhere(void **state) {
    sandbox *box = *state;
    struct archive *zip = begin_zip(box, NULL);
    add_zipped(zip, "a", S_IFREG | 0644, "text of a", 9);
    add_zipped(zip, "b", S_IFREG | 0644, "text of b", 9);
    end_zip(zip);
    size_t whole = box->tar.size;
    ar_buffer copy = AR_BUFFER_INIT;
    assert_true(ar_buffer_append(&copy, box->tar.data, whole));
    for (size_t size = 0; size < whole; size++) {
        start_over(box);
        assert_true(ar_buffer_append(&box->tar, copy.data, size));
        artrepo_code code = unzip(box);
        assert_true(code == ARTREPO_INVALID || code == ARTREPO_IO);
    }
    ar_buffer_free(&copy);
}

static void test_encrypted(void **state) {
    sandbox *box = *state;
    zip_one(box, "f", S_IFREG | 0644, "text");
    /* The flag in the local header and in the directory. */
    box->tar.data[6] |= 1;
    char *directory = memmem(box->tar.data, box->tar.size, "PK\1\2", 4);
    assert_non_null(directory);
    directory[8] |= 1;
    assert_unzip_fails(box, ARTREPO_UNSUPPORTED, "f is encrypted, which is not supported");
}

static void test_limits(void **state) {
    sandbox *box = *state;
    char *data = calloc(1, 4 << 20);
    struct archive *zip = begin_zip(box, NULL);
    add_zipped(zip, "bomb", S_IFREG | 0644, data, 4 << 20);
    end_zip(zip);
    free(data);
    box->limits = (artrepo_archive_limits){.ratio = 100};
    assert_int_equal(unzip(box), ARTREPO_REFUSED_UNSAFE);
    assert_int_equal(unzip_stream(box), ARTREPO_REFUSED_UNSAFE);
    box->limits = (artrepo_archive_limits){.bytes = 1 << 20};
    assert_int_equal(unzip(box), ARTREPO_REFUSED_UNSAFE);
    assert_int_equal(unzip_stream(box), ARTREPO_REFUSED_UNSAFE);
    box->limits = (artrepo_archive_limits){.bytes = 4 << 20, .entries = 1};
    assert_unzips(box, unzip);
}

/* As programs write them that do not know before how much will come: the sizes stand behind the
 * data, so that only what was extracted can be counted. */
static void test_limits_where_sizes_come_late(void **state) {
    sandbox *box = *state;
    enum { SIZE = 3 << 20 };
    char *data = calloc(1, SIZE);
    struct archive *zip = begin_zip(box, NULL);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, "late");
    archive_entry_set_mode(entry, S_IFREG | 0644);
    assert_int_equal(archive_write_header(zip, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(zip, data, SIZE), SIZE);
    archive_entry_free(entry);
    end_zip(zip);
    box->limits = (artrepo_archive_limits){.bytes = 1 << 20};
    assert_int_equal(unzip_stream(box), ARTREPO_REFUSED_UNSAFE);
    assert_non_null(strstr(box->error.message, "more than 1048576 bytes, which is the limit"));
    assert_in_range(status_of(box, "late").st_size, 0, (1 << 20) + (256 << 10));
    assert_int_equal(unzip(box), ARTREPO_REFUSED_UNSAFE);
    box->limits = (artrepo_archive_limits){.bytes = SIZE};
    assert_unzips(box, unzip_stream);
    assert_data(box, "late", data, SIZE);
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kinds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_empty, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_permissions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_backslash_at_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_zip64, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_entries_that_overlap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_a_zip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_truncated_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_encrypted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits_where_sizes_come_late, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
