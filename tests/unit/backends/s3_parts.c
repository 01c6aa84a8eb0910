/* Sizes of parts, the ETag of an upload, and the bound on buffers. */
#include "unit/support.h"

#include <pthread.h>

#include "base/clock.h"
#include "s3/multipart.h"
#include "s3/part_buffers.h"

#define MIB (INT64_C(1) << 20)
#define GIB (INT64_C(1) << 30)
#define TIB (INT64_C(1) << 40)

static void known_sizes(void **state) {
    (void)state;
    assert_int_equal(ar_s3_part_bytes(5 * MIB, 6 * MIB, 1), 5 * MIB);
    assert_int_equal(ar_s3_part_bytes(5 * MIB, 10000 * 5 * MIB, 1), 5 * MIB);
    assert_int_equal(ar_s3_part_bytes(5 * MIB, 10000 * 5 * MIB + 1, 1), 6 * MIB);
    int64_t size = ar_s3_part_bytes(5 * MIB, 5 * TIB, 1);
    assert_true(size * AR_S3_MAX_PARTS >= 5 * TIB && size <= 5 * GIB);
}

static void unknown_sizes(void **state) {
    (void)state;
    static const int64_t bases[] = {5 * MIB, 64 * MIB, 5 * GIB};
    for (size_t i = 0; i < 3; i++) {
        int64_t total = 0;
        int64_t before = bases[i];
        for (unsigned number = 1; number <= AR_S3_MAX_PARTS; number++) {
            int64_t size = ar_s3_part_bytes(bases[i], -1, number);
            assert_true(size >= before && size <= 5 * GIB);
            before = size;
            total += size;
        }
        assert_true(total >= 5 * TIB);
        assert_int_equal(ar_s3_part_bytes(bases[i], -1, 4500), bases[i]);
    }
}

/* Of two parts, "hello" and "world": the MD5 of both MD5 sums, and the count. */
static void upload_etag(void **state) {
    (void)state;
    char first[] = "\"5d41402abc4b2a76b9719d911017c592\"";
    char second[] = "7d793037a0760186574b0282f2f435e7", other[] = "\"not-a-sum\"";
    ar_s3_upload_part parts[2] = {{.etag = first}, {.etag = second}};
    ar_s3_upload upload = {.parts = parts, .count = 2};
    char etag[64];
    assert_true(ar_s3_upload_etag(&upload, etag));
    assert_string_equal(etag, "065947336a2f2a95ba8899f3675c3be6-2");
    parts[1].etag = other;
    assert_false(ar_s3_upload_etag(&upload, etag));
}

/* ---- buffers ---- */

typedef struct taking {
    ar_s3_part_buffers buffers;
    ar_s3_part_buffer *second;
} taking;

static void *take_second(void *data) {
    taking *t = data;
    t->second = ar_s3_part_buffers_take(&t->buffers, 600);
    return NULL;
}

static void buffers_are_bounded(void **state) {
    (void)state;
    taking t = {.second = NULL};
    ar_s3_part_buffers_open(&t.buffers, 1000);
    ar_s3_part_buffer *first = ar_s3_part_buffers_take(&t.buffers, 600);
    pthread_t thread;
    pthread_create(&thread, NULL, take_second, &t);
    ar_clock_sleep_ns(30 * AR_MILLISECOND_NS);
    pthread_mutex_lock(&t.buffers.mutex);
    assert_int_equal(t.buffers.used, 600); /* the other thread waits */
    pthread_mutex_unlock(&t.buffers.mutex);
    ar_s3_part_buffers_give(&t.buffers, first);
    pthread_join(thread, NULL);
    assert_ptr_equal(t.second, first); /* the same memory again */
    ar_s3_part_buffers_give(&t.buffers, t.second);
    ar_s3_part_buffer *large = ar_s3_part_buffers_take(&t.buffers, 5000); /* alone, it may */
    assert_int_equal(large->capacity, 5000);
    ar_s3_part_buffers_give(&t.buffers, large);
    ar_s3_part_buffers_close(&t.buffers);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sizes),
        cmocka_unit_test(unknown_sizes),
        cmocka_unit_test(upload_etag),
        cmocka_unit_test(buffers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
