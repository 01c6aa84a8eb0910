#include "archive/block_writer.h"

#include <string.h>

unsigned char *ar_block_writer_space(ar_block_writer *writer, size_t *space) {
    if (writer->block == NULL) {
        writer->block = ar_pipeline_take(writer->pipeline);
    }
    if (writer->block == NULL) {
        return NULL;
    }
    *space = writer->block_size - writer->block->input_size;
    return writer->block->input + writer->block->input_size;
}

void ar_block_writer_advance(ar_block_writer *writer, size_t size) {
    writer->block->input_size += size;
    if (writer->block->input_size == writer->block_size) {
        ar_block_writer_finish(writer);
    }
}

bool ar_block_writer_put(ar_block_writer *writer, const void *data, size_t size) {
    while (size > 0) {
        size_t space;
        unsigned char *to = ar_block_writer_space(writer, &space);
        if (to == NULL) {
            return false;
        }
        size_t count = size < space ? size : space;
        if (data == NULL) {
            memset(to, 0, count);
        } else {
            memcpy(to, data, count);
            data = (const unsigned char *)data + count;
        }
        size -= count;
        ar_block_writer_advance(writer, count);
    }
    return true;
}

void ar_block_writer_finish(ar_block_writer *writer) {
    if (writer->block != NULL) {
        writer->block = NULL;
        ar_pipeline_submit(writer->pipeline);
    }
}
