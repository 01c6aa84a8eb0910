/* Compressed streams that are damaged in one place: which word the person gets of it, and that
 * there is nothing at the destination. And what is no damage: zeros behind the end. */
#include "unit/archive/stream_support.h"

#include <libdeflate.h>

#include "archive/deflate_join.h"
#include "archive/gzip_format.h"
#include "archive/zstd_format.h"

enum { TEXT_SIZE = 3000 };

static char root[64], file[128], out_dir[128], out[160];
static char text[TEXT_SIZE];

static int set_up(void **state) {
    (void)state;
    strcpy(root, scratch_directory());
    snprintf(file, sizeof file, "%s/file", root);
    snprintf(out_dir, sizeof out_dir, "%s/out", root);
    snprintf(out, sizeof out, "%s/back", out_dir);
    fill_text((unsigned char *)text, sizeof text, 1);
    write_file(file, text, sizeof text, 0644);
    return mkdir(out_dir, 0755);
}

static int tear_down(void **state) {
    (void)state;
    remove_scratch(root);
    return 0;
}

/* The tar of the file as other programs compress it: one member without anything of ours. */
static ar_buffer other_gzip(void) {
    ar_buffer tar = pack_path(file, "tar:0", NULL);
    ar_buffer plain = AR_BUFFER_INIT, packed = AR_BUFFER_INIT;
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    size_t size = 0;
    assert_true(ar_buffer_reserve(&plain, 1 << 20) && ar_buffer_reserve(&packed, 1 << 20));
    assert_int_equal(
        libdeflate_gzip_decompress(decompressor, tar.data, tar.size, plain.data, 1 << 20, &size),
        LIBDEFLATE_SUCCESS);
    packed.size =
        libdeflate_gzip_compress(compressor, plain.data, size, packed.data, packed.capacity);
    assert_true(packed.size > 0);
    libdeflate_free_decompressor(decompressor);
    libdeflate_free_compressor(compressor);
    ar_buffer_free(&tar);
    ar_buffer_free(&plain);
    return packed;
}

static void assert_whole(const ar_buffer *archive, size_t chunk) {
    assert_ok(unpack_bytes(archive->data, archive->size, chunk, "tar", out, NULL, error));
    assert_same_tree(file, out);
    assert_int_equal(unlink(out), 0);
}

static void assert_damaged(const ar_buffer *archive, const char *words) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    for (size_t chunk = 100000; chunk > 0; chunk = chunk > 7 ? 7 : 0) {
        assert_int_equal(
            unpack_bytes(archive->data, archive->size, chunk, "tar", out, NULL, &error),
            ARTREPO_IO);
        if (strstr(error.message, words) == NULL) {
            fail_msg("\"%s\" instead of \"%s\"", error.message, words);
        }
        assert_non_null(strstr(error.message, "store the artifact again"));
        assert_only(out_dir, NULL);
    }
}

/* ---- behind the end ---- */

static void test_zeros_behind_a_gzip_stream_are_passed_over(void **state) {
    (void)state;
    static const char zeros[70000];
    for (int ours = 0; ours < 2; ours++) {
        ar_buffer archive = ours ? pack_path(file, "tar", NULL) : other_gzip();
        assert_true(ar_buffer_append(&archive, zeros, 1));
        assert_whole(&archive, archive.size);
        assert_true(ar_buffer_append(&archive, zeros, sizeof zeros));
        assert_whole(&archive, archive.size);
        assert_whole(&archive, 501);
        ar_buffer_append_text(&archive, "x");
        assert_damaged(&archive, "something that is not gzip follows behind its end");
        ar_buffer_free(&archive);
    }
}

static void test_anything_else_behind_a_stream_is_damage(void **state) {
    (void)state;
    for (int ours = 0; ours < 2; ours++) {
        ar_buffer archive = ours ? pack_path(file, "tar", NULL) : other_gzip();
        ar_buffer_append_text(&archive, "anything else, as long as a header");
        assert_damaged(&archive, "no gzip header where one must be");
        ar_buffer_free(&archive);
    }
    ar_buffer archive = pack_path(file, "zstd", NULL);
    ar_buffer_append_text(&archive, "anything else, as long as a header");
    assert_damaged(&archive, "the zstd stream is damaged");
    ar_buffer_free(&archive);
}

/* ---- gzip ---- */

/* Ours: a header, the marker of the one piece, the piece, the end, the trailer. */
static void test_markers_between_pieces(void **state) {
    (void)state;
    ar_buffer archive = pack_path(file, "tar", NULL);
    unsigned char *marker = (unsigned char *)archive.data + AR_GZIP_HEADER_SIZE;
    unsigned char *piece = marker + AR_GZIP_MARKER_SIZE;
    unsigned char whole[AR_GZIP_MARKER_SIZE];
    uint32_t size = 0;
    assert_true(ar_gzip_read_marker(marker, &size));
    assert_int_equal(archive.size, AR_GZIP_HEADER_SIZE + AR_GZIP_MARKER_SIZE + size +
                                       AR_DEFLATE_END_SIZE + AR_GZIP_TRAILER_SIZE);
    memcpy(whole, marker, sizeof whole);

    marker[0] |= 2;
    assert_damaged(&archive, "a marker between two pieces is missing");
    memcpy(marker, whole, sizeof whole);
    marker[6] ^= 1;
    assert_damaged(&archive, "a marker between two pieces is not one");
    ar_gzip_write_marker(marker, INT32_MAX);
    assert_damaged(&archive, "a piece is larger than a block can be");
    memcpy(marker, whole, sizeof whole);
    unsigned char first = piece[0];
    piece[0] |= 6; /* a kind of block that there is not */
    assert_damaged(&archive, "a piece cannot be decompressed");
    piece[0] = first;
    archive.data[archive.size - AR_GZIP_TRAILER_SIZE] ^= 1;
    assert_damaged(&archive, "its checksum does not fit");
    archive.data[archive.size - AR_GZIP_TRAILER_SIZE] ^= 1;
    assert_whole(&archive, archive.size);
    static const size_t cuts[] = {AR_GZIP_HEADER_SIZE + 1, AR_GZIP_HEADER_SIZE + 20,
                                  AR_GZIP_HEADER_SIZE + AR_GZIP_MARKER_SIZE + 1};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        archive.size = cuts[i];
        assert_damaged(&archive, "the archive ends early (unexpected end of the gzip stream)");
    }
    ar_buffer_free(&archive);
}

static void test_members_of_other_programs(void **state) {
    (void)state;
    enum { HEADER = 10 };
    ar_buffer archive = other_gzip();
    archive.data[HEADER] |= 6; /* a kind of block that there is not */
    assert_damaged(&archive, "its compressed data makes no sense");
    ar_buffer_free(&archive);
    archive = other_gzip();
    archive.data[archive.size - 8] ^= 1;
    assert_damaged(&archive, "its checksum does not fit");
    ar_buffer_free(&archive);
}

/* ---- zstd ---- */

static void test_markers_before_frames(void **state) {
    (void)state;
    ar_buffer archive = pack_path(file, "zstd", NULL);
    unsigned char *marker = (unsigned char *)archive.data;
    uint32_t size = 0;
    assert_true(ar_zstd_read_marker(marker, &size));
    assert_int_equal(archive.size, AR_ZSTD_MARKER_SIZE + size);
    assert_whole(&archive, archive.size);
    /* A second frame, so that the first block of the archive can be looked at. */
    ar_buffer second = pack_path(file, "zstd", NULL);
    assert_true(ar_buffer_append(&archive, second.data, second.size));
    marker = (unsigned char *)archive.data + AR_ZSTD_MARKER_SIZE + size;
    marker[4]++;
    assert_damaged(&archive, "a skippable frame of an unknown kind");
    marker[4]--;
    ar_zstd_write_marker(marker, INT32_MAX);
    assert_damaged(&archive, "a frame is larger than its kind can be");
    ar_zstd_write_marker(marker, size);
    archive.size = AR_ZSTD_MARKER_SIZE + size + 5;
    assert_damaged(&archive, "the archive ends early (unexpected end of the zstd stream)");
    archive.size = AR_ZSTD_MARKER_SIZE + size + AR_ZSTD_MARKER_SIZE + 5;
    assert_damaged(&archive, "the archive ends early (unexpected end of the zstd stream)");
    ar_buffer_free(&archive);
    ar_buffer_free(&second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeros_behind_a_gzip_stream_are_passed_over),
        cmocka_unit_test(test_anything_else_behind_a_stream_is_damage),
        cmocka_unit_test(test_markers_between_pieces),
        cmocka_unit_test(test_members_of_other_programs),
        cmocka_unit_test(test_markers_before_frames),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
