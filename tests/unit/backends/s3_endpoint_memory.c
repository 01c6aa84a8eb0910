/* What is remembered of endpoints: shared, and not without end. */
#include "unit/support.h"

#include "s3/endpoint_memory.h"

static void one_for_all_that_is_open(void **state) {
    (void)state;
    ar_s3_endpoint_memory *first = ar_s3_endpoint_memory_open("https://a");
    ar_s3_endpoint_memory *second = ar_s3_endpoint_memory_open("https://a");
    ar_s3_endpoint_memory *other = ar_s3_endpoint_memory_open("http://a");
    assert_ptr_equal(first, second);
    assert_ptr_not_equal(first, other);
    atomic_store(&first->refuses_checksums, true);
    assert_false(atomic_load(&other->refuses_checksums));
    ar_s3_endpoint_memory_close(first);
    ar_s3_endpoint_memory_close(second);
    ar_s3_endpoint_memory_close(other);
    first = ar_s3_endpoint_memory_open("https://a");
    assert_true(atomic_load(&first->refuses_checksums)); /* also after all were closed */
    ar_s3_endpoint_memory_close(first);
}

static void the_oldest_is_forgotten(void **state) {
    (void)state;
    char endpoint[32];
    for (int i = 0; i <= AR_S3_REMEMBERED_ENDPOINTS; i++) {
        snprintf(endpoint, sizeof endpoint, "https://forgotten-%d", i);
        ar_s3_endpoint_memory *memory = ar_s3_endpoint_memory_open(endpoint);
        assert_false(atomic_load(&memory->refuses_checksums));
        assert_false(atomic_load(&memory->refuses_checksum_mode));
        atomic_store(&memory->refuses_checksums, true);
        atomic_store(&memory->refuses_checksum_mode, true);
        ar_s3_endpoint_memory_close(memory);
    }
    ar_s3_endpoint_memory *last = ar_s3_endpoint_memory_open(endpoint);
    ar_s3_endpoint_memory *first = ar_s3_endpoint_memory_open("https://forgotten-0");
    assert_true(atomic_load(&last->refuses_checksums));
    assert_false(atomic_load(&first->refuses_checksums));
    ar_s3_endpoint_memory_close(first);
    ar_s3_endpoint_memory_close(last);
}

/* Those in use stay where they are; who comes then has one of his own. */
static void all_in_use(void **state) {
    (void)state;
    ar_s3_endpoint_memory *open[AR_S3_REMEMBERED_ENDPOINTS + 2];
    char endpoint[400];
    for (int i = 0; i < AR_S3_REMEMBERED_ENDPOINTS + 1; i++) {
        snprintf(endpoint, sizeof endpoint, "https://used-%d", i);
        open[i] = ar_s3_endpoint_memory_open(endpoint);
        assert_non_null(open[i]);
        for (int j = 0; j < i; j++) {
            assert_ptr_not_equal(open[i], open[j]);
        }
    }
    memset(endpoint, 'x', sizeof endpoint);
    endpoint[sizeof endpoint - 1] = '\0';
    open[AR_S3_REMEMBERED_ENDPOINTS + 1] = ar_s3_endpoint_memory_open(endpoint);
    assert_non_null(open[AR_S3_REMEMBERED_ENDPOINTS + 1]);
    for (int i = 0; i < AR_S3_REMEMBERED_ENDPOINTS + 2; i++) {
        ar_s3_endpoint_memory_close(open[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_for_all_that_is_open),
        cmocka_unit_test(the_oldest_is_forgotten),
        cmocka_unit_test(all_in_use),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
