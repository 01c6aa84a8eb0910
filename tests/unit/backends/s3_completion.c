/* A large upload whose completion was not heard: some stores say to the second attempt that it is
 * done, while they are still at the first. */
#include "s3_fixture.h"

enum { LARGE = 64 << 20 };

#define FAILED_IN_200 "<Error><Code>InternalError</Code><Message>said so</Message></Error>"
#define COMPLETED                                                                                  \
    "<CompleteMultipartUploadResult><ETag>&quot;done-2&quot;</ETag></"                             \
    "CompleteMultipartUploadResult>"

typedef struct store {
    const char *first;      /* body of the answer to the first completion; NULL: it is cut off */
    const char *early_head; /* what HEAD says at first ... */
    atomic_int early_heads; /* ... so many times */
    const char *head;       /* what it says then */
    artrepo_operation *to_cancel; /* when HEAD is asked the second time; NULL: none */
    atomic_int completions, heads, aborts;
} store;

static void answer_head(store *s, scripted_reply *reply) {
    if (++s->heads == 2 && s->to_cancel != NULL) {
        artrepo_operation_cancel(s->to_cancel);
    }
    const char *head = atomic_fetch_sub(&s->early_heads, 1) > 0 ? s->early_head : s->head;
    assert_true(ar_buffer_printf(&reply->bytes, "HTTP/1.1 %s\r\n\r\n", head));
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    store *s = data;
    if (strstr(request->head, "?uploads=") != NULL) {
        scripted_say(reply, "200 OK", "",
                     "<InitiateMultipartUploadResult><UploadId>id</UploadId>"
                     "</InitiateMultipartUploadResult>");
    } else if (s3_is(request, "POST")) {
        bool is_first = s->completions++ == 0;
        reply->reset = is_first && s->first == NULL;
        if (!reply->reset) {
            scripted_say(reply, "200 OK", "", is_first ? s->first : COMPLETED);
        }
    } else if (s3_is(request, "HEAD")) {
        answer_head(s, reply);
    } else if (s3_is(request, "GET")) { /* asks why HEAD failed */
        scripted_say(reply, s->early_head, "", "");
    } else if (s3_is(request, "DELETE")) {
        s->aborts++;
        scripted_say(reply, "204 No Content", "", "");
    } else {
        scripted_say(reply, "200 OK", "ETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n", "");
    }
}

#define OURS "200 OK\r\nETag: \"done-2\"\r\nContent-Length: 67108864"
#define OLDER                                                                                      \
    "200 OK\r\nETag: \"old\"\r\nLast-Modified: Tue, 10 Jun 2025 14:58:09 GMT\r\nContent-Length: 9"
#define NEWER                                                                                      \
    "200 OK\r\nETag: \"new\"\r\nLast-Modified: Fri, 01 Jan 2100 00:00:00 GMT\r\nContent-Length: 9"

static void done_means_that_it_is_there(void **state) {
    (void)state;
    const struct {
        const char *first, *early_head, *head;
        int early_heads, heads;
    } cases[] = {
        {NULL, NULL, OURS, 0, 1},
        {NULL, "404 Not Found", OURS, 2, 3},
        {NULL, OLDER, OURS, 2, 3},            /* what the upload is about to replace */
        {NULL, "404 Not Found", NEWER, 1, 2}, /* somebody else's, which took its place */
        {NULL, "403 Forbidden", "", 100, 1},  /* who may write need not be allowed to read */
        {FAILED_IN_200, NULL, "", 0, 0},      /* the first was heard: there is no doubt */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        store s = {.first = cases[i].first,
                   .early_head = cases[i].early_head,
                   .early_heads = cases[i].early_heads,
                   .head = cases[i].head};
        s3_fixture f;
        s3_start(&f, answer, &s);
        assert_int_equal(s3_put(&f, "k", LARGE), ARTREPO_OK);
        assert_string_equal(f.object.version, "done-2");
        assert_int_equal(f.object.size, LARGE);
        assert_int_equal(s.completions, 2);
        assert_int_equal(s.heads, cases[i].heads);
        assert_int_equal(s.aborts, 0);
        s3_stop(&f);
    }
}

static void waiting_for_it_can_be_cancelled(void **state) {
    (void)state;
    store s = {.early_head = "404 Not Found", .early_heads = 1000, .head = ""};
    s3_fixture f;
    s3_start(&f, answer, &s);
    s.to_cancel = f.operation;
    assert_int_equal(s3_put(&f, "k", LARGE), ARTREPO_CANCELLED);
    assert_int_equal(s.heads, 2);
    s3_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(done_means_that_it_is_there),
        cmocka_unit_test(waiting_for_it_can_be_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
