#include "archive/extract_batch.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"

static bool is_new_directory(const ar_extract_batch *batch, const ar_tree_directory *directory) {
    return batch->count == 0 || batch->files[batch->count - 1].directory != directory;
}

bool ar_extract_batch_has_room(const ar_extract_batch *batch, const ar_tree_directory *directory,
                               const char *name, size_t size) {
    size_t needed = strlen(name) + 1 + size;
    size_t directories = batch->directories + (is_new_directory(batch, directory) ? 1 : 0);
    return batch->count < AR_EXTRACT_BATCH_FILES && directories <= AR_EXTRACT_BATCH_DIRECTORIES &&
           needed <= sizeof batch->bytes - batch->used;
}

ar_extract_file *ar_extract_batch_add(ar_extract_batch *batch, ar_tree_directory *directory,
                                      const char *name, size_t size) {
    size_t name_size = strlen(name) + 1;
    batch->directories += is_new_directory(batch, directory) ? 1 : 0;
    ar_extract_file *file = &batch->files[batch->count++];
    *file = (ar_extract_file){.directory = directory,
                              .name = (char *)batch->bytes + batch->used,
                              .data = batch->bytes + batch->used + name_size,
                              .size = size};
    memcpy(batch->bytes + batch->used, name, name_size);
    batch->used += name_size + size;
    return file;
}

static artrepo_code make_file(const ar_extract_file *file, artrepo_error *error) {
    int descriptor = -1;
    artrepo_code code = ar_tree_create_file_in(file->directory, file->name, &descriptor, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = ar_file_write_all(descriptor, file->data, file->size, file->name, error);
    if (code != ARTREPO_OK) {
        close(descriptor);
        return code;
    }
    return ar_tree_finish_file(descriptor, file->name, &file->attributes, error);
}

artrepo_code ar_extract_batch_make_files(const ar_extract_batch *batch, int64_t *written,
                                         artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; i < batch->count && code == ARTREPO_OK; i++) {
        code = make_file(&batch->files[i], error);
        *written += (int64_t)batch->files[i].size;
    }
    return code;
}

void ar_extract_batch_clear(ar_extract_batch *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        ar_tree_release(batch->files[i].directory);
    }
    batch->count = 0;
    batch->directories = 0;
    batch->used = 0;
}
