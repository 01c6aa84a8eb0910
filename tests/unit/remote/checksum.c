#include "unit/support.h"

#include "remote/checksum.h"

static const ar_checksum_kind kinds[] = {AR_CHECKSUM_CRC32, AR_CHECKSUM_CRC32C,
                                         AR_CHECKSUM_CRC64NVME};

/* The check values of the catalogue of parametrised CRC algorithms. */
static void known_values(void **state) {
    (void)state;
    static const uint64_t expected[] = {0xcbf43926, 0xe3069283, 0xae8b14860a799888};
    static const char *const texts[] = {"y/Q5Jg==", "4waSgw==", "rosUhgp5mIg="};
    for (int i = 0; i < 3; i++) {
        char text[AR_CHECKSUM_TEXT];
        uint64_t crc = ar_checksum_update(kinds[i], 0, "123456789", 9);
        assert_int_equal(crc, expected[i]);
        ar_checksum_text(kinds[i], crc, text);
        assert_string_equal(text, texts[i]);
    }
}

/* Any cut into parts, in any order, gives what one pass gives. */
static void parts_make_the_whole(void **state) {
    (void)state;
    enum { SIZE = 300001 };
    static const size_t cuts[] = {0, 1, 8, 9, 73, 200, 264, 4096, 131072, 131079, 300000, SIZE};
    unsigned char *data = malloc(SIZE);
    fill_random(data, SIZE, 5);
    for (int i = 0; i < 3; i++) {
        uint64_t whole = ar_checksum_update(kinds[i], 0, data, SIZE);
        uint64_t combined = 0;
        uint64_t chained = 0;
        for (size_t cut = sizeof cuts / sizeof *cuts - 1; cut > 0; cut--) {
            size_t size = cuts[cut] - cuts[cut - 1];
            uint64_t part = ar_checksum_update(kinds[i], 0, data + cuts[cut - 1], size);
            combined ^= ar_checksum_shift(kinds[i], part, (int64_t)(SIZE - cuts[cut]));
        }
        for (size_t cut = 1; cut < sizeof cuts / sizeof *cuts; cut++) {
            chained = ar_checksum_update(kinds[i], chained, data + cuts[cut - 1],
                                         cuts[cut] - cuts[cut - 1]);
        }
        assert_int_equal(combined, whole);
        assert_int_equal(chained, whole);
    }
    free(data);
}

/* Bit by bit, against whatever way is taken for lengths up to several blocks. */
static void every_short_length(void **state) {
    (void)state;
    unsigned char data[400];
    fill_random(data, sizeof data, 7);
    uint64_t crc = UINT64_MAX;
    for (size_t size = 0; size <= sizeof data; size++) {
        assert_int_equal(ar_checksum_update(AR_CHECKSUM_CRC64NVME, 0, data, size), ~crc);
        crc ^= size < sizeof data ? data[size] : 0;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? (crc >> 1) ^ UINT64_C(0x9a6c9329ac4bc9b5) : crc >> 1;
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(every_short_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
