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
    ar_s3_part_buffers all;
    ar_s3_part_share share;
    ar_s3_part_buffer *second;
} taking;

static void *take_second(void *data) {
    taking *t = data;
    t->second = ar_s3_part_share_take(&t->share, 400);
    return NULL;
}

static size_t used_of(ar_s3_part_buffers *all) {
    pthread_mutex_lock(&all->mutex);
    size_t used = all->used;
    pthread_mutex_unlock(&all->mutex);
    return used;
}

static void buffers_are_bounded(void **state) {
    (void)state;
    taking t = {.second = NULL};
    ar_s3_part_buffers_open(&t.all);
    ar_s3_part_share_open(&t.share, &t.all, 700);
    ar_s3_part_buffer *first = ar_s3_part_share_take(&t.share, 400);
    pthread_t thread;
    pthread_create(&thread, NULL, take_second, &t);
    ar_clock_sleep_ns(30 * AR_MILLISECOND_NS);
    assert_int_equal(used_of(&t.all), 400); /* the other thread waits */
    ar_s3_part_share_give(&t.share, first);
    pthread_join(thread, NULL);
    assert_ptr_equal(t.second, first); /* the same memory again */
    ar_s3_part_share_give(&t.share, t.second);
    ar_s3_part_buffer *large = ar_s3_part_share_take(&t.share, 5000); /* alone, it may */
    assert_int_equal(large->capacity, 5000);
    ar_s3_part_share_give(&t.share, large);
    assert_int_equal(t.all.idle_bytes, 0); /* too large to be kept */
    ar_s3_part_share_close(&t.share);
    ar_s3_part_buffers_close(&t.all);
}

/* Each upload has its first one at once, whatever others have; a second one is for all together. */
static void uploads_share_them(void **state) {
    (void)state;
    enum { UPLOADS = 6 };
    taking t = {.second = NULL};
    ar_s3_part_share others[UPLOADS];
    ar_s3_part_buffer *firsts[UPLOADS];
    ar_s3_part_buffers_open(&t.all);
    for (int i = 0; i < UPLOADS; i++) {
        ar_s3_part_share_open(&others[i], &t.all, 1000);
        firsts[i] = ar_s3_part_share_take(&others[i], 400);
    }
    assert_int_equal(used_of(&t.all), UPLOADS * 400);
    ar_s3_part_share_open(&t.share, &t.all, 1000);
    ar_s3_part_buffer *first = ar_s3_part_share_take(&t.share, 400);
    pthread_t thread;
    pthread_create(&thread, NULL, take_second, &t);
    for (int i = 0; i < UPLOADS; i++) {
        ar_clock_sleep_ns(5 * AR_MILLISECOND_NS);
        bool waits = used_of(&t.all) == (size_t)(UPLOADS + 1 - i) * 400;
        assert_true(waits || i == UPLOADS);
        ar_s3_part_share_give(&others[i], firsts[i]);
        ar_s3_part_share_close(&others[i]);
    }
    pthread_join(thread, NULL);
    assert_int_equal(used_of(&t.all), 800);
    ar_s3_part_share_give(&t.share, first);
    ar_s3_part_share_give(&t.share, t.second);
    assert_true(t.all.idle_bytes <= 1000);
    ar_s3_part_share_close(&t.share);
    assert_int_equal(t.all.idle_bytes, 0); /* nobody needs them now */
    ar_s3_part_buffers_close(&t.all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sizes),        cmocka_unit_test(unknown_sizes),
        cmocka_unit_test(upload_etag),        cmocka_unit_test(buffers_are_bounded),
        cmocka_unit_test(uploads_share_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
