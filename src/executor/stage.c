#include "executor/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/place.h"
#include "archive/tree.h"
#include "archive/walk.h"
#include "base/file.h"
#include "base/operation.h"
#include "executor/copy.h"
#include "executor/words.h"

/* ---- a file ---- */

static artrepo_code write_file(artrepo_source *source, const char *staged,
                               artrepo_operation *operation, artrepo_error *error) {
    artrepo_sink *sink = NULL;
    struct stat status;
    artrepo_code code = ar_file_make_parent(staged, error);
    if (code == ARTREPO_OK && lstat(staged, &status) == 0 && S_ISDIR(status.st_mode)) {
        code = ar_file_remove_tree(AT_FDCWD, staged, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_sink_open_file(staged, 0644, &sink, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_copy_stream(source, sink, operation, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    artrepo_sink_close(sink);
    return code;
}

/* An archive, or with the none strategy the file itself. */
static artrepo_code stage_file(const char *path, const char *name,
                               const artrepo_archive_strategy *strategy, const char *staged,
                               artrepo_operation *operation, artrepo_error *error) {
    artrepo_source *source = NULL;
    ar_log_archiving(operation, strategy, path);
    artrepo_code code = artrepo_archive_pack(path, name, strategy, operation, &source, error);
    if (code == ARTREPO_OK) {
        code = write_file(source, staged, operation, error);
    }
    artrepo_source_close(source);
    return code;
}

/* ---- a directory without an archive ---- */

typedef struct directory_stage {
    ar_tree *tree;
    artrepo_operation *operation;
    artrepo_transfer *transfer;
} directory_stage;

static artrepo_code copy_file(const directory_stage *stage, const ar_walk_entry *entry,
                              int descriptor, artrepo_error *error) {
    artrepo_source *source = NULL;
    artrepo_sink *sink = NULL;
    artrepo_code code = artrepo_source_open_descriptor(entry->file, entry->path, &source, error);
    if (code == ARTREPO_OK) {
        code = artrepo_sink_open_descriptor(descriptor, entry->name, &sink, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_copy_stream(source, sink, stage->operation, error);
    }
    artrepo_sink_close(sink);
    artrepo_source_close(source);
    return code;
}

static artrepo_code stage_entry(const directory_stage *stage, const char *name,
                                const ar_walk_entry *entry, artrepo_error *error) {
    const ar_tree_attributes attributes = {.mode = entry->status.st_mode,
                                           .has_modification_time = true,
                                           .modification_time = entry->status.st_mtim};
    int descriptor = -1;
    artrepo_code code = ar_tree_create_file(stage->tree, name, &descriptor, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = copy_file(stage, entry, descriptor, error);
    artrepo_code finished =
        ar_tree_finish_file(descriptor, name, &attributes, code == ARTREPO_OK ? error : NULL);
    stage->transfer->objects += code == ARTREPO_OK;
    stage->transfer->bytes += code == ARTREPO_OK ? entry->status.st_size : 0;
    return code == ARTREPO_OK ? finished : code;
}

static artrepo_code visit(void *data, const ar_walk_entry *entry, artrepo_error *error) {
    const directory_stage *stage = data;
    const char *name = strchr(entry->name, '/');
    artrepo_code code = artrepo_operation_check(stage->operation, error);
    if (code != ARTREPO_OK || name == NULL) { /* the directory itself */
        return code;
    }
    name++;
    if (S_ISDIR(entry->status.st_mode)) {
        return ar_tree_make_directory(stage->tree, name, error);
    }
    if (!S_ISREG(entry->status.st_mode)) {
        ar_log(stage->operation, ARTREPO_LOG_WARNING, "passed over: not a regular file", "path",
               entry->path, NULL);
        return ARTREPO_OK;
    }
    return stage_entry(stage, name, entry, error);
}

static artrepo_code stage_directory(const char *path, const char *staged,
                                    artrepo_transfer *transfer, artrepo_operation *operation,
                                    artrepo_error *error) {
    ar_place place = {NULL, NULL, -1};
    directory_stage stage = {NULL, operation, transfer};
    artrepo_code code = ar_file_make_parent(staged, error);
    if (code == ARTREPO_OK) { /* of an earlier run */
        code = ar_file_remove_tree(AT_FDCWD, staged, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_place_open(&place, staged, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_tree_open(place.directory, &stage.tree, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_walk(path, "top", visit, &stage, error);
    }
    ar_tree_close(stage.tree);
    if (code == ARTREPO_OK) {
        code = ar_place_commit_directory(&place, error);
    }
    ar_place_close(&place);
    return code;
}

artrepo_code ar_stage_path(const char *path, const char *name,
                           const artrepo_archive_strategy *strategy, const char *staged,
                           artrepo_transfer *transfer, artrepo_operation *operation,
                           artrepo_error *error) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot stage %s", path);
    }
    transfer->directory = S_ISDIR(status.st_mode);
    if (strategy->kind == ARTREPO_ARCHIVE_NONE && S_ISDIR(status.st_mode)) {
        return stage_directory(path, staged, transfer, operation, error);
    }
    artrepo_code code = stage_file(path, name, strategy, staged, operation, error);
    if (code == ARTREPO_OK && stat(staged, &status) == 0) {
        transfer->objects = 1;
        transfer->bytes = status.st_size;
    }
    return code;
}
