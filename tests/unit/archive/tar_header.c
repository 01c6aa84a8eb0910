#include "unit/support.h"

#include <archive.h>
#include <archive_entry.h>

#include "archive/locale_scope.h"
#include "archive/tar_header.h"

/* What libarchive, which shares no code with it, reads from our header. */
static void check(const ar_tar_entry *entry, bool plain_ustar) {
    static const char end[AR_TAR_END_SIZE];
    ar_buffer tar = AR_BUFFER_INIT;
    assert_true(ar_tar_header_append(&tar, entry));
    assert_int_equal(tar.size % AR_TAR_BLOCK, 0);
    assert_int_equal(tar.size == AR_TAR_BLOCK, plain_ustar);
    assert_true(ar_tar_is_header((const unsigned char *)tar.data));
    assert_true(ar_buffer_append(&tar, end, sizeof end));

    ar_locale_scope locale;
    assert_true(ar_locale_enter(&locale));
    struct archive *reader = archive_read_new();
    struct archive_entry *read;
    archive_read_support_format_tar(reader);
    assert_int_equal(archive_read_open_memory(reader, tar.data, tar.size), ARCHIVE_OK);
    assert_int_equal(archive_read_next_header(reader, &read), ARCHIVE_OK);
    assert_string_equal(archive_entry_pathname(read), entry->name);
    if (entry->link != NULL) {
        assert_string_equal(archive_entry_symlink(read), entry->link);
    }
    assert_int_equal(archive_entry_perm(read), entry->mode);
    assert_int_equal(archive_entry_size(read), entry->size);
    assert_int_equal(archive_entry_mtime(read), entry->modified);
    assert_int_equal(archive_entry_uid(read), entry->uid);
    assert_int_equal(archive_entry_gid(read), entry->gid);
    archive_read_free(reader);
    ar_locale_leave(&locale);
    ar_buffer_free(&tar);
}

static void test_plain_entries(void **state) {
    (void)state;
    check(&(ar_tar_entry){"a", NULL, '0', 0644, 0, 0, 0, 0}, true);
    check(&(ar_tar_entry){"a/b", NULL, '5', 0755, 1000, 100, 0, 1700000000}, true);
    check(&(ar_tar_entry){"a/l", "../x", '2', 0777, 2097151, 2097151, 0, 8589934591}, true);
    check(&(ar_tar_entry){"big", NULL, '0', 0600, 0, 0, INT64_C(8589934591), 1}, true);
}

static void test_what_ustar_has_no_room_for(void **state) {
    (void)state;
    check(&(ar_tar_entry){"a", NULL, '0', 0644, 2097152, 0, 0, 0}, false);
    check(&(ar_tar_entry){"a", NULL, '0', 0644, 0, 4000000000, 0, 0}, false);
    check(&(ar_tar_entry){"a", NULL, '0', 0644, 0, 0, INT64_C(8589934592), 0}, false);
    check(&(ar_tar_entry){"a", NULL, '0', 0644, 0, 0, 0, -1}, false);
    check(&(ar_tar_entry){"\xc3\xa4", NULL, '0', 0644, 0, 0, 0, 0}, false);
    check(&(ar_tar_entry){"l", "\xc3\xa4", '2', 0777, 0, 0, 0, 0}, false);
}

static void test_names_of_every_length(void **state) {
    (void)state;
    for (size_t length = 1; length < 599; length++) {
        char *name = malloc(length + 1); /* nothing behind it may be looked at */
        assert_non_null(name);
        memset(name, 'n', length);
        name[length] = '\0';
        check(&(ar_tar_entry){name, NULL, '0', 0644, 0, 0, 0, 0}, length <= 100);
        /* With a slash that lets it be parted into 155 and 100. */
        if (length > 110 && length <= 250) {
            name[length - 100] = '/';
            check(&(ar_tar_entry){name, NULL, '0', 0644, 0, 0, 0, 0}, true);
        }
        if (length <= 150) {
            check(&(ar_tar_entry){"l", name, '2', 0777, 0, 0, 0, 0}, length <= 100);
        }
        free(name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_entries),
        cmocka_unit_test(test_what_ustar_has_no_room_for),
        cmocka_unit_test(test_names_of_every_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
