/* What comes of it when libarchive, the C library for its sake, or a pipeline has no memory. The
 * linker sends these calls here (--wrap); which of them fails is up to each test. */
#include "unit/archive/stream_support.h"

#include <archive.h>
#include <locale.h>

#include "archive/pipeline.h"
#include "archive/rehearsal.h"

static const char *failing = "";

static bool fails(const char *name) {
    return strcmp(failing, name) == 0;
}

int __real_archive_read_set_callback_data(struct archive *archive, void *data);
int __wrap_archive_read_set_callback_data(struct archive *archive, void *data);
int __wrap_archive_read_set_callback_data(struct archive *archive, void *data) {
    if (fails("callback data")) {
        archive_set_error(archive, ENOMEM, "No memory.");
        return ARCHIVE_FATAL;
    }
    return __real_archive_read_set_callback_data(archive, data);
}

int __real_archive_read_open1(struct archive *archive);
int __wrap_archive_read_open1(struct archive *archive);
int __wrap_archive_read_open1(struct archive *archive) {
    return fails("open") ? ARCHIVE_FATAL : __real_archive_read_open1(archive);
}

#define WRAP_FORMAT(name)                                                                          \
    int __real_archive_read_support_format_##name(struct archive *archive);                        \
    int __wrap_archive_read_support_format_##name(struct archive *archive);                        \
    int __wrap_archive_read_support_format_##name(struct archive *archive) {                       \
        return fails("format") ? ARCHIVE_FATAL                                                     \
                               : __real_archive_read_support_format_##name(archive);               \
    }
WRAP_FORMAT(tar)
WRAP_FORMAT(zip_seekable)
WRAP_FORMAT(zip_streamable)

locale_t __real_newlocale(int mask, const char *name, locale_t base);
locale_t __wrap_newlocale(int mask, const char *name, locale_t base);
locale_t __wrap_newlocale(int mask, const char *name, locale_t base) {
    if (fails("locale")) {
        errno = ENOMEM;
        return (locale_t)0;
    }
    return __real_newlocale(mask, name, base);
}

artrepo_code __real_ar_pipeline_open(const ar_pipeline_plan *plan, ar_pipeline **pipeline,
                                     artrepo_error *error);
artrepo_code __wrap_ar_pipeline_open(const ar_pipeline_plan *plan, ar_pipeline **pipeline,
                                     artrepo_error *error);
artrepo_code __wrap_ar_pipeline_open(const ar_pipeline_plan *plan, ar_pipeline **pipeline,
                                     artrepo_error *error) {
    return fails("pipeline")
               ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a pipeline")
               : __real_ar_pipeline_open(plan, pipeline, error);
}

/* ---- unpacking ---- */

typedef struct room {
    char path[96], out[96], copy[96];
} room;

static int set_up(void **state) {
    room *r = calloc(1, sizeof *r);
    snprintf(r->path, sizeof r->path, "%s", scratch_directory());
    snprintf(r->out, sizeof r->out, "%s/out", r->path);
    snprintf(r->copy, sizeof r->copy, "%s/out/copy", r->path);
    char tree[120], file[140];
    snprintf(tree, sizeof tree, "%s/tree", r->path);
    snprintf(file, sizeof file, "%s/h\xc3\xb6he", tree);
    assert_int_equal(mkdir(r->out, 0755), 0);
    assert_int_equal(mkdir(tree, 0755), 0);
    write_file(file, "8848", 4, 0644);
    *state = r;
    return 0;
}

static int tear_down(void **state) {
    room *r = *state;
    failing = "";
    remove_scratch(r->path);
    free(r);
    return 0;
}

static ar_buffer pack_tree(const room *r, const char *strategy) {
    char tree[120];
    snprintf(tree, sizeof tree, "%s/tree", r->path);
    return pack_path(tree, strategy, NULL);
}

static void assert_not_unpacked(const room *r, const char *strategy, const char *what,
                                const char *message) {
    ar_buffer archive = pack_tree(r, strategy);
    artrepo_error error = ARTREPO_ERROR_INIT;
    failing = what;
    assert_int_equal(
        unpack_bytes(archive.data, archive.size, 1000, strategy, r->copy, NULL, &error),
        ARTREPO_INTERNAL);
    failing = "";
    if (strstr(error.message, message) == NULL) {
        fail_msg("\"%s\" instead of \"%s\"", error.message, message);
    }
    assert_only(r->out, NULL);
    ar_buffer_free(&archive);
}

static void nothing_is_unpacked(void **state) {
    const room *r = *state;
    static const char *const strategies[] = {"tar", "tar:0", "zstd", "zip"};
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        assert_not_unpacked(r, strategies[i], "callback data", "no memory to read");
        assert_not_unpacked(r, strategies[i], "open", "no memory to read");
        assert_not_unpacked(r, strategies[i], "format", "no memory to read");
        assert_not_unpacked(r, strategies[i], "locale", "no memory for the locale");
        assert_not_unpacked(r, strategies[i], "pipeline", "no memory for a pipeline");
    }
}

static artrepo_code read_archive(void *data, int64_t offset, void *buffer, size_t capacity,
                                 size_t *got, artrepo_error *error) {
    (void)error;
    const ar_buffer *archive = data;
    size_t left = archive->size - (size_t)offset;
    *got = left < capacity ? left : capacity;
    memcpy(buffer, archive->data + offset, *got);
    return ARTREPO_OK;
}

static void nothing_is_unpacked_in_any_order(void **state) {
    const room *r = *state;
    ar_buffer archive = pack_tree(r, "zip");
    const artrepo_random_access access = {&archive, (int64_t)archive.size, read_archive};
    artrepo_archive_strategy zip;
    assert_ok(artrepo_archive_strategy_parse("zip", &zip, error));
    static const char *const calls[] = {"callback data", "open", "format", "locale"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        failing = calls[i];
        assert_int_equal(artrepo_archive_unpack_random(r->copy, &zip, &access, NULL, NULL, &error),
                         ARTREPO_INTERNAL);
        failing = "";
        assert_non_null(strstr(error.message, "no memory"));
        assert_only(r->out, NULL);
    }
    ar_buffer_free(&archive);
}

static artrepo_code pass_over(void *data, const ar_rehearsed_entry *entry, artrepo_error *error) {
    (void)data;
    (void)entry;
    (void)error;
    return ARTREPO_OK;
}

/* Neither end waits for the other, however much there is to read. */
static void a_rehearsal_ends(void **state) {
    const room *r = *state;
    enum { SIZE = 5 << 20 };
    char file[120];
    unsigned char *data = malloc(SIZE);
    fill_random(data, SIZE, 1);
    snprintf(file, sizeof file, "%s/tree/large", r->path);
    write_file(file, data, SIZE, 0644);
    free(data);
    ar_buffer archive = pack_tree(r, "tar:0");
    const ar_rehearsal_source source = {.random = {&archive, (int64_t)archive.size, read_archive}};
    const artrepo_archive_strategy any = ARTREPO_ARCHIVE_STRATEGY_INIT;
    ar_rehearsal rehearsal = {.most_entries = 1000, .report = pass_over};
    ar_rehearsal_outcome outcome;
    artrepo_error error = ARTREPO_ERROR_INIT;
    alarm(20);
    failing = "pipeline";
    assert_int_equal(ar_rehearse(&rehearsal, &any, &source, NULL, r->out, &outcome, NULL, &error),
                     ARTREPO_INTERNAL);
    failing = "";
    alarm(0);
    assert_string_equal(error.message, "no memory for a pipeline");
    assert_only(r->out, NULL);
    ar_buffer_free(&archive);
}

/* ---- packing ---- */

/* Or else its names would be written without a word on their encoding. */
static void no_zip_without_its_locale(void **state) {
    const room *r = *state;
    artrepo_archive_strategy zip;
    artrepo_source *source;
    char tree[120];
    char chunk[4096];
    size_t got = 0;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    snprintf(tree, sizeof tree, "%s/tree", r->path);
    assert_ok(artrepo_archive_strategy_parse("zip", &zip, error));
    assert_ok(artrepo_archive_pack(tree, NULL, &zip, NULL, &source, error));
    failing = "locale";
    assert_int_equal(artrepo_source_read(source, chunk, sizeof chunk, &got, &failure),
                     ARTREPO_INTERNAL);
    failing = "";
    assert_non_null(strstr(failure.message, "C.UTF-8"));
    artrepo_source_close(source);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_unpacked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_unpacked_in_any_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rehearsal_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_zip_without_its_locale, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
