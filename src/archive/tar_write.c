#include "archive/tar_write.h"

#include <fcntl.h>

#include "archive/tar_header.h"
#include "archive/walk.h"
#include "base/operation.h"

enum { READ_AHEAD_FROM = 4 << 20 };

typedef struct tar_writer {
    ar_block_writer *writer;
    artrepo_operation *operation;
    uint64_t entries;
    ar_buffer header;
} tar_writer;

/* The pipeline has ended, and the walk with it. What is returned here is not seen by anyone. */
static artrepo_code ended(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_CANCELLED, "the archive is not wanted any more");
}

/* The reference rounds to whole seconds, half up. */
static int64_t rounded_seconds(const struct timespec *time) {
    return (int64_t)time->tv_sec + (time->tv_nsec >= 500000000 ? 1 : 0);
}

static artrepo_code put_header(tar_writer *tar, const ar_walk_entry *entry, char type,
                               const char *link, artrepo_error *error) {
    ar_tar_entry header = {
        .name = entry->name,
        .link = link,
        .type = type,
        .mode = entry->status.st_mode & 07777,
        .uid = entry->status.st_uid,
        .gid = entry->status.st_gid,
        .size = type == '0' ? entry->status.st_size : 0,
        .modified = rounded_seconds(&entry->status.st_mtim),
    };
    ar_buffer_clear(&tar->header);
    if (!ar_tar_header_append(&tar->header, &header)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to archive %s", entry->path);
    }
    tar->entries++;
    return ar_block_writer_put(tar->writer, tar->header.data, tar->header.size) ? ARTREPO_OK
                                                                                : ended(error);
}

/* The size in the header was promised: a file that grows meanwhile is archived up to it, one that
 * shrinks cannot be archived. */
static artrepo_code put_content(tar_writer *tar, const ar_walk_entry *entry, artrepo_error *error) {
    int64_t left = entry->status.st_size;
    if (left >= READ_AHEAD_FROM) {
        posix_fadvise(entry->file, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    while (left > 0) {
        size_t space;
        unsigned char *to = ar_block_writer_space(tar->writer, &space);
        if (to == NULL) {
            return ended(error);
        }
        size_t got;
        artrepo_code code = ar_walk_read(entry, to, space, left, &got, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        ar_block_writer_advance(tar->writer, got);
        left -= (int64_t)got;
    }
    size_t padding = AR_TAR_PADDING((size_t)entry->status.st_size);
    return ar_block_writer_put(tar->writer, NULL, padding) ? ARTREPO_OK : ended(error);
}

static artrepo_code put_link(tar_writer *tar, const ar_walk_entry *entry, artrepo_error *error) {
    char target[AR_WALK_LINK_SIZE];
    artrepo_code code = ar_walk_read_link(entry, target, error);
    return code == ARTREPO_OK ? put_header(tar, entry, '2', target, error) : code;
}

static artrepo_code put_entry(void *data, const ar_walk_entry *entry, artrepo_error *error) {
    tar_writer *tar = data;
    artrepo_code code = artrepo_operation_check(tar->operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    switch (entry->status.st_mode & S_IFMT) {
    case S_IFREG:
        code = put_header(tar, entry, '0', NULL, error);
        return code == ARTREPO_OK ? put_content(tar, entry, error) : code;
    case S_IFDIR:
        return put_header(tar, entry, '5', NULL, error);
    case S_IFLNK:
        return put_link(tar, entry, error);
    default:
        ar_log(tar->operation, ARTREPO_LOG_WARNING,
               "passed over: neither file, directory nor symbolic link", "path", entry->path, NULL);
        return ARTREPO_OK;
    }
}

artrepo_code ar_tar_write(const char *path, const char *top, ar_block_writer *writer,
                          artrepo_operation *operation, artrepo_error *error) {
    tar_writer tar = {.writer = writer, .operation = operation};
    artrepo_code code = ar_walk(path, top, put_entry, &tar, error);
    if (code == ARTREPO_OK) {
        ar_block_writer_put(writer, NULL, AR_TAR_END_SIZE);
        ar_block_writer_finish(writer);
        ar_walk_log_count(operation, tar.entries, path);
    }
    ar_buffer_free(&tar.header);
    return code;
}
