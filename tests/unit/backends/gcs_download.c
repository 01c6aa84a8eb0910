/* stat and get: pinned to a generation, resumed, compared with the store's checksum. */
#include "gcs_fixture.h"

#include "remote/checksum.h"

#define SIZE ((size_t)9 << 20) /* several pieces of a stream */

typedef struct stored {
    unsigned char *data;
    size_t size;
    char crc[AR_CHECKSUM_TEXT];
    const char *said; /* another crc32c than the right one */
    bool two_lines;   /* a line of x-goog-hash for each hash */
    int replaced_at;  /* from that request on (from 1) it is another generation */
    bool tells;       /* and the store notices by ifGenerationMatch */
    int cut_at;       /* that request is cut off in its middle */
    int fail_at;      /* that request is answered by FAILURE */
    const char *failure;
    const char *encoding; /* what it is kept in */
    bool keeps_encoding;  /* whatever was asked for */
    int encoded_at;       /* from that request on */
    int chunked_at;       /* that request is answered in chunks, and cut off */
    int gets;
} stored;

static void say_bytes(scripted_reply *reply, const char *status, const char *headers,
                      const void *bytes, size_t declared, size_t size) {
    assert_true(ar_buffer_printf(&reply->bytes, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n",
                                 status, headers, declared));
    assert_true(ar_buffer_append(&reply->bytes, bytes, size));
}

/* It does not say how long it is. */
static void say_chunk(scripted_reply *reply, const char *headers, const void *bytes, size_t size) {
    assert_true(ar_buffer_printf(&reply->bytes,
                                 "HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n\r\n%zx\r\n",
                                 headers, size));
    assert_true(ar_buffer_append(&reply->bytes, bytes, size / 16));
    reply->close = true;
}

static void answer_media(stored *s, const scripted_request *request, scripted_reply *reply) {
    char range[1024], headers[1000], hashes[300], encoding[1024];
    int number = ++s->gets;
    bool replaced = s->replaced_at > 0 && number >= s->replaced_at;
    const char *pin = strstr(request->head, "ifGenerationMatch=");
    if (number == s->fail_at) {
        scripted_say(reply, s->failure, "Retry-After: 0\r\n", "words");
        return;
    }
    if (replaced && s->tells && pin != NULL) {
        gcs_refuse(reply, "412 Precondition Failed", "", "conditionNotMet",
                   "At least one of the pre-conditions you specified did not hold.");
        return;
    }
    scripted_header(request->head, "Accept-Encoding", encoding);
    const char *said = s->said == NULL ? s->crc : s->said;
    snprintf(hashes, sizeof hashes,
             s->two_lines ? "x-goog-hash: md5=rL0Y20zC+Fzt72VPzMSk2A==\r\nx-goog-hash: "
                            "crc32c=%s\r\n"
                          : "X-Goog-Hash: crc32c=%s,md5=rL0Y20zC+Fzt72VPzMSk2A==\r\n",
             said);
    size_t first = 0, last = s->size - 1;
    bool ranged =
        sscanf(scripted_header(request->head, "Range", range), "bytes=%zu-%zu", &first, &last) == 2;
    if (ranged && first >= s->size) {
        scripted_say(reply, "416 Requested range not satisfiable", "", "");
        return;
    }
    last = last < s->size ? last : s->size - 1;
    int length = snprintf(headers, sizeof headers,
                          "X-Goog-Generation: %d\r\n%sContent-Type: text/plain\r\n"
                          "Last-Modified: Tue, 10 Jun 2025 14:58:09 GMT\r\n",
                          replaced ? 2 : 1, hashes);
    if (ranged) {
        length += snprintf(headers + length, sizeof headers - (size_t)length,
                           "Content-Range: bytes %zu-%zu/%zu\r\n", first, last, s->size);
    }
    if (s->encoding != NULL && number >= s->encoded_at &&
        (s->keeps_encoding || strcmp(encoding, s->encoding) == 0)) {
        snprintf(headers + length, sizeof headers - (size_t)length, "Content-Encoding: %s\r\n",
                 s->encoding);
    }
    size_t size = s->size == 0 ? 0 : last - first + 1;
    if (number == s->chunked_at) {
        say_chunk(reply, headers, s->data, s->size);
        return;
    }
    bool cut = number == s->cut_at;
    say_bytes(reply, ranged ? "206 Partial Content" : "200 OK", headers, s->data + first, size,
              cut ? size / 2 : size);
    reply->close = cut;
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    pthread_mutex_lock(&f->mutex);
    stored *s = f->data;
    if (!gcs_is(request, "GET /storage/v1/b/bucket/o/a%2Fb?")) {
        gcs_refuse(reply, "404 Not Found", "", "notFound", "No such object: bucket/k");
    } else if (strstr(request->head, "alt=media") != NULL) {
        answer_media(s, request, reply);
    } else {
        gcs_say_object(reply, "a/b", (long)s->size, "1", s->crc);
    }
    pthread_mutex_unlock(&f->mutex);
}

static void store(stored *s, size_t size) {
    s->size = size;
    s->data = malloc(size + 1);
    fill_random(s->data, size, 7);
    ar_checksum_text(AR_CHECKSUM_CRC32C, ar_checksum_update(AR_CHECKSUM_CRC32C, 0, s->data, size),
                     s->crc);
}

static artrepo_code get(gcs_fixture *f, const char *key, const artrepo_range *range,
                        artrepo_sink *sink) {
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return artrepo_driver_gcs.get(f->state, key, range, sink, &f->object, f->operation,
                                  &f->failure);
}

/* Into a file, or into memory. */
static void assert_got(gcs_fixture *f, const artrepo_range *range, const void *expected,
                       size_t size, bool into_file) {
    artrepo_sink *sink;
    char path[] = "/tmp/artrepo-test-XXXXXX";
    int descriptor = mkstemp(path);
    unlink(path);
    if (into_file) {
        assert_ok(artrepo_sink_open_descriptor(descriptor, "file", &sink, error));
    } else {
        assert_ok(artrepo_sink_open_memory(SIZE * 2, &sink, error));
    }
    if (get(f, "a/b", range, sink) != ARTREPO_OK) {
        fail_msg("%s", f->failure.message);
    }
    if (into_file) {
        char *got = malloc(size + 1);
        assert_int_equal(pread(descriptor, got, size + 1, 0), size);
        assert_memory_equal(got, expected, size);
        free(got);
    } else {
        size_t got;
        const void *data = artrepo_sink_memory(sink, &got);
        assert_int_equal(got, size);
        assert_true(size == 0 || memcmp(data, expected, size) == 0);
    }
    artrepo_sink_close(sink);
    close(descriptor);
}

static const artrepo_range all = {0, -1, NULL};

/* ---- what works ---- */

static void whole_objects(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 1000, SIZE};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int way = 0; way < 4; way++) {
            gcs_fixture f;
            stored s = {.two_lines = way >= 2};
            store(&s, sizes[i]);
            gcs_start(&f, answer, &s);
            assert_got(&f, &all, s.data, s.size, (way & 1) != 0);
            assert_int_equal(f.object.size, s.size);
            assert_string_equal(f.object.version, "1");
            assert_string_equal(f.object.content_type, "text/plain");
            assert_true(f.object.modified_ms == INT64_C(1749567489000));
            gcs_stop(&f);
            free(s.data);
        }
    }
}

static void ranges(void **state) {
    (void)state;
    static const struct {
        int64_t offset, length;
        size_t first, size;
        const char *version;
    } cases[] = {
        {0, 0, 0, 0, NULL},           {10, 20, 10, 20, NULL}, {SIZE - 5, -1, SIZE - 5, 5, NULL},
        {5, -1, 5, SIZE - 5, "1"},    {SIZE, -1, 0, 0, NULL}, {SIZE + 7, 5, 0, 0, "1"},
        {0, SIZE * 2, 0, SIZE, NULL},
    };
    gcs_fixture f;
    stored s = {.two_lines = true};
    store(&s, SIZE);
    gcs_start(&f, answer, &s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        artrepo_range range = {cases[i].offset, cases[i].length, cases[i].version};
        assert_got(&f, &range, s.data + cases[i].first, cases[i].size, false);
        assert_int_equal(f.object.size, SIZE);
        assert_got(&f, &range, s.data + cases[i].first, cases[i].size, true);
    }
    gcs_stop(&f);
    free(s.data);
}

static void resumed_where_it_broke(void **state) {
    (void)state;
    static const struct {
        int cut_at, fail_at, chunked_at;
        const char *failure;
    } cases[] = {
        {1, 0, 0, NULL},
        {2, 0, 0, NULL},
        {0, 0, 1, NULL},
        {0, 1, 0, "503 Service Unavailable"},
        {0, 2, 0, "429 Too Many Requests"},
        {0, 3, 0, "500 Internal Server Error"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int into_file = 0; into_file < 2; into_file++) {
            gcs_fixture f;
            stored s = {.cut_at = cases[i].cut_at,
                        .fail_at = cases[i].fail_at,
                        .chunked_at = cases[i].chunked_at,
                        .failure = cases[i].failure};
            store(&s, SIZE * 2 - 3);
            gcs_start(&f, answer, &s);
            assert_got(&f, &all, s.data, s.size, into_file != 0);
            gcs_stop(&f);
            free(s.data);
        }
    }
}

/* ---- what does not ---- */

static void assert_not_got(stored *s, const artrepo_range *range, artrepo_code code,
                           const char *words) {
    gcs_fixture f;
    artrepo_sink *sink;
    store(s, SIZE);
    gcs_start(&f, answer, s);
    assert_ok(artrepo_sink_open_memory(SIZE * 2, &sink, error));
    assert_int_equal(get(&f, "a/b", range, sink), code);
    if (strstr(f.failure.message, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, f.failure.message);
    }
    assert_non_null(strstr(f.failure.message, "get 'a/b' in bucket 'bucket' at http://"));
    artrepo_sink_close(sink);
    gcs_stop(&f);
    free(s->data);
}

static void replaced_while_it_is_read(void **state) {
    (void)state;
    /* The store notices, or we do. */
    assert_not_got(&(stored){.replaced_at = 2, .tells = true}, &all, ARTREPO_IO, "was replaced");
    assert_not_got(&(stored){.replaced_at = 2}, &all, ARTREPO_IO, "was replaced");
    artrepo_range pinned = {0, -1, "7"};
    assert_not_got(&(stored){.replaced_at = 1}, &pinned, ARTREPO_IO, "was replaced");
    pinned.version = "no generation";
    assert_not_got(&(stored){.tells = false}, &pinned, ARTREPO_IO, "was replaced");
}

static void damaged(void **state) {
    (void)state;
    assert_not_got(&(stored){.said = "AAAAAA=="}, &all, ARTREPO_IO,
                   "the data was damaged on the way, or in the store");
}

static void missing(void **state) {
    (void)state;
    gcs_fixture f;
    stored s = {.two_lines = true};
    artrepo_sink *sink;
    store(&s, 10);
    gcs_start(&f, answer, &s);
    assert_ok(artrepo_sink_open_memory(10, &sink, error));
    assert_int_equal(get(&f, "none", &all, sink), ARTREPO_NOT_FOUND);
    assert_non_null(strstr(f.failure.message, "no object 'none' in bucket 'bucket'"));
    assert_int_equal(artrepo_driver_gcs.stat(f.state, "none", &f.object, f.operation, &f.failure),
                     ARTREPO_NOT_FOUND);
    assert_ok(artrepo_driver_gcs.stat(f.state, "a/b", &f.object, f.operation, error));
    assert_int_equal(f.object.size, 10);
    assert_string_equal(f.object.version, "1");
    assert_string_equal(f.object.key, "a/b");
    artrepo_sink_close(sink);
    gcs_stop(&f);
    free(s.data);
}

static void answer_page(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    scripted_say(reply, "200 OK", "Content-Type: text/html\r\n", "<html>Please log in</html>");
}

static void another_server(void **state) {
    (void)state;
    gcs_fixture f;
    gcs_start(&f, answer_page, NULL);
    assert_int_equal(artrepo_driver_gcs.stat(f.state, "k", &f.object, f.operation, &f.failure),
                     ARTREPO_IO);
    assert_non_null(strstr(f.failure.message, "stat 'k' in bucket 'bucket' at http://127."));
    assert_non_null(strstr(f.failure.message, "the answer is none of GCS; check the endpoint"));
    assert_int_equal(gcs_put(&f, "k", 5, true), ARTREPO_IO);
    assert_non_null(strstr(f.failure.message, "the answer is none of GCS; check the endpoint"));
    gcs_stop(&f);
}

/* ---- kept compressed ---- */

static void decompressed_by_the_store(void **state) {
    (void)state;
    gcs_fixture f;
    stored s = {.encoding = "gzip"};
    store(&s, SIZE);
    gcs_start(&f, answer, &s);
    assert_got(&f, &all, s.data, s.size, false);
    assert_got(&f, &all, s.data, s.size, true);
    artrepo_range part = {1000, 5000, "1"};
    assert_got(&f, &part, s.data + 1000, 5000, false);
    assert_string_equal(f.object.version, "1");
    assert_true(f.object.size == -1);
    gcs_stop(&f);
    free(s.data);
    artrepo_range pinned = {0, -1, "7"};
    assert_not_got(&(stored){.encoding = "gzip"}, &pinned, ARTREPO_IO, "was replaced");
    assert_not_got(&(stored){.encoding = "gzip", .keeps_encoding = true}, &all, ARTREPO_UNSUPPORTED,
                   "the store does not decompress it; take that off");
    assert_not_got(&(stored){.encoding = "gzip", .encoded_at = 2}, &all, ARTREPO_IO,
                   "was replaced");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_objects),
        cmocka_unit_test(ranges),
        cmocka_unit_test(resumed_where_it_broke),
        cmocka_unit_test(replaced_while_it_is_read),
        cmocka_unit_test(damaged),
        cmocka_unit_test(missing),
        cmocka_unit_test(another_server),
        cmocka_unit_test(decompressed_by_the_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
