#include "executor/copy.h"

#include <stdlib.h>

#define BLOCK_SIZE ((size_t)256 << 10)

artrepo_code ar_copy_stream(artrepo_source *source, artrepo_sink *sink,
                            artrepo_operation *operation, artrepo_error *error) {
    char *block = malloc(BLOCK_SIZE);
    if (block == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to copy");
    }
    artrepo_code code;
    size_t got = 0;
    do {
        code = artrepo_operation_check(operation, error);
        if (code == ARTREPO_OK) {
            code = artrepo_source_read(source, block, BLOCK_SIZE, &got, error);
        }
        if (code == ARTREPO_OK && got > 0) {
            code = artrepo_sink_write(sink, block, got, error);
        }
    } while (code == ARTREPO_OK && got > 0);
    free(block);
    return code;
}
