/* A zip becomes files: by its directory, and as a stream when the first byte says so. */
#include "fuzz.h"
#include "unpack.h"

enum { AS_STREAM = 1, LARGEST = 256 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > LARGEST) {
        return 0;
    }
    if ((data[0] & AS_STREAM) != 0) {
        fuzz_unpack_stream(ARTREPO_ARCHIVE_ZIP, data + 1, size - 1, 1000);
    } else {
        fuzz_unpack_zip(data + 1, size - 1);
    }
    return 0;
}
