/* list and remove: pages, and answers that make no sense. */
#include "gcs_fixture.h"

typedef struct pages {
    const char *const *bodies; /* by number; the token of page N is "tN" */
    int served;
    const char *failure; /* of the first request */
} pages;

static void answer_pages(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    pages *p = f->data;
    gcs_note_request(f, request, NULL);
    if (p->failure != NULL) {
        gcs_refuse(reply, p->failure, "Retry-After: 0\r\n", "backendError", "Backend Error");
        p->failure = NULL;
        return;
    }
    scripted_say(reply, "200 OK", GCS_JSON, p->bodies[p->served++]);
}

static artrepo_code collect(void *data, const artrepo_object *object, artrepo_error *error) {
    char line[200];
    snprintf(line, sizeof line, "%s %lld %s %lld\n", object->key, (long long)object->size,
             object->version, (long long)object->modified_ms);
    return ar_buffer_append_text(data, line)
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory");
}

static void several_pages(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "{\"kind\": \"storage#objects\", \"nextPageToken\": \"t/1=\", \"items\": ["
        "{\"name\": \"p/a\", \"size\": \"3\", \"generation\": \"11\", \"updated\": "
        "\"2025-06-10T14:58:09.123Z\"},"
        "{\"name\": \"p/\xc3\xa4 \\u0001\", \"size\": \"0\", \"generation\": \"12\"}]}",
        "{\"nextPageToken\": \"t2\", \"items\": null}", /* pages may be empty */
        "{\"items\": [{\"name\": \"p/z\", \"size\": \"5000000000\", \"generation\": \"13\", "
        "\"updated\": \"2025-06-10T14:58:09.123Z\"}, {\"name\": \"other\", \"size\": \"1\"}], "
        "\"nextPageToken\": \"\"}"};
    gcs_fixture f;
    pages p = {.bodies = bodies, .failure = "503 Service Unavailable"};
    ar_buffer found = AR_BUFFER_INIT;
    gcs_start(&f, answer_pages, &p);
    assert_ok(artrepo_driver_gcs.list(f.state, "p/", collect, &found, f.operation, error));
    assert_string_equal(found.data, "p/a 3 11 1749567489123\np/\xc3\xa4 \x01 0 12 0\n"
                                    "p/z 5000000000 13 1749567489123\n");
    assert_string_equal(
        f.log,
        "GET /storage/v1/b/bucket/o?prefix=p%2F&maxResults=1000&fields=nextPageToken%2Citems"
        "%28name%2Csize%2Cgeneration%2Cupdated%2CcontentType%29 HTTP/1.1\n"
        "GET /storage/v1/b/bucket/o?prefix=p%2F&maxResults=1000&fields=nextPageToken%2Citems"
        "%28name%2Csize%2Cgeneration%2Cupdated%2CcontentType%29 HTTP/1.1\n"
        "GET /storage/v1/b/bucket/o?prefix=p%2F&maxResults=1000&fields=nextPageToken%2Citems"
        "%28name%2Csize%2Cgeneration%2Cupdated%2CcontentType%29&pageToken=t%2F1%3D HTTP/1.1\n"
        "GET /storage/v1/b/bucket/o?prefix=p%2F&maxResults=1000&fields=nextPageToken%2Citems"
        "%28name%2Csize%2Cgeneration%2Cupdated%2CcontentType%29&pageToken=t2 HTTP/1.1\n");
    ar_buffer_free(&found);
    gcs_stop(&f);
}

static void strange_pages(void **state) {
    (void)state;
    static const struct {
        const char *const bodies[3];
        const char *words;
    } cases[] = {
        {{"<html>"}, "is no listing"},
        {{""}, "is no listing"},
        {{"[]"}, "is no listing"},
        {{"{\"items\": [{\"size\": \"1\"}]}"}, "makes no sense"},
        {{"{\"items\": [7]}"}, "makes no sense"},
        {{"{\"items\": {}}"}, "makes no sense"},
        {{"{\"nextPageToken\": 7}"}, "makes no sense"},
        {{"{\"nextPageToken\": \"t\"}", "{\"nextPageToken\": \"t\"}"}, "but not where"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        pages p = {.bodies = cases[i].bodies};
        ar_buffer found = AR_BUFFER_INIT;
        gcs_start(&f, answer_pages, &p);
        assert_int_equal(
            artrepo_driver_gcs.list(f.state, "", collect, &found, f.operation, &f.failure),
            ARTREPO_IO);
        assert_non_null(strstr(f.failure.message, cases[i].words));
        ar_buffer_free(&found);
        gcs_stop(&f);
    }
}

static artrepo_code stop(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    ++*(int *)data;
    return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE, "enough");
}

static void stopped_by_the_caller(void **state) {
    (void)state;
    static const char *const bodies[] = {
        "{\"nextPageToken\": \"t\", \"items\": [{\"name\": \"a\"}, {\"name\": \"b\"}]}"};
    gcs_fixture f;
    pages p = {.bodies = bodies};
    int calls = 0;
    gcs_start(&f, answer_pages, &p);
    assert_int_equal(artrepo_driver_gcs.list(f.state, "", stop, &calls, f.operation, &f.failure),
                     ARTREPO_REFUSED_UNSAFE);
    assert_string_equal(f.failure.message, "enough");
    assert_int_equal(calls, 1);
    gcs_stop(&f);
}

/* ---- remove ---- */

static void answer_remove(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    gcs_note_request(f, request, NULL);
    if (gcs_is(request, "DELETE /storage/v1/b/bucket/o/there ")) {
        scripted_say(reply, "204 No Content", "", "");
    } else if (gcs_is(request, "DELETE /storage/v1/b/bucket/o/held ")) {
        gcs_refuse(reply, "403 Forbidden", "", "retentionPolicyNotMet", "Object is under hold");
    } else {
        gcs_refuse(reply, "404 Not Found", "", "notFound", f->data);
    }
}

static void removing(void **state) {
    (void)state;
    gcs_fixture f;
    gcs_start(&f, answer_remove, "No such object: bucket/gone");
    const artrepo_driver *d = &artrepo_driver_gcs;
    assert_ok(d->remove(f.state, "there", f.operation, error));
    assert_ok(d->remove(f.state, "gone", f.operation, error));
    assert_int_equal(d->remove(f.state, "held", f.operation, &f.failure), ARTREPO_ACCESS_DENIED);
    assert_non_null(strstr(f.failure.message, "retentionPolicyNotMet: Object is under hold"));
    f.data = (void *)(uintptr_t) "The specified bucket does not exist.";
    assert_int_equal(d->remove(f.state, "gone", f.operation, &f.failure), ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "bucket 'bucket' does not exist"));
    gcs_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(several_pages),
        cmocka_unit_test(strange_pages),
        cmocka_unit_test(stopped_by_the_caller),
        cmocka_unit_test(removing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
