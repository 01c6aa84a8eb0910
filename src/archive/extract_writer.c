#include "archive/extract_writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/extract_batch.h"
#include "archive/tree_name.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/group.h"
#include "base/operation.h"

/* Larger files gain nothing from being copied for another thread. */
static const int64_t small_file = 256 << 10;

enum { SLOTS = 1 << 20, BITS = 64 };

struct ar_extract_writer {
    ar_tree *tree;
    artrepo_operation *operation;
    ar_group *group;
    ar_stage *stage;

    pthread_mutex_t mutex;
    pthread_cond_t changed;
    ar_extract_batch *free_batches;
    size_t batch_count, batch_limit;
    size_t under_way; /* batches handed to the group */
    /* A bit for each name under way, by its hash: a name whose bit is set has to wait. */
    uint64_t slots[SLOTS / BITS];

    int64_t wait_ns;

    /* The thread that feeds the writer alone uses what follows. */
    ar_extract_batch *batch; /* being filled; NULL when there is none */

    ar_extract_file *small; /* the file that is open, in BATCH ... */
    int descriptor;         /* ... or on its own; -1 */
    char *name;
    ar_tree_attributes attributes;
    int64_t size; /* as announced; -1 */
    int64_t end;  /* behind the last byte that came */
};

/* ---- batches ---- */

static artrepo_code take_batch(ar_extract_writer *writer, artrepo_error *error) {
    int64_t begin = ar_clock_now_ns();
    pthread_mutex_lock(&writer->mutex);
    while (writer->free_batches == NULL && writer->batch_count == writer->batch_limit) {
        pthread_cond_wait(&writer->changed, &writer->mutex);
    }
    ar_extract_batch *batch = writer->free_batches;
    if (batch != NULL) {
        writer->free_batches = batch->next;
    } else {
        writer->batch_count++;
    }
    pthread_mutex_unlock(&writer->mutex);
    writer->wait_ns += ar_clock_now_ns() - begin;
    if (batch == NULL) {
        batch = malloc(sizeof *batch);
        if (batch == NULL) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to extract files");
        }
        batch->count = 0;
        batch->directories = 0;
        batch->used = 0;
    }
    writer->batch = batch;
    return ARTREPO_OK;
}

static void return_batch(ar_extract_writer *writer, ar_extract_batch *batch) {
    pthread_mutex_lock(&writer->mutex);
    for (size_t i = 0; i < batch->count; i++) {
        uint32_t slot = batch->files[i].slot;
        writer->slots[slot / BITS] &= ~(UINT64_C(1) << (slot % BITS));
    }
    ar_extract_batch_clear(batch);
    batch->next = writer->free_batches;
    writer->free_batches = batch;
    writer->under_way--;
    pthread_cond_signal(&writer->changed);
    pthread_mutex_unlock(&writer->mutex);
}

/* On a thread of the group. */
static artrepo_code run_batch(void *context, void *item, bool failed, artrepo_error *error) {
    ar_extract_writer *writer = context;
    artrepo_code code = ARTREPO_OK;
    if (!failed) {
        int64_t begin = ar_clock_now_ns();
        int64_t written = 0;
        code = ar_extract_batch_make_files(item, &written, error);
        ar_stage_add_busy(writer->stage, ar_clock_now_ns() - begin, written);
    }
    return_batch(writer, item);
    return code;
}

static artrepo_code flush(ar_extract_writer *writer, artrepo_error *error) {
    ar_extract_batch *batch = writer->batch;
    if (batch == NULL) {
        return ARTREPO_OK;
    }
    writer->batch = NULL;
    pthread_mutex_lock(&writer->mutex);
    writer->under_way++;
    pthread_mutex_unlock(&writer->mutex);
    int64_t begin = ar_clock_now_ns();
    artrepo_code code = ar_group_add(writer->group, batch, error);
    writer->wait_ns += ar_clock_now_ns() - begin; /* without threads it is made here */
    return code;
}

/* ---- order ---- */

static uint32_t slot_of(const ar_tree_directory *directory, const char *name) {
    uint64_t hash = ar_tree_identity(directory) ^ UINT64_C(0xcbf29ce484222325);
    for (const char *c = ar_tree_name_base(name); *c != '\0'; c++) {
        /* Names that differ in case alone are the same on some file systems. */
        unsigned char byte = (unsigned char)*c;
        byte = byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte;
        hash = (hash ^ byte) * UINT64_C(0x100000001b3);
    }
    return (uint32_t)((hash ^ hash >> 32) % SLOTS);
}

static bool is_under_way(const ar_extract_writer *writer, uint32_t slot) {
    return (writer->slots[slot / BITS] >> (slot % BITS) & 1) != 0;
}

/* Waits until nothing of that name is under way. */
static artrepo_code await_slot(ar_extract_writer *writer, uint32_t slot, artrepo_error *error) {
    pthread_mutex_lock(&writer->mutex);
    bool wait = is_under_way(writer, slot);
    pthread_mutex_unlock(&writer->mutex);
    if (!wait) {
        return ARTREPO_OK;
    }
    artrepo_code code = flush(writer, error);
    int64_t begin = ar_clock_now_ns();
    pthread_mutex_lock(&writer->mutex);
    while (is_under_way(writer, slot)) {
        pthread_cond_wait(&writer->changed, &writer->mutex);
    }
    pthread_mutex_unlock(&writer->mutex);
    writer->wait_ns += ar_clock_now_ns() - begin;
    return code;
}

static artrepo_code await_all(ar_extract_writer *writer, artrepo_error *error) {
    artrepo_code code = flush(writer, error);
    int64_t begin = ar_clock_now_ns();
    pthread_mutex_lock(&writer->mutex);
    while (writer->under_way > 0) {
        pthread_cond_wait(&writer->changed, &writer->mutex);
    }
    pthread_mutex_unlock(&writer->mutex);
    writer->wait_ns += ar_clock_now_ns() - begin;
    return code;
}

/* The parent of NAME as it is after all entries before. */
static artrepo_code open_parent(ar_extract_writer *writer, const char *name,
                                ar_tree_directory **directory, artrepo_error *error) {
    artrepo_code code = ar_tree_open_parent(writer->tree, name, directory, error);
    if (code != ARTREPO_OK || !ar_tree_went_through_link(*directory)) {
        return code;
    }
    /* A file under way may be about to replace that link. */
    ar_tree_release(*directory);
    *directory = NULL;
    code = await_all(writer, error);
    return code == ARTREPO_OK ? ar_tree_open_parent(writer->tree, name, directory, error) : code;
}

/* Waits until nothing of that name is under way. */
static artrepo_code await_name(ar_extract_writer *writer, const char *name, artrepo_error *error) {
    ar_tree_directory *directory = NULL;
    artrepo_code code = open_parent(writer, name, &directory, error);
    if (code == ARTREPO_OK) {
        code = await_slot(writer, slot_of(directory, name), error);
        ar_tree_release(directory);
    }
    return code;
}

/* ---- files ---- */

/* Takes DIRECTORY over. */
static artrepo_code begin_small(ar_extract_writer *writer, ar_tree_directory *directory,
                                const char *name, size_t size, uint32_t slot,
                                artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    if (writer->batch != NULL && !ar_extract_batch_has_room(writer->batch, directory, name, size)) {
        code = flush(writer, error);
    }
    if (code == ARTREPO_OK && writer->batch == NULL) {
        code = take_batch(writer, error);
    }
    if (code != ARTREPO_OK) {
        ar_tree_release(directory);
        return code;
    }
    writer->small = ar_extract_batch_add(writer->batch, directory, name, size);
    writer->small->slot = slot;
    writer->small->attributes = writer->attributes;
    pthread_mutex_lock(&writer->mutex);
    writer->slots[slot / BITS] |= UINT64_C(1) << (slot % BITS);
    pthread_mutex_unlock(&writer->mutex);
    return ARTREPO_OK;
}

/* Takes DIRECTORY over. */
static artrepo_code begin_large(ar_extract_writer *writer, ar_tree_directory *directory,
                                const char *name, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    writer->name = strdup(name);
    if (writer->name == NULL) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for file %s", name);
    }
    if (code == ARTREPO_OK) {
        code = ar_tree_create_file_in(directory, name, &writer->descriptor, error);
    }
    ar_tree_release(directory);
    return code;
}

artrepo_code ar_extract_writer_begin_file(ar_extract_writer *writer, const char *name, int64_t size,
                                          const ar_tree_attributes *attributes,
                                          artrepo_error *error) {
    ar_tree_directory *directory = NULL;
    if (name[0] == '\0') {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "illegal file path: . is the directory itself");
    }
    artrepo_code code = open_parent(writer, name, &directory, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    uint32_t slot = slot_of(directory, name);
    code = await_slot(writer, slot, error);
    if (code != ARTREPO_OK) {
        ar_tree_release(directory);
        return code;
    }
    writer->attributes = *attributes;
    writer->size = size;
    writer->end = 0;
    if (size >= 0 && size <= small_file) {
        return begin_small(writer, directory, name, (size_t)size, slot, error);
    }
    return begin_large(writer, directory, name, error);
}

artrepo_code ar_extract_writer_data(ar_extract_writer *writer, const void *data, size_t size,
                                    int64_t offset, artrepo_error *error) {
    const char *name = writer->small != NULL ? writer->small->name : writer->name;
    int64_t end;
    if (offset < writer->end || __builtin_add_overflow(offset, (int64_t)size, &end) ||
        (writer->size >= 0 && end > writer->size)) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "damaged archive: the data of %s do not fit its size", name);
    }
    if (writer->small != NULL) {
        memset(writer->small->data + writer->end, 0, (size_t)(offset - writer->end));
        memcpy(writer->small->data + offset, data, size);
        writer->end = end;
        return ARTREPO_OK;
    }
    writer->end = end;
    int64_t begin = ar_clock_now_ns();
    artrepo_code code =
        ar_file_pwrite_all(writer->descriptor, data, size, offset, writer->name, error);
    int64_t taken = ar_clock_now_ns() - begin;
    ar_stage_add_busy(writer->stage, taken, (int64_t)size);
    writer->wait_ns += taken; /* the write stage's time, not the reader's */
    return code;
}

static artrepo_code end_large(ar_extract_writer *writer, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    if (writer->size > writer->end && ftruncate(writer->descriptor, writer->size) != 0) {
        code = artrepo_error_set_errno(error, errno, "cannot make %s of %lld bytes", writer->name,
                                       (long long)writer->size);
    }
    if (code == ARTREPO_OK) {
        code = ar_tree_finish_file(writer->descriptor, writer->name, &writer->attributes, error);
        writer->descriptor = -1;
    }
    free(writer->name);
    writer->name = NULL;
    return code;
}

artrepo_code ar_extract_writer_end_file(ar_extract_writer *writer, artrepo_error *error) {
    if (writer->small == NULL) {
        return end_large(writer, error);
    }
    memset(writer->small->data + writer->end, 0, (size_t)(writer->size - writer->end));
    writer->small = NULL;
    return ARTREPO_OK;
}

/* ---- the others ---- */

artrepo_code ar_extract_writer_directory(ar_extract_writer *writer, const char *name,
                                         artrepo_error *error) {
    ar_tree_directory *directory = NULL;
    if (name[0] == '\0') {
        return ARTREPO_OK;
    }
    artrepo_code code = open_parent(writer, name, &directory, error);
    ar_tree_release(directory);
    return code == ARTREPO_OK ? ar_tree_make_directory(writer->tree, name, error) : code;
}

artrepo_code ar_extract_writer_symbolic_link(ar_extract_writer *writer, const char *name,
                                             const char *target, artrepo_error *error) {
    artrepo_code code = await_name(writer, name, error);
    return code == ARTREPO_OK ? ar_tree_make_symbolic_link(writer->tree, name, target, error)
                              : code;
}

artrepo_code ar_extract_writer_hard_link(ar_extract_writer *writer, const char *name,
                                         const char *target, artrepo_error *error) {
    artrepo_code code = await_name(writer, name, error);
    if (code == ARTREPO_OK) {
        code = await_all(writer, error);
    }
    return code == ARTREPO_OK ? ar_tree_make_hard_link(writer->tree, name, target, error) : code;
}

/* ---- open and close ---- */

artrepo_code ar_extract_writer_open(ar_tree *tree, artrepo_operation *operation,
                                    ar_extract_writer **out, artrepo_error *error) {
    ar_extract_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to extract files");
    }
    unsigned threads = artrepo_operation_threads(operation);
    writer->tree = tree;
    writer->operation = operation;
    writer->descriptor = -1;
    writer->batch_limit = threads <= 1 ? 1 : (size_t)threads * 2 + 1;
    writer->stage = ar_operation_stage(operation, "write");
    pthread_mutex_init(&writer->mutex, NULL);
    pthread_cond_init(&writer->changed, NULL);
    artrepo_code code = ar_group_open(threads, writer->batch_limit, run_batch, writer, operation,
                                      &writer->group, error);
    if (code != ARTREPO_OK) {
        ar_extract_writer_close(writer, NULL, NULL);
        return code;
    }
    *out = writer;
    return ARTREPO_OK;
}

static void free_writer(ar_extract_writer *writer) {
    if (writer->batch != NULL) {
        ar_extract_batch_clear(writer->batch);
        free(writer->batch);
    }
    while (writer->free_batches != NULL) {
        ar_extract_batch *batch = writer->free_batches;
        writer->free_batches = batch->next;
        free(batch);
    }
    if (writer->descriptor >= 0) {
        close(writer->descriptor);
    }
    free(writer->name);
    pthread_mutex_destroy(&writer->mutex);
    pthread_cond_destroy(&writer->changed);
    free(writer);
}

artrepo_code ar_extract_writer_close(ar_extract_writer *writer, const artrepo_error *failure,
                                     artrepo_error *error) {
    if (writer == NULL) {
        return ARTREPO_OK;
    }
    artrepo_code code = ARTREPO_OK;
    if (failure != NULL) {
        ar_group_fail(writer->group, failure);
    } else if (writer->group != NULL) {
        code = flush(writer, error);
    }
    artrepo_code closed = ar_group_close(writer->group, code == ARTREPO_OK ? error : NULL);
    free_writer(writer);
    if (failure != NULL && error != NULL) {
        *error = *failure;
    }
    return failure != NULL ? failure->code : code != ARTREPO_OK ? code : closed;
}

int64_t ar_extract_writer_wait_ns(const ar_extract_writer *writer) {
    return writer->wait_ns;
}
