/* A stream, compressed in whatever way, becomes files: gzip, our own gzip, BGZF, zstd. The first
 * byte says in what pieces it comes, and whether it is said to be a tar or looked at. */
#include "fuzz.h"
#include "unpack.h"

enum { LOOKED_AT = 1, IN_SMALL_PIECES = 2, LARGEST = 256 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0 || size > LARGEST) {
        return 0;
    }
    artrepo_archive_kind kind =
        (data[0] & LOOKED_AT) != 0 ? ARTREPO_ARCHIVE_UNSET : ARTREPO_ARCHIVE_TAR;
    size_t piece = (data[0] & IN_SMALL_PIECES) != 0 ? 7 : LARGEST;
    fuzz_unpack_stream(kind, data + 1, size - 1, piece);
    return 0;
}
