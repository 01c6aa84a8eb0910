/* Bytes that change on the way, or in the store. */
#include "s3_fixture.h"

#include <fcntl.h>
#include <unistd.h>

#include "remote/checksum.h"

#define MIB ((size_t)1 << 20)

typedef struct store {
    unsigned char *data;
    size_t size;
    ar_checksum_kind kind;
    const char *type; /* NULL: not told */
    bool refuses_mode;
    atomic_int flips; /* so many answers are damaged */
    size_t flip_at;
    atomic_int answers, with_mode, digest_faults;
} store;

static const char *const header_names[] = {"", "x-amz-checksum-crc32", "x-amz-checksum-crc32c",
                                           "x-amz-checksum-crc64nvme"};

static store make_store(size_t size, ar_checksum_kind kind) {
    store s = {.data = malloc(size + 1), .size = size, .kind = kind, .flip_at = size / 2};
    fill_random(s.data, size, 3);
    return s;
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    store *s = data;
    char range[1024], text[AR_CHECKSUM_TEXT], mode[1024];
    unsigned long long first = 0, last = s->size - 1;
    s->answers++;
    bool verifies = scripted_header(request->head, "x-amz-checksum-mode", mode)[0] != '\0';
    s->with_mode += verifies;
    if (verifies && s->refuses_mode) {
        scripted_say(reply, "400 Bad Request", "",
                     "<Error><Code>InvalidArgument</Code><Message>unknown header "
                     "x-amz-checksum-mode</Message></Error>");
        return;
    }
    bool ranged = sscanf(scripted_header(request->head, "range", range), "bytes=%llu-%llu", &first,
                         &last) == 2;
    last = last >= s->size ? s->size - 1 : last;
    ar_checksum_text(s->kind, ar_checksum_update(s->kind, 0, s->data, s->size), text);
    assert_true(ar_buffer_printf(&reply->bytes,
                                 "HTTP/1.1 %s\r\nETag: \"e\"\r\nContent-Length: %llu\r\n",
                                 ranged ? "206 Partial Content" : "200 OK", last - first + 1));
    assert_true(ar_buffer_printf(&reply->bytes, "Content-Range: bytes %llu-%llu/%zu\r\n", first,
                                 last, s->size));
    if (!ranged && verifies && s->kind != AR_CHECKSUM_NONE) {
        assert_true(ar_buffer_printf(&reply->bytes, "%s: %s\r\n", header_names[s->kind], text));
    }
    if (s->type != NULL) {
        assert_true(ar_buffer_printf(&reply->bytes, "x-amz-checksum-type: %s\r\n", s->type));
    }
    assert_true(ar_buffer_append_text(&reply->bytes, "\r\n"));
    size_t body = reply->bytes.size;
    assert_true(ar_buffer_append(&reply->bytes, s->data + first, last - first + 1));
    if (s->flip_at >= first && s->flip_at <= last && atomic_fetch_sub(&s->flips, 1) > 0) {
        reply->bytes.data[body + s->flip_at - first] ^= 0x10;
    }
}

/* Gets "k" COUNT times from S, once into a file and once into memory. */
static artrepo_code fetch(store *s, bool into_file, artrepo_error *failure) {
    s3_fixture f;
    s3_start(&f, answer, s);
    artrepo_sink *sink = NULL;
    int descriptor = -1;
    artrepo_range range = {0, -1, NULL};
    if (into_file) {
        char path[] = "/tmp/artrepo-integrity-XXXXXX";
        descriptor = mkstemp(path);
        unlink(path);
        assert_ok(artrepo_sink_open_descriptor(descriptor, "file", &sink, error));
        sink->descriptor = descriptor;
    } else {
        assert_ok(artrepo_sink_open_memory((size_t)1 << 30, &sink, error));
    }
    artrepo_code code =
        artrepo_driver_s3.get(f.state, "k", &range, sink, &f.object, f.operation, failure);
    if (code == ARTREPO_OK) {
        unsigned char *got = malloc(s->size);
        if (into_file) {
            assert_int_equal(pread(descriptor, got, s->size, 0), s->size);
        } else {
            size_t size = 0;
            const void *memory = artrepo_sink_memory(sink, &size);
            assert_int_equal(size, s->size);
            memcpy(got, memory, size);
        }
        assert_memory_equal(got, s->data, s->size);
        free(got);
    }
    artrepo_sink_close(sink);
    if (descriptor >= 0) {
        close(descriptor);
    }
    s3_stop(&f);
    return code;
}

static void damaged_downloads(void **state) {
    (void)state;
    static const size_t sizes[] = {1000, 3 * MIB, 21 * MIB + 5};
    for (int kind = AR_CHECKSUM_CRC32; kind <= AR_CHECKSUM_CRC64NVME; kind++) {
        for (size_t i = 0; i < 6; i++) {
            store s = make_store(sizes[i / 2], (ar_checksum_kind)kind);
            artrepo_error failure = ARTREPO_ERROR_INIT;
            assert_int_equal(fetch(&s, i % 2, &failure), ARTREPO_OK);
            s.flips = 2; /* the first answer may be broken off before the bit comes */
            assert_int_equal(fetch(&s, i % 2, &failure), ARTREPO_IO);
            assert_non_null(strstr(failure.message, "get 'k' in bucket 'bucket'"));
            assert_non_null(strstr(failure.message, "the data was damaged on the way"));
            /* What nobody has seen yet can be had again. */
            assert_int_equal(failure.retryable, i % 2 == 1 || s.size < 4 * MIB);
            free(s.data);
        }
    }
}

/* Of an object that was uploaded in parts, another client's checksum may be one of checksums. */
static void composite_ones_are_passed_over(void **state) {
    (void)state;
    artrepo_error failure;
    store s = make_store(1000, AR_CHECKSUM_CRC32C);
    s.type = "COMPOSITE";
    assert_int_equal(fetch(&s, true, &failure), ARTREPO_OK);
    s.type = "FULL_OBJECT";
    assert_int_equal(fetch(&s, true, &failure), ARTREPO_OK);
    s.kind = AR_CHECKSUM_NONE; /* a store that has none */
    assert_int_equal(fetch(&s, true, &failure), ARTREPO_OK);
    free(s.data);
}

static void a_store_that_refuses_is_not_asked_again(void **state) {
    (void)state;
    artrepo_range range = {0, -1, NULL};
    store s = make_store(1000, AR_CHECKSUM_CRC32C);
    s.refuses_mode = true;
    s3_fixture f;
    s3_start(&f, answer, &s);
    for (int i = 0; i < 3; i++) {
        artrepo_sink *sink = NULL;
        assert_ok(artrepo_sink_open_memory(MIB, &sink, error));
        assert_int_equal(
            artrepo_driver_s3.get(f.state, "k", &range, sink, &f.object, f.operation, &f.failure),
            ARTREPO_OK);
        artrepo_sink_close(sink);
    }
    assert_int_equal(s.with_mode, 1);
    assert_int_equal(s.answers, 4);
    s3_stop(&f);
    free(s.data);
}

/* ---- uploads ---- */

static void answer_upload(void *data, const scripted_request *request, scripted_reply *reply) {
    store *s = data;
    char value[1024], text[AR_CHECKSUM_TEXT];
    s->answers++;
    ar_checksum_text(AR_CHECKSUM_CRC32C,
                     ar_checksum_update(AR_CHECKSUM_CRC32C, 0, request->body, request->body_size),
                     text);
    scripted_header(request->head, "x-amz-checksum-crc32c", value);
    if (s3_is(request, "POST /bucket/k?uploads=")) {
        assert_string_equal(scripted_header(request->head, "x-amz-checksum-type", value),
                            "FULL_OBJECT");
        scripted_say(reply, "200 OK", s->type == NULL ? "" : "x-amz-checksum-type: FULL_OBJECT\r\n",
                     "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                     "</InitiateMultipartUploadResult>");
    } else if (s3_is(request, "POST")) {
        ar_checksum_text(AR_CHECKSUM_CRC32C,
                         ar_checksum_update(AR_CHECKSUM_CRC32C, 0, s->data, s->size), text);
        assert_string_equal(value, s->type == NULL ? "" : text); /* of the whole */
        scripted_say(reply, "200 OK", "",
                     "<CompleteMultipartUploadResult><ETag>e-2</ETag>"
                     "</CompleteMultipartUploadResult>");
    } else {
        assert_string_equal(value, text);
        bool damaged = atomic_fetch_sub(&s->digest_faults, 1) > 0;
        scripted_say(reply, damaged ? "400 Bad Request" : "200 OK", "ETag: \"e\"\r\n",
                     damaged ? "<Error><Code>BadDigest</Code></Error>" : "");
    }
}

static void uploads_carry_checksums(void **state) {
    (void)state;
    for (int knows_types = 0; knows_types < 2; knows_types++) {
        store s = make_store(12 * MIB + 7, AR_CHECKSUM_CRC32C);
        memset(s.data, 'd', s.size); /* what s3_put sends */
        s.type = knows_types ? "FULL_OBJECT" : NULL;
        s.digest_faults = 2; /* and damaged bytes are sent again */
        s3_fixture f;
        s3_start(&f, answer_upload, &s);
        assert_int_equal(s3_put(&f, "k", s.size), ARTREPO_OK);
        assert_int_equal(s.answers, 2 + 3 + 2);
        s.digest_faults = 100;
        assert_int_equal(s3_put(&f, "k", 1000), ARTREPO_TRANSIENT);
        assert_non_null(strstr(f.failure.message, "the data was damaged on the way"));
        s3_stop(&f);
        free(s.data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_downloads),
        cmocka_unit_test(composite_ones_are_passed_over),
        cmocka_unit_test(a_store_that_refuses_is_not_asked_again),
        cmocka_unit_test(uploads_carry_checksums),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
