/* Archives written header by header, so that they can say anything, and a directory to extract them
 * into that lies in a world which must not change. */
#ifndef TESTS_EXTRACT_FIXTURE_H
#define TESTS_EXTRACT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "archive/extract.h"
#include "base/buffer.h"
#include "base/file.h"

/* Skips the test where links cannot be followed safely: before Linux 5.6, and under Valgrind 3.19,
 * which does not know the call. */
static inline void need_openat2(void) {
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH};
    int descriptor = (int)syscall(SYS_openat2, AT_FDCWD, ".", &how, sizeof how);
    if (descriptor < 0 && errno == ENOSYS) {
        skip();
    }
    close(descriptor);
}

/* ---- the world ---- */

typedef struct sandbox {
    char world[64]; /* holds place/ and victim, a file with the text "untouched" */
    int place;      /* an empty directory */
    unsigned threads;
    size_t block; /* bytes that the reader gives at once */
    ar_buffer tar;
    artrepo_archive_limits limits;
    artrepo_error error; /* of the last extraction */
    char log[1024];      /* "message name;" of each record */
} sandbox;

static inline int set_up(void **state) {
    sandbox *box = calloc(1, sizeof *box);
    strcpy(box->world, "/tmp/artrepo-extract-test-XXXXXX");
    assert_non_null(mkdtemp(box->world));
    int world = open(box->world, O_RDONLY | O_DIRECTORY);
    assert_int_equal(mkdirat(world, "place", 0700), 0);
    int victim = openat(world, "victim", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(victim, "untouched", 9), 9);
    close(victim);
    box->place = openat(world, "place", O_RDONLY | O_DIRECTORY);
    close(world);
    box->threads = 2;
    box->block = 64 << 10;
    *state = box;
    return 0;
}

static inline int tear_down(void **state) {
    sandbox *box = *state;
    close(box->place);
    ar_buffer_free(&box->tar);
    assert_int_equal(ar_file_remove_tree(AT_FDCWD, box->world, NULL), ARTREPO_OK);
    free(box);
    return 0;
}

/* An empty place and an empty archive again. */
static inline void start_over(sandbox *box) {
    char path[96];
    close(box->place);
    snprintf(path, sizeof path, "%s/place", box->world);
    assert_int_equal(ar_file_remove_tree(AT_FDCWD, path, NULL), ARTREPO_OK);
    assert_int_equal(mkdir(path, 0700), 0);
    box->place = open(path, O_RDONLY | O_DIRECTORY);
    ar_buffer_clear(&box->tar);
    box->log[0] = '\0';
}

/* ---- writing tar ---- */

static inline void finish_header(char *header) {
    memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (int i = 0; i < 512; i++) {
        sum += (unsigned char)header[i];
    }
    snprintf(header + 148, 8, "%06o", sum);
}

/* TARGET may be NULL. */
static inline void make_header(char header[512], const char *name, char type, unsigned mode,
                               size_t size, const char *target) {
    memset(header, 0, 512);
    memcpy(header, name, strnlen(name, 100));
    snprintf(header + 100, 8, "%07o", mode);
    snprintf(header + 108, 8, "%07o", 0);
    snprintf(header + 116, 8, "%07o", 0);
    snprintf(header + 124, 12, "%011zo", size);
    snprintf(header + 136, 12, "%011o", 1000000000);
    header[156] = type;
    if (target != NULL) {
        memcpy(header + 157, target, strnlen(target, 100));
    }
    memcpy(header + 257, "ustar\00000", 8);
    finish_header(header);
}

static inline void add_data(sandbox *box, const void *data, size_t size) {
    static const char zeroes[512];
    assert_true(ar_buffer_append(&box->tar, data, size));
    assert_true(ar_buffer_append(&box->tar, zeroes, (512 - size % 512) % 512));
}

static inline void add(sandbox *box, const char *name, char type, unsigned mode, const void *data,
                       size_t size, const char *target) {
    char header[512];
    make_header(header, name, type, mode, size, target);
    add_data(box, header, 512);
    add_data(box, data, size);
}

static inline void add_file(sandbox *box, const char *name, const char *text) {
    add(box, name, '0', 0644, text, strlen(text), NULL);
}

static inline void add_directory(sandbox *box, const char *name) {
    add(box, name, '5', 0700, "", 0, NULL);
}

static inline void add_symlink(sandbox *box, const char *name, const char *target) {
    add(box, name, '2', 0777, "", 0, target);
}

static inline void add_hard_link(sandbox *box, const char *name, const char *target) {
    add(box, name, '1', 0644, "", 0, target);
}

/* VALUE may hold any bytes. */
static inline void append_record(ar_buffer *records, const char *key, const char *value,
                                 size_t value_size) {
    size_t rest = strlen(key) + value_size + 3; /* blank, '=', newline */
    size_t total = rest + 1;
    char digits[24];
    while ((size_t)snprintf(digits, sizeof digits, "%zu", total) + rest != total) {
        total++;
    }
    size_t before = records->size;
    assert_true(ar_buffer_printf(records, "%zu %s=", total, key));
    assert_true(ar_buffer_append(records, value, value_size));
    assert_true(ar_buffer_append_char(records, '\n'));
    assert_int_equal(records->size - before, total);
}

/* A pax header with one record for the next entry. */
static inline void add_pax(sandbox *box, const char *key, const char *value, size_t value_size) {
    ar_buffer record = AR_BUFFER_INIT;
    append_record(&record, key, value, value_size);
    add(box, "PaxHeaders/x", 'x', 0644, record.data, record.size, NULL);
    ar_buffer_free(&record);
}

/* The pax header of a sparse file (version 0.1). */
static inline void add_pax_sparse(sandbox *box, const char *size, const char *map) {
    ar_buffer records = AR_BUFFER_INIT;
    append_record(&records, "GNU.sparse.size", size, strlen(size));
    append_record(&records, "GNU.sparse.map", map, strlen(map));
    add(box, "PaxHeaders/x", 'x', 0644, records.data, records.size, NULL);
    ar_buffer_free(&records);
}

static inline void add_end(sandbox *box) {
    static const char zeroes[1024];
    assert_true(ar_buffer_append(&box->tar, zeroes, sizeof zeroes));
}

/* ---- extracting ---- */

typedef struct memory_reader {
    ar_block_reader base;
    const char *data;
    size_t left, block;
    artrepo_code failure; /* instead of the end */
} memory_reader;

static inline artrepo_code memory_next(ar_block_reader *base, const void **block, size_t *size,
                                       artrepo_error *error) {
    memory_reader *reader = (memory_reader *)base;
    if (reader->left == 0 && reader->failure != ARTREPO_OK) {
        return artrepo_error_set(error, reader->failure, "the stream broke");
    }
    *size = reader->left < reader->block ? reader->left : reader->block;
    *block = reader->data;
    reader->data += *size;
    reader->left -= *size;
    return ARTREPO_OK;
}

static inline memory_reader read_memory(const void *data, size_t size, size_t block) {
    return (memory_reader){{memory_next}, data, size, block, ARTREPO_OK};
}

static inline void keep_log(void *data, const artrepo_log_record *record) {
    sandbox *box = data;
    size_t used = strlen(box->log);
    snprintf(box->log + used, sizeof box->log - used, "%s %s;", record->message,
             record->field_count > 0 ? record->fields[0].value : "");
}

static inline artrepo_operation *new_operation(sandbox *box) {
    artrepo_operation *operation = artrepo_operation_new();
    assert_non_null(operation);
    artrepo_operation_set_threads(operation, box->threads);
    artrepo_operation_set_log(operation, ARTREPO_LOG_WARNING, keep_log, box);
    return operation;
}

/* Of the archive in memory, whatever is at its end. */
static inline artrepo_code extract_bytes(sandbox *box, const void *data, size_t size) {
    memory_reader reader = read_memory(data, size, box->block);
    artrepo_operation *operation = new_operation(box);
    _Atomic uint64_t archive_bytes = size;
    box->error = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_code code = ar_extract_tar(&reader.base, box->place, &box->limits, &archive_bytes,
                                       operation, &box->error);
    assert_int_equal(code, box->error.code);
    if (code == ARTREPO_OK) {
        assert_int_equal(reader.left, 0); /* read to its end */
    }
    artrepo_operation_free(operation);
    return code;
}

static inline artrepo_code extract(sandbox *box) {
    add_end(box);
    return extract_bytes(box, box->tar.data, box->tar.size);
}

static inline void assert_extracts(sandbox *box) {
    artrepo_code code = extract(box);
    if (code != ARTREPO_OK) {
        fail_msg("%s", box->error.message);
    }
}

static inline void assert_refused(sandbox *box, artrepo_code code, const char *message) {
    assert_int_equal(extract(box), code);
    if (strstr(box->error.message, message) == NULL) {
        fail_msg("\"%s\" instead of \"%s\"", box->error.message, message);
    }
}

/* ---- what is there afterwards ---- */

static inline struct stat status_of(const sandbox *box, const char *name) {
    struct stat status;
    if (fstatat(box->place, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        fail_msg("%s is not there", name);
    }
    return status;
}

static inline bool is_there(const sandbox *box, const char *name) {
    struct stat status;
    return fstatat(box->place, name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static inline void assert_data(const sandbox *box, const char *name, const void *data,
                               size_t size) {
    int descriptor = openat(box->place, name, O_RDONLY | O_NOFOLLOW);
    if (descriptor < 0) {
        fail_msg("%s cannot be read", name);
    }
    char *found = malloc(size + 1);
    size_t got = 0;
    assert_int_equal(ar_file_read_full(descriptor, found, size + 1, &got, name, NULL), ARTREPO_OK);
    assert_int_equal(got, size);
    assert_memory_equal(found, data, size);
    free(found);
    close(descriptor);
}

static inline void assert_text(const sandbox *box, const char *name, const char *text) {
    assert_data(box, name, text, strlen(text));
}

static inline void assert_link(const sandbox *box, const char *name, const char *target) {
    char found[4096];
    ssize_t size = readlinkat(box->place, name, found, sizeof found - 1);
    assert_true(size >= 0);
    found[size] = '\0';
    assert_string_equal(found, target);
}

/* Nothing but place/ and the victim, which is as it was. */
static inline void assert_world_untouched(const sandbox *box) {
    char path[96];
    char *text = NULL;
    size_t size = 0;
    struct stat status;
    snprintf(path, sizeof path, "%s/victim", box->world);
    assert_int_equal(ar_file_read_whole(path, 100, &text, &size, NULL), ARTREPO_OK);
    assert_string_equal(text, "untouched");
    free(text);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(status.st_nlink, 1);
    DIR *world = opendir(box->world);
    assert_non_null(world);
    const struct dirent *entry;
    while ((entry = readdir(world)) != NULL) {
        if (entry->d_name[0] != '.' && strcmp(entry->d_name, "place") != 0 &&
            strcmp(entry->d_name, "victim") != 0) {
            fail_msg("%s appeared", entry->d_name);
        }
    }
    closedir(world);
}

#endif
