#include "archive/zip_write.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "archive/locale_scope.h"
#include "archive/walk.h"
#include "base/operation.h"

enum { COPY_SIZE = 256 << 10 };

typedef struct zip_writer {
    ar_block_writer *writer;
    artrepo_operation *operation;
    struct archive *archive;
    struct archive_entry *entry;
    unsigned char *buffer;
    uint64_t entries;
    bool failed; /* what libarchive still writes while it is closed is dropped */
} zip_writer;

static la_ssize_t write_bytes(struct archive *archive, void *data, const void *bytes, size_t size) {
    zip_writer *zip = data;
    if (!zip->failed && !ar_block_writer_put(zip->writer, bytes, size)) {
        archive_set_error(archive, ECANCELED, "the archive is not wanted any more");
        return -1;
    }
    return (la_ssize_t)size;
}

static artrepo_code zip_failed(zip_writer *zip, const char *path, artrepo_error *error) {
    const char *said = archive_error_string(zip->archive);
    /* Where it says nothing, a small allocation failed. */
    if (archive_errno(zip->archive) == ENOMEM || said == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to put %s into the zip (%s)",
                                 path, said == NULL ? "nothing said" : said);
    }
    return artrepo_error_set(error, ARTREPO_IO, "cannot put %s into the zip: %s", path, said);
}

static artrepo_code put_content(zip_writer *zip, const ar_walk_entry *entry, artrepo_error *error) {
    int64_t left = entry->status.st_size;
    while (left > 0) {
        size_t got;
        artrepo_code code = ar_walk_read(entry, zip->buffer, COPY_SIZE, left, &got, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        if (archive_write_data(zip->archive, zip->buffer, got) != (la_ssize_t)got) {
            return zip_failed(zip, entry->path, error);
        }
        left -= (int64_t)got;
    }
    return ARTREPO_OK;
}

static artrepo_code set_link(zip_writer *zip, const ar_walk_entry *entry, artrepo_error *error) {
    char target[AR_WALK_LINK_SIZE];
    artrepo_code code = ar_walk_read_link(entry, target, error);
    if (code == ARTREPO_OK) {
        archive_entry_copy_symlink(zip->entry, target);
    }
    return code;
}

static artrepo_code put_entry(void *data, const ar_walk_entry *entry, artrepo_error *error) {
    zip_writer *zip = data;
    mode_t type = entry->status.st_mode & S_IFMT;
    artrepo_code code = artrepo_operation_check(zip->operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (type != S_IFREG && type != S_IFDIR && type != S_IFLNK) {
        ar_log(zip->operation, ARTREPO_LOG_WARNING,
               "passed over: neither file, directory nor symbolic link", "path", entry->path, NULL);
        return ARTREPO_OK;
    }
    archive_entry_clear(zip->entry);
    archive_entry_copy_pathname(zip->entry, entry->name);
    archive_entry_set_mode(zip->entry, entry->status.st_mode);
    archive_entry_set_mtime(zip->entry, entry->status.st_mtime, 0);
    if (type == S_IFREG) {
        archive_entry_set_size(zip->entry, entry->status.st_size);
    }
    if (type == S_IFLNK && (code = set_link(zip, entry, error)) != ARTREPO_OK) {
        return code;
    }
    if (archive_write_header(zip->archive, zip->entry) < ARCHIVE_WARN) {
        return zip_failed(zip, entry->path, error);
    }
    zip->entries++;
    return type == S_IFREG ? put_content(zip, entry, error) : ARTREPO_OK;
}

static artrepo_code write_archive(zip_writer *zip, const char *path, const char *top,
                                  artrepo_error *error) {
    /* Bytes are passed on at once and the end is not padded. */
    if (archive_write_set_format_zip(zip->archive) != ARCHIVE_OK ||
        archive_write_set_bytes_per_block(zip->archive, 0) != ARCHIVE_OK ||
        archive_write_open(zip->archive, zip, NULL, write_bytes, NULL) != ARCHIVE_OK) {
        return zip_failed(zip, path, error);
    }
    artrepo_code code = ar_walk(path, top, put_entry, zip, error);
    if (code == ARTREPO_OK && archive_write_close(zip->archive) != ARCHIVE_OK) {
        code = zip_failed(zip, path, error);
    }
    zip->failed = code != ARTREPO_OK;
    return code;
}

artrepo_code ar_zip_write(const char *path, const char *top, ar_block_writer *writer,
                          artrepo_operation *operation, artrepo_error *error) {
    zip_writer zip = {.writer = writer, .operation = operation};
    ar_locale_scope locale;
    if (!ar_locale_enter(&locale)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL,
                                 "cannot archive %s: no memory for the locale C.UTF-8, or there is "
                                 "none; it is needed for the names in a zip",
                                 path);
    }
    zip.archive = archive_write_new();
    zip.entry = archive_entry_new();
    zip.buffer = malloc(COPY_SIZE);
    artrepo_code code;
    if (zip.archive == NULL || zip.entry == NULL || zip.buffer == NULL) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to archive %s", path);
    } else {
        code = write_archive(&zip, path, top, error);
    }
    archive_entry_free(zip.entry);
    archive_write_free(zip.archive); /* may still compress what is in the buffer */
    free(zip.buffer);
    if (code == ARTREPO_OK) {
        ar_block_writer_finish(writer);
        ar_walk_log_count(operation, zip.entries, path);
    }
    ar_locale_leave(&locale);
    return code;
}
