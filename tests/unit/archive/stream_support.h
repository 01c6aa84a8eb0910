/* Packing into memory and unpacking from it. */
#ifndef TESTS_UNIT_ARCHIVE_STREAM_SUPPORT_H
#define TESTS_UNIT_ARCHIVE_STREAM_SUPPORT_H

#include "unit/support.h"

#include <artrepo/archive.h>

#include "base/buffer.h"

/* The archive of PATH, read in chunks of an odd size. */
static inline ar_buffer pack_path(const char *path, const char *strategy_text,
                                  artrepo_operation *operation) {
    artrepo_archive_strategy strategy;
    artrepo_source *source;
    ar_buffer archive = AR_BUFFER_INIT;
    assert_ok(artrepo_archive_strategy_parse(strategy_text, &strategy, error));
    assert_ok(artrepo_archive_pack(path, NULL, &strategy, operation, &source, error));
    for (;;) {
        char chunk[12345];
        size_t got;
        assert_ok(artrepo_source_read(source, chunk, sizeof chunk, &got, error));
        if (got == 0) {
            break;
        }
        assert_true(ar_buffer_append(&archive, chunk, got));
    }
    artrepo_source_close(source);
    return archive;
}

/* STRATEGY_TEXT NULL: detection. Written in pieces of CHUNK bytes. */
static inline artrepo_code unpack_bytes(const void *data, size_t size, size_t chunk,
                                        const char *strategy_text, const char *path,
                                        artrepo_operation *operation, artrepo_error *error) {
    artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
    if (strategy_text != NULL) {
        assert_int_equal(artrepo_archive_strategy_parse(strategy_text, &strategy, error),
                         ARTREPO_OK);
    }
    artrepo_sink *sink;
    artrepo_code code = artrepo_archive_unpack(path, &strategy, NULL, operation, &sink, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    for (size_t at = 0; code == ARTREPO_OK && at < size; at += chunk) {
        size_t count = size - at < chunk ? size - at : chunk;
        code = artrepo_sink_write(sink, (const char *)data + at, count, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    artrepo_sink_close(sink);
    return code;
}

/* Whether a directory holds nothing but NAME (NULL: nothing at all). */
static inline void assert_only(const char *directory, const char *name) {
    char command[300];
    snprintf(command, sizeof command, "test \"$(ls -A '%s')\" = '%s'", directory,
             name == NULL ? "" : name);
    assert_int_equal(system(command), 0);
}

static inline void run_command(const char *command) {
    if (system(command) != 0) {
        fail_msg("failed: %s", command);
    }
}

/* Two files, or two trees: content, permissions of what is no directory, targets of links. */
static inline void assert_same_tree(const char *first, const char *second) {
    static const char list[] = "find . ! -type d -printf '%P %m %l\\n' | sort";
    char command[1000];
    struct stat one;
    struct stat other;
    assert_int_equal(stat(first, &one), 0);
    assert_int_equal(stat(second, &other), 0);
    if (S_ISREG(one.st_mode)) {
        assert_int_equal(one.st_mode, other.st_mode);
        snprintf(command, sizeof command, "cmp '%s' '%s'", first, second);
    } else {
        snprintf(command, sizeof command,
                 "diff -r --no-dereference '%s' '%s' && test \"$(cd '%s' && %s)\" = \"$(cd '%s' "
                 "&& %s)\"",
                 first, second, first, list, second, list);
    }
    run_command(command);
}

#endif
