/* Trees and files through every strategy and back, and what other programs make of our streams. */
#include "unit/archive/stream_support.h"

#include <libdeflate.h>

static char root[64], tree[128], out_dir[128], out[160], file[160];

static int set_up(void **state) {
    (void)state;
    strcpy(root, scratch_directory());
    snprintf(tree, sizeof tree, "%s/tree", root);
    snprintf(out_dir, sizeof out_dir, "%s/out", root);
    snprintf(out, sizeof out, "%s/back", out_dir);
    snprintf(file, sizeof file, "%s/file", root);
    char command[1024];
    snprintf(command, sizeof command,
             "set -e; umask 022; mkdir -p %s %s; cd %s; mkdir -p a/b/c empty '%s'; echo x > a/x; "
             "echo run > a/run; chmod 755 a/run; chmod 600 a/x; ln -s x a/link; ln -s b a/dirlink; "
             "ln -s nowhere dangling; : > zero; printf '%%0.s-' $(seq 300) > n; "
             "cp n $(cut -c1-120 n | sed 's/^-/m/'); mkdir -p "
             "d/$(cut -c1-90 n | sed 's/-/d/g')/$(cut -c1-90 n | sed 's/-/e/g'); echo deep > "
             "d/$(cut -c1-90 n | sed 's/-/d/g')/$(cut -c1-90 n | sed 's/-/e/g')/file; for i in "
             "$(seq 200); do echo $i > a/b/c/$i.txt; done; head -c 3000000 /dev/zero > zeros",
             tree, out_dir, tree, "\xc3\xbcml\xc3\xa4ut");
    if (system(command) != 0) {
        return -1;
    }
    unsigned char *data = malloc(5 << 20);
    fill_text(data, 5 << 20, 1);
    fill_random(data + (2 << 20), 2 << 20, 2);
    snprintf(command, sizeof command, "%s/big", tree);
    write_file(command, data, 5 << 20, 0644);
    write_file(file, data, 5 << 20, 0640);
    free(data);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_scratch(root);
    return 0;
}

static void clear_out(void) {
    assert_int_equal(ar_file_remove_tree(AT_FDCWD, out, NULL), ARTREPO_OK);
}

static void round_trip(const char *source, const char *strategy, const char *unpack_strategy,
                       size_t chunk, unsigned threads) {
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_operation_set_threads(operation, threads);
    ar_buffer archive = pack_path(source, strategy, operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code =
        unpack_bytes(archive.data, archive.size, chunk, unpack_strategy, out, operation, &error);
    if (code != ARTREPO_OK) {
        fail_msg("%s %s: %s", source, strategy, error.message);
    }
    assert_same_tree(source, out);
    assert_only(out_dir, "back");
    clear_out();
    ar_buffer_free(&archive);
    artrepo_operation_free(operation);
}

static void test_trees(void **state) {
    (void)state;
    static const char *const strategies[] = {"tar",  "tar:0",  "tar:1",     "tar:9",
                                             "zstd", "zstd:1", "zstd:long", "zstd:1:long"};
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        round_trip(tree, strategies[i], NULL, 100000, 1);
        round_trip(tree, strategies[i], "tar", 3001, 4);
    }
}

static void test_files(void **state) {
    (void)state;
    static const char *const strategies[] = {"tar", "tar:0", "tar:3", "zstd"};
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        round_trip(file, strategies[i], NULL, 65536, 2);
    }
    char zero[256];
    snprintf(zero, sizeof zero, "%s/zero", tree);
    round_trip(zero, "tar", NULL, 10, 2);
    round_trip(zero, "zstd", NULL, 10, 2);
}

static void test_a_link_to_a_directory_stands_for_it(void **state) {
    (void)state;
    char link_path[200];
    snprintf(link_path, sizeof link_path, "%s/to-tree", root);
    assert_int_equal(symlink("tree", link_path), 0);
    ar_buffer archive = pack_path(link_path, "tar", NULL);
    assert_ok(unpack_bytes(archive.data, archive.size, 65536, NULL, out, NULL, error));
    assert_same_tree(tree, out);
    ar_buffer_free(&archive);
    clear_out();
    unlink(link_path);
}

static void test_none_keeps_bytes(void **state) {
    (void)state;
    ar_buffer bytes = pack_path(file, "none", NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(unpack_bytes(bytes.data, bytes.size, 70000, "none", out, NULL, &error),
                     ARTREPO_OK);
    char command[400];
    snprintf(command, sizeof command, "cmp '%s' '%s'", file, out);
    run_command(command);
    ar_buffer_free(&bytes);
    clear_out();
}

/* Unpacks with PROGRAM, a command that reads an archive from its input. */
static void check_with(const char *source, const char *strategy, const char *program) {
    char archive_path[200];
    char command[600];
    snprintf(archive_path, sizeof archive_path, "%s/archive", root);
    ar_buffer archive = pack_path(source, strategy, NULL);
    write_file(archive_path, archive.data, archive.size, 0600);
    ar_buffer_free(&archive);
    assert_int_equal(mkdir(out, 0700), 0);
    snprintf(command, sizeof command, "cd '%s' && (%s) < '%s'", out, program, archive_path);
    run_command(command);
    char unpacked[300];
    snprintf(unpacked, sizeof unpacked, "%s/%s", out, strrchr(source, '/') + 1);
    assert_same_tree(source, unpacked);
    clear_out();
    unlink(archive_path);
}

static void test_other_programs_read_ours(void **state) {
    (void)state;
    check_with(tree, "tar", "tar xzpf -");
    check_with(tree, "tar:0", "tar xzpf -");
    check_with(tree, "tar:1", "tar xzpf -");
    check_with(tree, "zstd", "zstd -qdc | tar xpf -");
    check_with(tree, "zstd:long", "zstd -qdc | tar xpf -");
    check_with(tree, "tar", "LC_ALL=C.UTF-8 bsdtar xpf -"); /* it has to know the names */
    check_with(tree, "tar", "pigz -dc | tar xpf -");
    check_with(tree, "tar", "igzip -dc | tar xpf -");
    check_with(file, "tar", "tar xzpf -");
}

/* The other way round: PROGRAM writes an archive of `tree` to its output. */
static void read_from(const char *program) {
    char archive_path[200];
    char command[600];
    snprintf(archive_path, sizeof archive_path, "%s/archive", root);
    snprintf(command, sizeof command, "cd '%s' && (%s) > '%s'", root, program, archive_path);
    run_command(command);
    char *data;
    size_t size;
    assert_ok(ar_file_read_whole(archive_path, 64 << 20, &data, &size, error));
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (unpack_bytes(data, size, 50000, "tar", out, NULL, &error) != ARTREPO_OK) {
        fail_msg("%s: %s", command, error.message);
    }
    assert_same_tree(tree, out);
    free(data);
    clear_out();
    unlink(archive_path);
}

static void test_we_read_other_programs(void **state) {
    (void)state;
    read_from("tar czf - tree");
    read_from("tar cf - tree");
    read_from("tar cf - tree | pigz -1");
    read_from("tar cf - tree | igzip");
    read_from("tar cf - tree | split -b 100000 --filter='gzip -c'");
    read_from("tar cf - --format=gnu tree | zstd -qc");
    read_from("tar cf - --format=pax tree | split -b 1000000 --filter='zstd -qc'");
}

static void test_bgzf_members_are_taken_whole(void **state) {
    (void)state;
    ar_buffer tar = AR_BUFFER_INIT;
    {
        artrepo_archive_strategy strategy = {ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_NONE, -1,
                                             false};
        artrepo_source *source;
        assert_ok(artrepo_archive_pack(tree, NULL, &strategy, NULL, &source, error));
        char chunk[60000];
        size_t got;
        do {
            assert_ok(artrepo_source_read_full(source, chunk, sizeof chunk, &got, error));
            assert_true(ar_buffer_append(&tar, chunk, got));
        } while (got > 0);
        artrepo_source_close(source);
    }
    ar_buffer stream = AR_BUFFER_INIT;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    for (size_t at = 0; at < tar.size; at += 60000) {
        size_t count = tar.size - at < 60000 ? tar.size - at : 60000;
        unsigned char member[65536] = {0x1f, 0x8b, 8, 4,   0,   0, 0, 0, 0,
                                       255,  6,    0, 'B', 'C', 2, 0, 0, 0};
        size_t size = 18 + libdeflate_deflate_compress(compressor, tar.data + at, count,
                                                       member + 18, sizeof member - 26);
        uint32_t checksum = libdeflate_crc32(0, tar.data + at, count);
        uint32_t length = (uint32_t)count;
        memcpy(member + size, &checksum, 4);
        memcpy(member + size + 4, &length, 4);
        size += 8;
        member[16] = (unsigned char)(size - 1);
        member[17] = (unsigned char)((size - 1) >> 8);
        assert_true(ar_buffer_append(&stream, member, size));
    }
    libdeflate_free_compressor(compressor);
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (unpack_bytes(stream.data, stream.size, 100000, NULL, out, NULL, &error) != ARTREPO_OK) {
        fail_msg("%s", error.message);
    }
    assert_same_tree(tree, out);
    ar_buffer_free(&tar);
    ar_buffer_free(&stream);
    clear_out();
}

/* Damaged bytes give an error, or, where the format has bits that mean nothing, the right content:
 * never anything else, and nothing stays behind. */
static void unpack_damaged(const char *source, const ar_buffer *archive, size_t size,
                           bool may_be_whole) {
    artrepo_code code =
        unpack_bytes(archive->data, size, 4096, "tar", out, NULL, &(artrepo_error){.code = 0});
    if (code == ARTREPO_OK) {
        assert_true(may_be_whole);
        assert_same_tree(source, out);
        clear_out();
    }
    assert_only(out_dir, NULL);
}

static void test_damage_is_found(void **state) {
    (void)state;
    char small[200];
    snprintf(small, sizeof small, "%s/a", tree);
    static const char *const strategies[] = {"tar", "tar:0", "zstd"};
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        ar_buffer archive = pack_path(small, strategies[i], NULL);
        size_t step = archive.size / 50;
        for (size_t at = 60; at < archive.size; at += step) {
            archive.data[at] ^= 0x10;
            unpack_damaged(small, &archive, archive.size, true);
            archive.data[at] ^= 0x10;
        }
        for (size_t size = 0; size < archive.size; size += step) {
            unpack_damaged(small, &archive, size, false);
        }
        ar_buffer_free(&archive);
    }
}

static void test_rewind_packs_anew(void **state) {
    (void)state;
    artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_source *source;
    char first[100000];
    char second[100000];
    size_t got;
    assert_ok(artrepo_archive_pack(tree, NULL, &strategy, NULL, &source, error));
    assert_ok(artrepo_source_read_full(source, first, sizeof first, &got, error));
    assert_int_equal(got, sizeof first);
    assert_ok(artrepo_source_rewind(source, error));
    assert_ok(artrepo_source_read_full(source, second, sizeof second, &got, error));
    assert_memory_equal(first, second, sizeof first);
    artrepo_source_close(source); /* in the middle */
}

/* Reads the start of an archive of a file of 40 MiB, far more than the pipeline holds, then changes
 * the file to SIZE bytes, and reads the rest. */
static artrepo_code pack_while_size_changes(off_t size, ar_buffer *archive, artrepo_error *error) {
    char path[200];
    snprintf(path, sizeof path, "%s/changing", root);
    write_file(path, "begin", 5, 0644);
    assert_int_equal(truncate(path, 40 << 20), 0);
    artrepo_archive_strategy strategy = {ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_NONE, -1, false};
    artrepo_source *source;
    assert_int_equal(artrepo_archive_pack(path, NULL, &strategy, NULL, &source, error), ARTREPO_OK);
    artrepo_code code = ARTREPO_OK;
    size_t got = 1;
    bool changed = false;
    while (code == ARTREPO_OK && got > 0) {
        char chunk[4096];
        code = artrepo_source_read(source, chunk, sizeof chunk, &got, error);
        assert_true(ar_buffer_append(archive, chunk, code == ARTREPO_OK ? got : 0));
        if (!changed) {
            changed = true;
            assert_int_equal(truncate(path, size), 0);
        }
    }
    artrepo_source_close(source);
    unlink(path);
    return code;
}

static void test_a_file_that_shrinks_is_an_error(void **state) {
    (void)state;
    ar_buffer archive = AR_BUFFER_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(pack_while_size_changes(30 << 20, &archive, &error), ARTREPO_IO);
    assert_non_null(strstr(error.message, "/changing became shorter"));
    ar_buffer_free(&archive);
}

static void test_a_file_that_grows_is_stored_as_it_was(void **state) {
    (void)state;
    ar_buffer archive = AR_BUFFER_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(pack_while_size_changes(50 << 20, &archive, &error), ARTREPO_OK);
    assert_int_equal(unpack_bytes(archive.data, archive.size, 65536, "tar", out, NULL, &error),
                     ARTREPO_OK);
    struct stat status;
    assert_int_equal(stat(out, &status), 0);
    assert_int_equal(status.st_size, 40 << 20);
    ar_buffer_free(&archive);
    clear_out();
}

static void test_cancel_leaves_nothing(void **state) {
    (void)state;
    ar_buffer archive = pack_path(tree, "tar", NULL);
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_operation_cancel(operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(unpack_bytes(archive.data, archive.size, 65536, NULL, out, operation, &error),
                     ARTREPO_CANCELLED);
    assert_only(out_dir, NULL);
    artrepo_operation_free(operation);
    ar_buffer_free(&archive);
}

static void test_sources_that_cannot_be_packed(void **state) {
    (void)state;
    artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_source *source;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(artrepo_archive_pack("/nonexistent/x", NULL, &strategy, NULL, &source, &error),
                     ARTREPO_NOT_FOUND);
    assert_non_null(strstr(error.message, "/nonexistent/x"));
    assert_int_equal(artrepo_archive_pack("/dev/null", NULL, &strategy, NULL, &source, &error),
                     ARTREPO_INVALID);
    strategy.kind = ARTREPO_ARCHIVE_NONE;
    assert_int_equal(artrepo_archive_pack("/tmp", NULL, &strategy, NULL, &source, &error),
                     ARTREPO_INVALID);
    strategy.kind = ARTREPO_ARCHIVE_TAR;
    strategy.level = 10;
    assert_int_equal(artrepo_archive_pack("/tmp", NULL, &strategy, NULL, &source, &error),
                     ARTREPO_INVALID);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trees),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_a_link_to_a_directory_stands_for_it),
        cmocka_unit_test(test_none_keeps_bytes),
        cmocka_unit_test(test_other_programs_read_ours),
        cmocka_unit_test(test_we_read_other_programs),
        cmocka_unit_test(test_bgzf_members_are_taken_whole),
        cmocka_unit_test(test_damage_is_found),
        cmocka_unit_test(test_rewind_packs_anew),
        cmocka_unit_test(test_a_file_that_shrinks_is_an_error),
        cmocka_unit_test(test_a_file_that_grows_is_stored_as_it_was),
        cmocka_unit_test(test_cancel_leaves_nothing),
        cmocka_unit_test(test_sources_that_cannot_be_packed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
