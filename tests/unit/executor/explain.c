/* Explanations of archives that a test makes, beside a load of the same. */
#include "unit/archive/extract_fixture.h"

#include "unit/executor/explain_support.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>

/* ---- archives ---- */

static void add_bytes(sandbox *box, const char *name, size_t size) {
    char *data = calloc(1, size + 1);
    fill_random((unsigned char *)data, size, size);
    add(box, name, '0', 0644, data, size, NULL);
    free(data);
}

/* BOX's tar is compressed. */
static void compress_box(sandbox *box) {
    z_stream stream = {.next_in = (Bytef *)box->tar.data, .avail_in = (uInt)box->tar.size};
    assert_int_equal(deflateInit2(&stream, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t capacity = deflateBound(&stream, box->tar.size);
    char *packed = malloc(capacity);
    stream.next_out = (Bytef *)packed;
    stream.avail_out = (uInt)capacity;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t size = stream.total_out;
    deflateEnd(&stream);
    ar_buffer_clear(&box->tar);
    assert_true(ar_buffer_append(&box->tar, packed, size));
    free(packed);
}

static artrepo_explanation *explain_box(const sandbox *box, const char *strategy,
                                        const artrepo_archive_limits *limits) {
    const memory_object object = {"k", box->tar.data, box->tar.size};
    artrepo_repository *repository = open_memory(&object, 1, true);
    artrepo_explanation *explanation = explain_like_load(repository, "k", strategy, limits, true);
    artrepo_repository_close(repository);
    return explanation;
}

/* Explained alone, with what was read of the store. */
static artrepo_explanation *explain_reading(const sandbox *box, const char *strategy,
                                            const artrepo_explain_options *options) {
    const memory_object object = {"k", box->tar.data, box->tar.size};
    artrepo_repository *repository = open_memory(&object, 1, true);
    artrepo_artifact *artifact = new_artifact(strategy);
    artrepo_explanation *explanation = NULL;
    assert_ok(
        artrepo_artifact_explain(repository, "k", artifact, options, NULL, &explanation, error));
    assert_int_equal(artrepo_explanation_verdict(explanation)->bytes_read, memory.bytes_read);
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
    return explanation;
}

static void test_every_refusal_is_listed(void **state) {
    sandbox *box = *state;
    add_file(box, "good", "g");
    add_file(box, "../evil", "e");
    add_symlink(box, "out", "/etc");
    add_file(box, "dir/f", "f");
    add_file(box, "dir", "over a directory");
    add_hard_link(box, "hard", "missing");
    add_hard_link(box, "climbing", "../../good");
    add_file(box, "good/below-a-file", "b");
    add_end(box);
    artrepo_explanation *explanation = explain_box(box, "tar", NULL);
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    assert_int_equal(verdict->code, ARTREPO_REFUSED_UNSAFE);
    assert_string_equal(verdict->message, "illegal file path: ../evil");
    assert_int_equal(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFUSED), 6);
    assert_remark(explanation, REFUSED, "../evil", "illegal file path: ../evil");
    assert_remark(explanation, REFUSED, "out", "illegal symlink target: out -> /etc");
    assert_remark(explanation, REFUSED, "dir", "there is a directory of that name");
    assert_remark(explanation, REFUSED, "hard", "its target is not in the archive");
    assert_remark(explanation, REFUSED, "climbing", "illegal hard link target");
    assert_remark(explanation, REFUSED, "good/below-a-file", "there is a file of that name");
    assert_int_equal(verdict->entries, 8);
    assert_int_equal(verdict->form, ARTREPO_FORM_NONE);
    artrepo_explanation_free(explanation);
}

static void test_each_refusal_alone_is_what_load_says(void **state) {
    sandbox *box = *state;
    for (int i = 0; i < 8; i++) {
        start_over(box);
        add_file(box, "f", "f");
        add_directory(box, "d");
        add_symlink(box, "l", "d/x");
        switch (i) {
        case 0:
            add_file(box, "d", "over a directory");
            break;
        case 1:
            add_file(box, "f/x", "below a file");
            break;
        case 2:
            add_hard_link(box, "h", "nowhere");
            break;
        case 3:
            add_hard_link(box, "h", "l");
            break;
        case 4:
            add_symlink(box, "f", "..");
            break;
        case 5: /* inside by their letters, outside by what they lead through */
            add_symlink(box, "a", "d/");
            add_symlink(box, "b", "a/../../victim");
            add_symlink(box, "c/e", "../a/../..");
            break;
        case 6:
            add_directory(box, "f");
            break;
        default:
            add_file(box, "l/under", "below a link to nothing");
        }
        add_end(box);
        const memory_object object = {"k", box->tar.data, box->tar.size};
        artrepo_repository *repository = open_memory(&object, 1, true);
        /* Load makes files together: which of the two is in the other's way may differ. */
        artrepo_explanation *explanation =
            explain_like_load(repository, "k", "tar", NULL, i != 1 && i != 6);
        assert_int_not_equal(artrepo_explanation_verdict(explanation)->code, ARTREPO_OK);
        artrepo_explanation_free(explanation);
        artrepo_repository_close(repository);
    }
}

static void test_links_that_lead_out_through_links(void **state) {
    sandbox *box = *state;
    add_directory(box, "d/sub");
    add_symlink(box, "d/up", "sub/../..");
    add_symlink(box, "x/in", "../d/up/..");
    add_symlink(box, "y/in", "../d/up/../..");
    add_end(box);
    const memory_object object = {"k", box->tar.data, box->tar.size};
    artrepo_repository *repository = open_memory(&object, 1, true);
    artrepo_explanation *explanation = explain_like_load(repository, "k", "tar", NULL, false);
    assert_int_equal(artrepo_explanation_verdict(explanation)->code, ARTREPO_REFUSED_UNSAFE);
    assert_true(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFUSED) >= 1);
    artrepo_explanation_free(explanation);
    artrepo_repository_close(repository);
}

static void test_what_the_reference_does_worse_with_a_tar(void **state) {
    sandbox *box = *state;
    add_directory(box, "./");
    add_file(box, "./twice", "the longer one");
    add_file(box, "./twice", "short");
    add_file(box, "grows", "s");
    add_file(box, "grows", "longer");
    add_hard_link(box, "hard", "twice");
    add_symlink(box, "grows", "twice");
    add_symlink(box, "through", "twice");
    add_file(box, "through", "f");
    add_file(box, "/absolute", "a");
    add(box, "fifo", '6', 0644, "", 0, NULL);
    add_end(box);
    artrepo_explanation *explanation = explain_box(box, "tar", NULL);
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    assert_int_equal(verdict->code, ARTREPO_OK);
    assert_int_equal(verdict->form, ARTREPO_FORM_DIRECTORY);
    assert_remark(explanation, REFERENCE_FAILS, "./", "illegal file path");
    assert_remark(explanation, REFERENCE_FAILS, "", "gzip: invalid header");
    assert_remark(explanation, REFERENCE_LOSES, "./twice", "leave behind");
    assert_false(has_remark(explanation, ARTREPO_REMARK_REFERENCE_LOSES, "grows", ""));
    assert_remark(explanation, REFERENCE_LOSES, "hard", "hard link");
    assert_remark(explanation, REFERENCE_FAILS, "grows", "file exists");
    assert_remark(explanation, REFERENCE_LOSES, "through", "write it through the symbolic link");
    assert_remark(explanation, NOTE, "/absolute", "below the destination");
    assert_remark(explanation, PASSED_OVER, "fifo", "neither");
    assert_int_equal(verdict->others, 1);
    assert_int_equal(verdict->hard_links, 1);
    artrepo_explanation_free(explanation);
}

static void test_one_top_entry_and_its_form(void **state) {
    sandbox *box = *state;
    add_file(box, "only", "o");
    add_end(box);
    compress_box(box);
    artrepo_explanation *explanation = explain_box(box, NULL, NULL);
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    assert_int_equal(verdict->action, ARTREPO_EXPLAIN_UNTAR);
    assert_int_equal(verdict->form, ARTREPO_FORM_FILE);
    assert_string_equal(verdict->only_top_entry, "only");
    assert_string_equal(verdict->format, "gzip (1f 8b 08 00)");
    assert_non_null(strstr(verdict->rule, "its first block is a tar header"));
    assert_int_equal(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFERENCE_FAILS), 0);
    artrepo_explanation_free(explanation);

    start_over(box);
    add_symlink(box, "link", "target");
    add_end(box);
    explanation = explain_box(box, "tar", NULL);
    assert_int_equal(artrepo_explanation_verdict(explanation)->form, ARTREPO_FORM_SYMBOLIC_LINK);
    artrepo_explanation_free(explanation);
}

static void test_damage(void **state) {
    sandbox *box = *state;
    add_bytes(box, "a", 100000);
    add_bytes(box, "b", 100000);
    add_end(box);
    box->tar.size = 150000; /* in the middle of b's data */
    artrepo_explanation_free(explain_box(box, "tar", NULL));
    compress_box(box);
    artrepo_explanation_free(explain_box(box, NULL, NULL));
    box->tar.size -= 1000; /* and of the compressed stream */
    artrepo_explanation *explanation = explain_box(box, NULL, NULL);
    assert_int_equal(artrepo_explanation_verdict(explanation)->code, ARTREPO_IO);
    assert_false(artrepo_explanation_verdict(explanation)->complete);
    artrepo_explanation_free(explanation);
    start_over(box);
    assert_true(ar_buffer_append_text(&box->tar, "no archive at all"));
    artrepo_explanation_free(explain_box(box, "tar", NULL));
    artrepo_explanation_free(explain_box(box, "zip", NULL));
    artrepo_explanation_free(explain_box(box, NULL, NULL));
    ar_buffer_clear(&box->tar);
    artrepo_explanation_free(explain_box(box, "tar", NULL));
    artrepo_explanation_free(explain_box(box, NULL, NULL));
}

static void test_limits_are_the_load_s(void **state) {
    sandbox *box = *state;
    for (int i = 0; i < 10; i++) {
        char name[10];
        snprintf(name, sizeof name, "f%d", i);
        add_bytes(box, name, 1000);
    }
    add_end(box);
    static const artrepo_archive_limits limits[] = {{.entries = 9},   {.entries = 10},
                                                    {.bytes = 9999},  {.bytes = 10000},
                                                    {.bytes = 10000}, {.entries = 1}};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        artrepo_explanation_free(explain_box(box, "tar", &limits[i]));
    }
    artrepo_archive_limits exact = {.bytes = box->tar.size}, less = {.bytes = box->tar.size - 1};
    artrepo_explanation *kept = explain_box(box, "none", &exact);
    assert_int_equal(artrepo_explanation_verdict(kept)->code, ARTREPO_OK);
    artrepo_explanation_free(kept);
    const memory_object object = {"k", box->tar.data, box->tar.size};
    artrepo_repository *repository = open_memory(&object, 1, true);
    kept = explain_like_load(repository, "k", "none", &less, false); /* load names the path */
    assert_int_equal(artrepo_explanation_verdict(kept)->code, ARTREPO_REFUSED_UNSAFE);
    assert_remark(kept, REFUSED, "", "k is larger than the");
    artrepo_explanation_free(kept);
    artrepo_repository_close(repository);
    compress_box(box);
    artrepo_explanation_free(explain_box(box, NULL, &limits[0]));
}

/* ---- how much is read ---- */

static void test_little_is_read_of_what_is_kept(void **state) {
    sandbox *box = *state;
    for (int i = 0; i < 300; i++) {
        add_bytes(box, "noise", 4000);
    }
    box->tar.data[0] = 'x'; /* no tar any more */
    memset(box->tar.data + 148, 'x', 8);
    artrepo_explanation *explanation = explain_reading(box, NULL, NULL);
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    assert_int_equal(verdict->action, ARTREPO_EXPLAIN_KEEP);
    assert_int_equal(verdict->bytes_read, 4096);
    assert_int_equal(verdict->requests, 1);
    artrepo_explanation_free(explanation);
    explanation = explain_reading(box, "none", NULL);
    assert_int_equal(artrepo_explanation_verdict(explanation)->bytes_read, 0);
    artrepo_explanation_free(explanation);
}

static void test_data_are_skipped_in_a_plain_tar(void **state) {
    sandbox *box = *state;
    for (int i = 0; i < 10; i++) {
        char name[10];
        snprintf(name, sizeof name, "f%d", i);
        add_bytes(box, name, 2000000);
    }
    add_end(box);
    artrepo_explanation *explanation = explain_reading(box, "tar", NULL);
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    assert_int_equal(verdict->entries, 10);
    assert_int_equal(verdict->bytes, 20000000);
    assert_true(verdict->complete);
    assert_true(verdict->bytes_read < 400000);
    artrepo_explanation_free(explanation);
}

static void test_a_compressed_tar_ends_early_when_asked(void **state) {
    sandbox *box = *state;
    for (int i = 0; i < 20; i++) {
        char name[10];
        snprintf(name, sizeof name, "t/f%d", i);
        add_bytes(box, name, 1000000);
    }
    add_end(box);
    compress_box(box);
    artrepo_explain_options options = {.entries = 1};
    artrepo_explanation *explanation = explain_reading(box, NULL, &options);
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    assert_int_equal(verdict->code, ARTREPO_OK);
    assert_int_equal(verdict->entries, 1);
    assert_false(verdict->complete);
    assert_int_equal(verdict->form, ARTREPO_FORM_NONE);
    assert_true(verdict->bytes_read < 12000000); /* queues run ahead of the parser */
    artrepo_explanation_free(explanation);
    options.entries = 20;
    explanation = explain_reading(box, NULL, &options);
    assert_int_equal(artrepo_explanation_verdict(explanation)->entries, 20);
    artrepo_explanation_free(explanation);
    options.entries = 21;
    explanation = explain_reading(box, NULL, &options);
    assert_true(artrepo_explanation_verdict(explanation)->complete);
    assert_string_equal(artrepo_explanation_verdict(explanation)->only_top_entry, "t");
    artrepo_explanation_free(explanation);
}

/* ---- zip ---- */

static la_ssize_t write_memory(struct archive *archive, void *data, const void *block,
                               size_t size) {
    (void)archive;
    assert_true(ar_buffer_append(data, block, size));
    return (la_ssize_t)size;
}

static void add_zipped(struct archive *archive, const char *name, unsigned mode, const void *data,
                       size_t size) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_mode(entry, mode);
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

static void test_zip(void **state) {
    sandbox *box = *state;
    char *large = malloc(1000000);
    fill_random((unsigned char *)large, 1000000, 1);
    struct archive *zip = archive_write_new();
    archive_write_set_format_zip(zip);
    archive_write_set_bytes_per_block(zip, 0);
    archive_write_open2(zip, &box->tar, NULL, write_memory, NULL, NULL);
    add_zipped(zip, "top/", S_IFDIR | 0755, NULL, 0);
    add_zipped(zip, "top/implied/file", S_IFREG | 0644, "f", 1);
    add_zipped(zip, "top/link", S_IFLNK | 0777, "implied/file", 0);
    for (int i = 0; i < 5; i++) {
        char name[20];
        snprintf(name, sizeof name, "top/%d", i);
        add_zipped(zip, name, S_IFREG | 0755, large, 1000000);
    }
    assert_int_equal(archive_write_free(zip), ARCHIVE_OK);
    free(large);
    artrepo_explanation *explanation = explain_box(box, "zip", NULL);
    assert_string_equal(artrepo_explanation_verdict(explanation)->only_top_entry, "top");
    assert_remark(explanation, REFERENCE_LOSES, "top/implied/file", "0644");
    assert_remark(explanation, REFERENCE_LOSES, "top/link", "symbolic link");
    assert_int_equal(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFERENCE_LOSES), 2);
    artrepo_explanation_free(explanation);
    explanation = explain_reading(box, "zip", NULL);
    assert_true(artrepo_explanation_verdict(explanation)->bytes_read < 400000);
    assert_true(box->tar.size > 5000000);
    artrepo_explanation_free(explanation);
    /* A store that does not tell the size before: all of it is fetched first. */
    const memory_object object = {"k", box->tar.data, box->tar.size};
    artrepo_repository *repository = open_memory(&object, 1, true);
    memory.hides_sizes = true;
    explanation = explain_like_load(repository, "k", "zip", NULL, true);
    assert_string_equal(artrepo_explanation_verdict(explanation)->only_top_entry, "top");
    artrepo_explanation_free(explanation);
    artrepo_repository_close(repository);
    explanation = explain_box(box, NULL, NULL);
    assert_int_equal(artrepo_explanation_verdict(explanation)->action, ARTREPO_EXPLAIN_KEEP);
    assert_remark(explanation, NOTE, "", "a zip is never detected");
    artrepo_explanation_free(explanation);
}

/* ---- the store, and modes ---- */

static void test_what_the_store_says_is_an_error(void **state) {
    sandbox *box = *state;
    add_file(box, "f", "f");
    add_end(box);
    for (int ranges = 0; ranges < 2; ranges++) {
        const memory_object object = {"k", box->tar.data, box->tar.size};
        artrepo_repository *repository = open_memory(&object, 1, ranges == 1);
        artrepo_artifact *artifact = new_artifact("tar");
        artrepo_explanation *explanation = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        memory.deny = "k";
        assert_int_equal(
            artrepo_artifact_explain(repository, "k", artifact, NULL, NULL, &explanation, &error),
            ARTREPO_ACCESS_DENIED);
        memory.deny = NULL;
        artrepo_explain_options nowhere = {.scratch_directory = "/proc/nowhere"};
        assert_int_not_equal(artrepo_artifact_explain(repository, "k", artifact, &nowhere, NULL,
                                                      &explanation, &error),
                             ARTREPO_OK);
        artrepo_artifact_free(artifact);
        artrepo_repository_close(repository);
    }
}

static void test_mode(void **state) {
    sandbox *box = *state;
    add_file(box, "f", "f");
    add_end(box);
    const memory_object object = {"k", box->tar.data, box->tar.size};
    artrepo_repository *repository = open_memory(&object, 1, true);
    artrepo_artifact *artifact = new_artifact("tar");
    artrepo_artifact_set_mode(artifact, 0440, true);
    artrepo_explanation *explanation = NULL;
    assert_ok(artrepo_artifact_explain(repository, "k", artifact, NULL, NULL, &explanation, error));
    assert_non_null(strstr(artrepo_explanation_verdict(explanation)->rule,
                           "the path and everything below it gets the mode 0440"));
    artrepo_explanation_free(explanation);
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_every_refusal_is_listed),
        TEST(test_each_refusal_alone_is_what_load_says),
        TEST(test_links_that_lead_out_through_links),
        TEST(test_what_the_reference_does_worse_with_a_tar),
        TEST(test_one_top_entry_and_its_form),
        TEST(test_damage),
        TEST(test_limits_are_the_load_s),
        TEST(test_little_is_read_of_what_is_kept),
        TEST(test_data_are_skipped_in_a_plain_tar),
        TEST(test_a_compressed_tar_ends_early_when_asked),
        TEST(test_zip),
        TEST(test_what_the_store_says_is_an_error),
        TEST(test_mode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
