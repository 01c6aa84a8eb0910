/* Servers whose answers contradict each other, and those that say of an empty object what they can.
 */
#include "http_fixture.h"

#define HTTP "{'url': 'http://@/dir/x'}"

/* One answer after the other, to HEAD too; the last one to all that come behind it. */
static void say_in_turn(void *data, const scripted_request *request, scripted_reply *reply) {
    const char *const *answers = data;
    int last = 0;
    while (answers[last + 1] != NULL) {
        last++;
    }
    assert_true(ar_buffer_append_text(&reply->bytes,
                                      answers[request->number < last ? request->number : last]));
    reply->close = true;
}

#define EMPTY_OBJECT "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 0\r\n\r\n"
#define TEN_BYTES "HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nContent-Length: 10\r\n\r\n"
#define NO_SUCH_RANGE(total)                                                                       \
    "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Type: text/html\r\nContent-Range: bytes "       \
    "*/" total "\r\nContent-Length: 0\r\n\r\n"
#define NO_HEAD "HTTP/1.1 405 Not Allowed\r\nContent-Length: 0\r\n\r\n"

static void contradictions(void **state) {
    (void)state;
    static const struct {
        const char *answers[4];
        int64_t offset;
        const char *says;
    } cases[] = {
        /* It breaks, and there is no rest; of a known and of an unknown length. */
        {{TEN_BYTES "0123", NO_SUCH_RANGE("4"), NULL},
         0,
         "said that it has 10 bytes, and has less"},
        {{"HTTP/1.1 200 OK\r\nETag: \"e1\"\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n",
          NO_SUCH_RANGE("4"), NULL},
         0,
         "broke after 4 bytes, and the server says that there is nothing behind them"},
        {{NO_SUCH_RANGE("10"), TEN_BYTES, NULL},
         5,
         "says that it has 10 bytes, and answers that there is nothing at byte 5"},
        {{"HTTP/1.1 206 Partial Content\r\nContent-Range: lines 5-9/10\r\nContent-Length: "
          "5\r\n\r\n56789",
          NULL},
         5,
         "another range than it was asked for (byte 5)"},
        {{"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes five-9/10\r\nContent-Length: "
          "5\r\n\r\n56789",
          NULL},
         5,
         "another range than it was asked for (byte 5)"},
        {{"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/5\r\nContent-Length: "
          "5\r\n\r\n56789",
          NULL},
         5,
         "a range at byte 5, of 5 bytes in all"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        web_fixture f;
        ar_buffer data = AR_BUFFER_INIT;
        web_start(&f, say_in_turn, (void *)(uintptr_t)cases[i].answers);
        web_open(&f, HTTP);
        assert_int_equal(web_get_range(&f, "/dir/x", cases[i].offset, -1, NULL, &data), ARTREPO_IO);
        assert_says(&f, cases[i].says);
        assert_says(&f, "get http://127.0.0.1:");
        assert_false(f.failure.retryable);
        web_stop(&f);
        ar_buffer_free(&data);
    }
}

static void empty_objects_without_head(void **state) {
    (void)state;
    static const char *const cases[][3] = {{NO_HEAD, NO_SUCH_RANGE("0"), NULL},
                                           {NO_HEAD, EMPTY_OBJECT, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        web_fixture f;
        web_start(&f, say_in_turn, (void *)(uintptr_t)cases[i]);
        web_open(&f, HTTP);
        if (web_stat(&f, "/dir/x") != ARTREPO_OK) {
            fail_msg("%s", f.failure.message);
        }
        assert_int_equal(f.object.size, 0);
        assert_string_equal(f.object.content_type, ""); /* not that of the refusal */
        web_stop(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contradictions),
        cmocka_unit_test(empty_objects_without_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
