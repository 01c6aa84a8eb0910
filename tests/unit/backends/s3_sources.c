/* Sources that are not what they said, what is refused before anything is sent, and what is no S3.
 */
#include "s3_fixture.h"

#define MIB ((size_t)1 << 20)
#define TIB (INT64_C(1) << 40)

typedef struct store {
    atomic_int stored; /* objects, single or in parts */
    atomic_int begun, aborted;
} store;

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    store *s = data;
    if (s3_is(request, "POST /bucket/k?uploads=")) {
        s->begun++;
        scripted_say(reply, "200 OK", "",
                     "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                     "</InitiateMultipartUploadResult>");
    } else if (s3_is(request, "DELETE /bucket/k?uploadId=u ")) {
        s->aborted++;
        scripted_say(reply, "204 No Content", "", "");
    } else {
        s->stored += !s3_is(request, "PUT /bucket/k?");
        scripted_say(reply, "200 OK", "ETag: \"e\"\r\n", "");
    }
}

static const artrepo_source_functions functions = {s3_stream_read, NULL, NULL};

static artrepo_code put(s3_fixture *f, artrepo_source *source, const char *key, const char *type) {
    artrepo_put_options options = {type};
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return artrepo_driver_s3.put(f->state, key, source, &options, &f->object, f->operation,
                                 &f->failure);
}

/* ---- sizes ---- */

static void sizes_must_hold(void **state) {
    (void)state;
    static const struct {
        size_t says, has;
        int begun;
    } cases[] = {
        {5, 4, 0},
        {5, 6, 0},
        {12 * MIB, 100, 0}, /* it ends within the first part */
        {12 * MIB, 12 * MIB - 1, 1},
        {12 * MIB, 12 * MIB + 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        store s = {0};
        s3_fixture f;
        char words[64];
        s3_start(&f, answer, &s);
        artrepo_operation_set_part_size(f.operation, 5 * MIB);
        s3_stream source = {{&functions, (int64_t)cases[i].says, -1}, cases[i].has};
        assert_int_equal(put(&f, &source.base, "k", NULL), ARTREPO_IO);
        snprintf(words, sizeof words, "the source has not the %zu bytes", cases[i].says);
        assert_non_null(strstr(f.failure.message, "put 'k' in bucket 'bucket' at http://127."));
        assert_non_null(strstr(f.failure.message, words));
        assert_false(f.failure.retryable);
        assert_int_equal(s.begun, cases[i].begun);
        assert_int_equal(s.aborted, cases[i].begun);
        assert_int_equal(s.stored, 0);
        s3_stop(&f);
    }
}

static void files_that_shrink(void **state) {
    (void)state;
    static const size_t sizes[] = {1000, 3 * MIB, 12 * MIB};
    char path[128];
    char *directory = scratch_directory();
    snprintf(path, sizeof path, "%s/file", directory);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        store s = {0};
        s3_fixture f;
        s3_start(&f, answer, &s);
        artrepo_operation_set_part_size(f.operation, 5 * MIB);
        write_file(path, "", 0, 0600);
        assert_int_equal(truncate(path, (off_t)sizes[i] - 1), 0);
        s3_stream source = {{&functions, (int64_t)sizes[i], open(path, O_RDONLY)}, 0};
        assert_int_equal(put(&f, &source.base, "k", NULL), ARTREPO_IO);
        if (strstr(f.failure.message, "the file became shorter while it was read") == NULL) {
            assert_non_null(strstr(f.failure.message, "the source has not the 1000 bytes"));
        }
        assert_int_equal(s.aborted, s.begun);
        assert_int_equal(s.stored, 0);
        close(source.base.descriptor);
        s3_stop(&f);
    }
    remove_scratch(directory);
}

/* ---- before anything is sent ---- */

static void refused_here(void **state) {
    (void)state;
    store s = {0};
    s3_fixture f;
    char longest[1026];
    memset(longest, 'k', sizeof longest);
    longest[1025] = '\0';
    s3_start(&f, answer, &s);
    s3_stream source = {{&functions, 5, -1}, 5};
    assert_int_equal(put(&f, &source.base, "", NULL), ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "the key is empty; name an object"));
    assert_int_equal(put(&f, &source.base, longest, NULL), ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "has 1025 bytes, and S3 takes 1,024 at most"));
    assert_int_equal(artrepo_driver_s3.remove(f.state, "", f.operation, &f.failure),
                     ARTREPO_INVALID);
    assert_int_equal(put(&f, &source.base, "k", "text/plain\r\nx-amz-acl: public-read"),
                     ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "put 'k': the content type has a line break in it"));
    s3_stream huge = {{&functions, 5 * TIB + 1, -1}, 5};
    assert_int_equal(put(&f, &huge.base, "k", NULL), ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "it has 5497558138881 bytes, and S3 takes 5 TiB"));
    assert_int_equal(f.server.requests, 0);
    longest[1024] = '\0';
    assert_int_equal(put(&f, &source.base, longest, NULL), ARTREPO_OK);
    s3_stop(&f);
}

/* ---- what is no S3 store ---- */

static void say_alert(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    ar_buffer_append_text(&reply->bytes, "\x15\x03\x01 is how TLS begins\r\n\r\n");
    reply->close = true;
}

static void another_protocol(void **state) {
    (void)state;
    s3_fixture f;
    s3_start(&f, say_alert, NULL);
    assert_int_equal(artrepo_driver_s3.stat(f.state, "k", &f.object, f.operation, &f.failure),
                     ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "does not answer in HTTP"));
    assert_non_null(strstr(f.failure.message, "remove insecure: true if it speaks TLS"));
    s3_stop(&f);
}

/* ---- secrets ---- */

static artrepo_code open_with(ar_value *root, const char *secrets, artrepo_error *error) {
    struct artrepo_driver_settings settings = {root, "s3", secrets};
    void *state = NULL;
    artrepo_code code = artrepo_driver_s3.open(&settings, NULL, &state, error);
    if (code == ARTREPO_OK) {
        artrepo_driver_s3.close(state);
    }
    return code;
}

static void set_secret(ar_value *parent, const char *name, const char *key) {
    ar_value *selector = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(selector, "name", "s");
    ar_value_put_string(selector, "key", key);
    assert_true(ar_value_put(parent, name, selector));
}

static ar_value *settings_of_a_store(void) {
    ar_value *root = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(root, "endpoint", "store.example.com");
    ar_value_put_string(root, "bucket", "bucket");
    ar_value_put_string(root, "region", "us-east-1");
    return root;
}

static void secrets_that_make_no_sense(void **state) {
    (void)state;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char path[128];
    char *directory = scratch_directory();
    snprintf(path, sizeof path, "%s/s", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/s/key", directory);
    write_file(path, "key\n", 4, 0600);
    snprintf(path, sizeof path, "%s/s/empty", directory);
    write_file(path, "", 0, 0600);

    ar_value *root = settings_of_a_store();
    set_secret(root, "accessKeySecret", "key");
    assert_int_equal(open_with(root, directory, &failure), ARTREPO_INVALID);
    assert_non_null(
        strstr(failure.message, "both accessKeySecret and secretKeySecret, or neither"));
    set_secret(root, "secretKeySecret", "key");
    assert_ok(open_with(root, directory, error));
    ar_value *options = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(options, "enableEncryption", "true");
    set_secret(options, "serverSideCustomerKeySecret", "empty");
    assert_true(ar_value_put(root, "encryptionOptions", options));
    assert_int_equal(open_with(root, directory, &failure), ARTREPO_INVALID);
    assert_non_null(strstr(failure.message, "serverSideCustomerKeySecret is empty"));
    ar_value_free(root);

    root = settings_of_a_store();
    set_secret(root, "accessKeySecret", "empty");
    set_secret(root, "secretKeySecret", "key");
    assert_int_equal(open_with(root, directory, &failure), ARTREPO_INVALID);
    assert_non_null(strstr(failure.message, "the secret of s3.accessKeySecret is empty"));
    ar_value_free(root);
    remove_scratch(directory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_must_hold),
        cmocka_unit_test(files_that_shrink),
        cmocka_unit_test(refused_here),
        cmocka_unit_test(another_protocol),
        cmocka_unit_test(secrets_that_make_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
