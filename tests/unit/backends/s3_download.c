/* Downloads over connections that break, and from stores that do not keep to the protocol. */
#include "s3_fixture.h"

#define MIB ((size_t)1 << 20)

typedef struct store {
    unsigned char *data;
    size_t size;
    const char *etag;       /* NULL: none is given */
    const char *later_etag; /* of all answers but the first; NULL: the same */
    size_t cut_after;       /* each answer breaks off behind so many bytes; 0: never */
    atomic_int cuts_left;
    bool ignores_ranges, wrong_range;
    size_t claims;             /* more than it has, in the first answer */
    const char *content_range; /* of all ranges; NULL: the right one */
    size_t at_most;            /* bytes of a range in one answer; 0: all */
    size_t excess;             /* bytes behind what was asked for */
    size_t later_size;         /* behind the first answer; 0: it stays */
    atomic_int answers;
    atomic_int unpinned; /* requests without If-Match */
} store;

static void say(scripted_reply *reply, const char *status) {
    scripted_say(reply, status, "", "<Error><Code>X</Code></Error>");
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    store *s = data;
    char value[1024];
    long long first = 0, last = (long long)s->size - 1;
    bool is_first = s->answers++ == 0;
    const char *etag = !is_first && s->later_etag != NULL ? s->later_etag : s->etag;
    bool ranged = sscanf(scripted_header(request->head, "range", value), "bytes=%lld-%lld", &first,
                         &last) == 2;
    if (scripted_header(request->head, "if-match", value)[0] == '\0') {
        s->unpinned++;
    }
    if (!is_first && s->later_size > 0) {
        s->size = s->later_size;
    }
    if (s3_is(request, "HEAD")) {
        ar_buffer_printf(&reply->bytes,
                         "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %zu\r\n\r\n", s->etag,
                         s->size);
        return;
    }
    if (ranged && first >= (long long)s->size) {
        say(reply, "416 Range Not Satisfiable");
        return;
    }
    last = last >= (long long)s->size ? (long long)s->size - 1 : last;
    if (s->ignores_ranges) {
        first = 0;
        last = (long long)s->size - 1;
        ranged = false;
    }
    size_t length = (size_t)(last - first + 1);
    if (ranged && s->at_most > 0 && length > s->at_most) {
        length = s->at_most;
        last = first + (long long)length - 1;
    }
    length +=
        ranged && first + (long long)(length + s->excess) <= (long long)s->size ? s->excess : 0;
    ar_buffer_printf(&reply->bytes, "HTTP/1.1 %s\r\nContent-Length: %zu\r\n",
                     ranged ? "206 Partial" : "200 OK", length + (is_first ? s->claims : 0));
    if (ranged && s->content_range != NULL) {
        ar_buffer_append_text(&reply->bytes, s->content_range);
    } else if (ranged) {
        ar_buffer_printf(&reply->bytes, "Content-Range: bytes %lld-%lld/%zu\r\n",
                         first + s->wrong_range, last + s->wrong_range, s->size);
    }
    if (etag != NULL) {
        ar_buffer_printf(&reply->bytes, "ETag: %s\r\n", etag);
    }
    ar_buffer_append_text(&reply->bytes, "\r\n");
    if (s->cut_after > 0 && length > s->cut_after && atomic_fetch_sub(&s->cuts_left, 1) > 0) {
        length = s->cut_after;
        reply->close = true;
    }
    ar_buffer_append(&reply->bytes, s->data + first, length);
    reply->close = reply->close || (is_first && s->claims > 0);
}

static store make_store(size_t size) {
    store s = {.data = malloc(size + 1), .size = size, .etag = "\"e1\""};
    fill_random(s.data, size, 1);
    return s;
}

/* Into memory, or into a file; the bytes are compared when it works. */
static artrepo_code fetch(store *s, s3_fixture *f, bool into_file) {
    artrepo_range range = {0, -1, NULL};
    artrepo_sink *sink = NULL;
    char path[128];
    char *directory = scratch_directory();
    snprintf(path, sizeof path, "%s/file", directory);
    if (into_file) {
        assert_ok(artrepo_sink_open_file(path, 0600, &sink, error));
    } else {
        assert_ok(artrepo_sink_open_memory((size_t)1 << 30, &sink, error));
    }
    artrepo_code code =
        artrepo_driver_s3.get(f->state, "k", &range, sink, &f->object, f->operation, &f->failure);
    if (code == ARTREPO_OK && into_file) {
        char *got = NULL;
        size_t size = 0;
        assert_ok(artrepo_sink_commit(sink, error));
        assert_ok(ar_file_read_whole(path, s->size + 1, &got, &size, error));
        assert_int_equal(size, s->size);
        assert_memory_equal(got, s->data, size);
        free(got);
    } else if (code == ARTREPO_OK) {
        size_t size = 0;
        const void *got = artrepo_sink_memory(sink, &size);
        assert_int_equal(size, s->size);
        assert_int_equal(f->object.size, s->size);
        if (size > 0) {
            assert_memory_equal(got, s->data, size);
        }
    }
    artrepo_sink_close(sink);
    remove_scratch(directory);
    return code;
}

static artrepo_code fetch_from(store *s, bool into_file, artrepo_error *failure) {
    s3_fixture f;
    s3_start(&f, answer, s);
    artrepo_code code = fetch(s, &f, into_file);
    if (code != ARTREPO_OK) {
        assert_non_null(strstr(f.failure.message, "get 'k' in bucket 'bucket' at http://"));
    }
    *failure = f.failure;
    s3_stop(&f);
    free(s->data);
    return code;
}

static void broken_connections(void **state) {
    (void)state;
    artrepo_error failure;
    for (int into_file = 0; into_file < 2; into_file++) {
        store s = make_store(21 * MIB + 7);
        s.cut_after = 777777;
        s.cuts_left = 25; /* far more than one attempt's worth: each of them got on */
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_OK);
        assert_int_equal(s.unpinned, 1); /* the first */
        assert_true(s.cuts_left <= 0);
    }
}

static void no_progress_gives_up(void **state) {
    (void)state;
    artrepo_error failure;
    store s = make_store(100000);
    s.cut_after = 10;
    s.cuts_left = 1000;
    assert_int_equal(fetch_from(&s, false, &failure), ARTREPO_TRANSIENT);
    assert_non_null(strstr(failure.message, "gave up after 4 attempts"));
    assert_int_equal(s.answers, 4);
}

static void other_object_meanwhile(void **state) {
    (void)state;
    artrepo_error failure;
    for (int into_file = 0; into_file < 2; into_file++) {
        store s = make_store(21 * MIB); /* in other pieces */
        s.later_etag = "\"e2\"";
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_IO);
        assert_non_null(strstr(failure.message, "the object was replaced while it was read"));
        s = make_store(MIB); /* when a broken piece goes on */
        s.later_etag = "\"e2\"";
        s.cut_after = 1000;
        s.cuts_left = 1;
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_IO);
        assert_non_null(strstr(failure.message, "the object was replaced while it was read"));
    }
}

static void without_etags(void **state) {
    (void)state;
    artrepo_error failure;
    for (int into_file = 0; into_file < 2; into_file++) {
        store s = make_store(into_file ? 21 * MIB : MIB);
        s.etag = NULL;
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_UNSUPPORTED);
        assert_non_null(strstr(failure.message, "the store gives no ETag"));
        s = make_store(into_file ? 21 * MIB : MIB);
        s.etag = "\"e\x01\""; /* one that could not be sent back is none */
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_UNSUPPORTED);
        assert_int_equal(s.answers, 1);
    }
}

/* What is missing at the end is asked for, and is not there. */
static void less_than_was_said(void **state) {
    (void)state;
    artrepo_error failure;
    for (int into_file = 0; into_file < 2; into_file++) {
        store s = make_store(MIB);
        s.claims = 1000;
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_IO);
        assert_non_null(strstr(failure.message, "said that the object has 1049576 bytes"));
        s = make_store(21 * MIB);
        s.claims = 1000;
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_IO);
        assert_non_null(strstr(failure.message, "another size than before"));
    }
}

static void strange_ranges(void **state) {
    (void)state;
    artrepo_error failure;
    store s = make_store(MIB);
    s.ignores_ranges = true;
    assert_int_equal(fetch_from(&s, false, &failure), ARTREPO_OK);
    s = make_store(21 * MIB);
    s.ignores_ranges = true;
    assert_int_equal(fetch_from(&s, false, &failure), ARTREPO_IO);
    assert_non_null(strstr(failure.message, "ignores that a range was asked for"));
    s = make_store(21 * MIB);
    s.wrong_range = true;
    assert_int_equal(fetch_from(&s, false, &failure), ARTREPO_IO);
    s = make_store(0);
    assert_int_equal(fetch_from(&s, false, &failure), ARTREPO_OK);
    assert_int_equal(s.answers, 1);
    static const char *const headers[] = {"", "Content-Range: lines 0-9/10\r\n",
                                          "Content-Range: bytes x-9/10\r\n",
                                          "Content-Range: bytes 9-0/10\r\n"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        s = make_store(21 * MIB);
        s.content_range = headers[i];
        assert_int_equal(fetch_from(&s, false, &failure), ARTREPO_IO);
        assert_non_null(strstr(failure.message, "without saying which range it is"));
    }
    s = make_store(21 * MIB);
    s.excess = 5;
    assert_int_equal(fetch_from(&s, false, &failure), ARTREPO_IO);
    assert_non_null(strstr(failure.message, "sends more than it was asked for"));
}

/* Whole by itself, and less than was asked for: the rest is asked for. */
static void shorter_ranges(void **state) {
    (void)state;
    artrepo_error failure;
    for (int into_file = 0; into_file < 2; into_file++) {
        store s = make_store(21 * MIB + 7);
        s.at_most = 2 * MIB;
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_OK);
        assert_true(s.answers >= 8);
        s = make_store(21 * MIB);
        s.at_most = 10;
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_TRANSIENT);
        assert_non_null(strstr(failure.message, "ended its answer too early"));
    }
}

static void shrunk_meanwhile(void **state) {
    (void)state;
    artrepo_error failure;
    for (int into_file = 0; into_file < 2; into_file++) {
        store s = make_store(21 * MIB);
        s.later_size = 1000;
        assert_int_equal(fetch_from(&s, into_file, &failure), ARTREPO_IO);
        assert_non_null(strstr(failure.message, "said that the object has 22020096 bytes, and has "
                                                "less; if it was replaced"));
        assert_false(failure.retryable);
    }
}

/* Behind the end there is nothing to read, of that object alone. */
static void behind_the_end(void **state) {
    (void)state;
    store s = make_store(1000);
    s3_fixture f;
    artrepo_sink *sink = NULL;
    s3_start(&f, answer, &s);
    assert_ok(artrepo_sink_open_memory(10, &sink, error));
    for (int64_t offset = 1000; offset <= 1001; offset++) {
        artrepo_range range = {offset, -1, "e1"};
        assert_ok(artrepo_driver_s3.get(f.state, "k", &range, sink, &f.object, f.operation, error));
        assert_int_equal(f.object.size, 1000);
        assert_string_equal(f.object.version, "e1");
        range.version = "other";
        assert_int_equal(
            artrepo_driver_s3.get(f.state, "k", &range, sink, &f.object, f.operation, &f.failure),
            ARTREPO_IO);
        assert_non_null(strstr(f.failure.message, "was replaced while it was read"));
    }
    artrepo_range range = {-1, -1, NULL};
    assert_int_equal(
        artrepo_driver_s3.get(f.state, "k", &range, sink, &f.object, f.operation, &f.failure),
        ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "the offset is negative"));
    size_t size = 1;
    artrepo_sink_memory(sink, &size);
    assert_int_equal(size, 0);
    artrepo_sink_close(sink);
    s3_stop(&f);
    free(s.data);
}

/* The destination fails: the others stop, and its error is what is told. */
static artrepo_code full_write(artrepo_sink *sink, const void *data, size_t size,
                               artrepo_error *error) {
    (void)sink;
    (void)data;
    (void)size;
    return artrepo_error_set(error, ARTREPO_IO, "no space left in the test");
}

/* Between the answer that nothing is there and the question what is. */
static void grown_meanwhile(void **state) {
    (void)state;
    s3_fixture f;
    store s = make_store(1000);
    artrepo_range range = {1000, -1, NULL};
    artrepo_sink *sink = NULL;
    s.later_size = 1001;
    s3_start(&f, answer, &s);
    assert_ok(artrepo_sink_open_memory(100, &sink, error));
    assert_int_equal(
        artrepo_driver_s3.get(f.state, "k", &range, sink, &f.object, f.operation, &f.failure),
        ARTREPO_IO);
    assert_true(f.failure.retryable);
    assert_non_null(strstr(f.failure.message, "the object was replaced while it was read"));
    artrepo_sink_close(sink);
    s3_stop(&f);
    free(s.data);
}

static void sink_fails(void **state) {
    (void)state;
    static const artrepo_sink_functions functions = {full_write, NULL, NULL};
    artrepo_sink sink = {&functions, -1};
    artrepo_range range = {0, -1, NULL};
    static const size_t sizes[] = {1000, 21 << 20};
    for (int i = 0; i < 2; i++) {
        store s = make_store(sizes[i]);
        s3_fixture f;
        s3_start(&f, answer, &s);
        assert_int_equal(
            artrepo_driver_s3.get(f.state, "k", &range, &sink, &f.object, f.operation, &f.failure),
            ARTREPO_IO);
        assert_non_null(strstr(f.failure.message, "no space left in the test"));
        s3_stop(&f);
        free(s.data);
    }
}

/* A read-only descriptor: writing fails in the workers. */
static void file_fails(void **state) {
    (void)state;
    static const artrepo_sink_functions functions = {full_write, NULL, NULL};
    artrepo_sink sink = {&functions, open("/dev/null", O_RDONLY)};
    artrepo_range range = {0, -1, NULL};
    store s = make_store(1000);
    s3_fixture f;
    s3_start(&f, answer, &s);
    assert_int_equal(
        artrepo_driver_s3.get(f.state, "k", &range, &sink, &f.object, f.operation, &f.failure),
        ARTREPO_IO);
    assert_non_null(strstr(f.failure.message, "cannot write the destination"));
    close(sink.descriptor);
    s3_stop(&f);
    free(s.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_connections),
        cmocka_unit_test(no_progress_gives_up),
        cmocka_unit_test(other_object_meanwhile),
        cmocka_unit_test(without_etags),
        cmocka_unit_test(less_than_was_said),
        cmocka_unit_test(strange_ranges),
        cmocka_unit_test(shorter_ranges),
        cmocka_unit_test(shrunk_meanwhile),
        cmocka_unit_test(behind_the_end),
        cmocka_unit_test(grown_meanwhile),
        cmocka_unit_test(sink_fails),
        cmocka_unit_test(file_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
