#include "archive/extract_limits.h"

#include <inttypes.h>
#include <stdatomic.h>

/* Below it every small and repetitive archive would be a bomb. */
static const uint64_t ratio_free_bytes = 1 << 20;

artrepo_code ar_extract_limits_add_entry(ar_extract_limits *limits, artrepo_error *error) {
    limits->entries++;
    if (limits->limits.entries != 0 && limits->entries > limits->limits.entries) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "the archive has more than %" PRIu64
                                 " entries, which is the limit",
                                 limits->limits.entries);
    }
    return ARTREPO_OK;
}

artrepo_code ar_extract_limits_add_file(ar_extract_limits *limits, uint64_t size,
                                        artrepo_error *error) {
    limits->bytes = size > UINT64_MAX - limits->bytes ? UINT64_MAX : limits->bytes + size;
    if (limits->limits.bytes != 0 && limits->bytes > limits->limits.bytes) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "the archive's files have more than %" PRIu64
                                 " bytes, which is the limit",
                                 limits->limits.bytes);
    }
    return ARTREPO_OK;
}

artrepo_code ar_extract_limits_add_data(ar_extract_limits *limits, uint64_t size,
                                        bool count_as_file, artrepo_error *error) {
    if (count_as_file) {
        artrepo_code code = ar_extract_limits_add_file(limits, size, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    limits->written += size;
    if (limits->limits.ratio == 0 || limits->archive_bytes == NULL ||
        limits->written <= ratio_free_bytes) {
        return ARTREPO_OK;
    }
    uint64_t archive = atomic_load_explicit(limits->archive_bytes, memory_order_relaxed);
    if (limits->written / limits->limits.ratio > archive) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "the archive holds more than %" PRIu64
                                 " times its own size, which is the limit",
                                 limits->limits.ratio);
    }
    return ARTREPO_OK;
}
