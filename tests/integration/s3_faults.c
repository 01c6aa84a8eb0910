/* The driver and a real server, with a proxy between them that flips single bits of bodies. */
#include "s3_fixture.h"

#include "flipping_proxy.h"

#define MIB ((size_t)1 << 20)

static fixture open_by_proxy(const flipping_proxy *proxy) {
    char endpoint[64];
    fixture f = prepare();
    snprintf(endpoint, sizeof endpoint, "127.0.0.1:%d", proxy->port);
    set(&f, "endpoint", endpoint);
    open_fixture(&f);
    return f;
}

/* ---- the tests ---- */

static const size_t sizes[] = {3000, 2 * MIB, 21 * MIB + 5};

static void flipped_on_the_way_up(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        flipping_proxy proxy;
        start_proxy(&proxy, need("ARTREPO_TEST_S3_ENDPOINT"));
        fixture f = open_by_proxy(&proxy);
        unsigned char *data = malloc(sizes[i]);
        artrepo_object object;
        artrepo_error failure = ARTREPO_ERROR_INIT;
        fill_random(data, sizes[i], i);
        proxy.request_flips = 1; /* it is noticed, and sent again */
        assert_ok(put_memory(&f, "faults/up", data, sizes[i], &object, error));
        assert_int_equal(proxy.request_flips, 0);
        assert_content(&f, "faults/up", data, sizes[i]);
        assert_ok(artrepo_driver_s3.remove(f.state, "faults/up", f.operation, error));
        proxy.request_flips = 1000;
        assert_int_not_equal(put_memory(&f, "faults/up", data, sizes[i], &object, &failure),
                             ARTREPO_OK);
        assert_non_null(strstr(failure.message, "the data was damaged on the way"));
        proxy.request_flips = 0;
        assert_int_equal(artrepo_driver_s3.stat(f.state, "faults/up", &object, f.operation, NULL),
                         ARTREPO_NOT_FOUND);
        close_fixture(&f);
        stop_proxy(&proxy);
        free(data);
    }
}

static void flipped_on_the_way_down(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        flipping_proxy proxy;
        start_proxy(&proxy, need("ARTREPO_TEST_S3_ENDPOINT"));
        fixture f = open_by_proxy(&proxy);
        unsigned char *data = malloc(sizes[i]);
        artrepo_object object;
        artrepo_error failure = ARTREPO_ERROR_INIT;
        artrepo_sink *sink = NULL;
        fill_random(data, sizes[i], i);
        assert_ok(put_memory(&f, "faults/down", data, sizes[i], &object, error));
        proxy.response_flips = 3; /* the first one is broken off where there are several */
        assert_int_equal(get_memory(&f, "faults/down", 0, -1, &sink, &object, &failure),
                         ARTREPO_IO);
        assert_says(&failure, ARTREPO_IO, "the data was damaged on the way");
        artrepo_sink_close(sink);
        proxy.response_flips = 0;
        assert_content(&f, "faults/down", data, sizes[i]);
        assert_ok(artrepo_driver_s3.remove(f.state, "faults/down", f.operation, error));
        close_fixture(&f);
        stop_proxy(&proxy);
        free(data);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flipped_on_the_way_up),
        cmocka_unit_test(flipped_on_the_way_down),
    };
    return cmocka_run_group_tests(tests, make_secrets, remove_secrets);
}
