/* Keys that a store on a file system takes for paths: what they are put under is never another
 * object, and what is read and removed by them is no other one either. */
#include "s3_minio_fixture.h"

static fixture prepare_versitygw(void) {
    fixture f = prepare_minio();
    set(&f, "endpoint", need("ARTREPO_TEST_S3_ENDPOINT"));
    set(&f, "bucket", need("ARTREPO_TEST_S3_BUCKET"));
    set(&f, "region", need("ARTREPO_TEST_S3_REGION"));
    write_secret("access", need("ARTREPO_TEST_S3_ACCESS_KEY"));
    write_secret("secret", need("ARTREPO_TEST_S3_SECRET_KEY"));
    return f;
}

static fixture prepare_minio_again(void) {
    write_secret("access", need_minio("ARTREPO_TEST_MINIO_ACCESS_KEY"));
    write_secret("secret", need_minio("ARTREPO_TEST_MINIO_SECRET_KEY"));
    return prepare_minio();
}

static artrepo_code count_objects(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    (void)error;
    ++*(int *)data;
    return ARTREPO_OK;
}

/* KEY would be PATH, which is there already: nothing that is done with KEY touches it. */
static void assert_apart(fixture *f, const char *key, const char *path) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_sink *sink = NULL;
    artrepo_object object;
    int count = 0;
    assert_ok(put_memory(f, path, "first", 5, NULL, error));
    assert_int_not_equal(put_memory(f, key, "second", 6, NULL, &failure), ARTREPO_OK);
    assert_true(failure.code == ARTREPO_INVALID || failure.code == ARTREPO_UNSUPPORTED);
    assert_non_null(strstr(failure.message, key));
    stream_source source = open_stream(6 * MIB, 1);
    assert_int_not_equal(put_stream(f, key, &source, &object, &failure), ARTREPO_OK);
    artrepo_source_close(&source.base);
    assert_int_not_equal(get_memory(f, key, 0, -1, &sink, &object, &failure), ARTREPO_OK);
    artrepo_sink_close(sink);
    assert_int_not_equal(artrepo_driver_s3.stat(f->state, key, &object, f->operation, &failure),
                         ARTREPO_OK);
    artrepo_driver_s3.remove(f->state, key, f->operation, &failure);
    const char *const keys[] = {key, "odd/nothing"};
    artrepo_driver_s3.remove_many(f->state, keys, 2, f->operation, &failure);
    assert_content(f, path, "first", 5);
    assert_ok(artrepo_driver_s3.list(f->state, "odd/", count_objects, &count, f->operation, error));
    assert_int_equal(count, 1); /* and what was tried is gone */
    assert_ok(artrepo_driver_s3.remove(f->state, path, f->operation, error));
}

static void versitygw(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"odd/a//b", "odd/a/b"},   {"/odd/x", "odd/x"},  {"odd/a/./b", "odd/a/b"},
        {"odd/a/../b", "odd/b"},   {"odd/a/.", "odd/a"}, {"odd//a/./b", "odd/a/b"},
        {"/odd//a/../b", "odd/b"},
    };
    for (int again = 0; again < 2; again++) { /* the second time it is known */
        fixture f = prepare_versitygw();
        open_fixture(&f);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            assert_apart(&f, cases[i][0], cases[i][1]);
        }
        close_fixture(&f);
    }
}

static void minio(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"/odd/x", "odd/x"}, {"odd/a//b", "odd/a/b"}, {"odd/a/./b", "odd/a/b"}};
    fixture f = prepare_minio_again();
    open_fixture(&f);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_apart(&f, cases[i][0], cases[i][1]);
    }
    close_fixture(&f);
}

/* VersityGW would keep such an object, and list it under another name. Of reading one MinIO says
 * that the signature is wrong. */
static void keys_that_are_no_text(void **state) {
    (void)state;
    fixture servers[] = {prepare_versitygw(), prepare_minio_again()};
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        fixture *f = &servers[i];
        artrepo_error failure = ARTREPO_ERROR_INIT;
        open_fixture(f);
        put_memory(f, "odd/\xff\xfe", "x", 1, NULL, &failure);
        assert_says(&failure, ARTREPO_INVALID, "the key is not UTF-8");
        close_fixture(f);
    }
    fixture f = prepare_minio_again();
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_object object;
    artrepo_sink *sink = NULL;
    open_fixture(&f);
    get_memory(&f, "odd/\xff\xfe", 0, -1, &sink, &object, &failure);
    artrepo_sink_close(sink);
    assert_says(&failure, ARTREPO_ACCESS_DENIED, "the key is no plain UTF-8 text");
    close_fixture(&f);
}

int main(void) {
    need("ARTREPO_TEST_S3_ENDPOINT");
    need_minio("ARTREPO_TEST_MINIO_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versitygw),
        cmocka_unit_test(minio),
        cmocka_unit_test(keys_that_are_no_text),
    };
    return cmocka_run_group_tests(tests, make_minio_secrets, remove_secrets);
}
