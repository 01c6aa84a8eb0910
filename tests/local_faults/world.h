/* The directory that everything happens in, and what is in it. Nothing here calls the library. */
#ifndef TESTS_LOCAL_FAULTS_WORLD_H
#define TESTS_LOCAL_FAULTS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes a fresh directory, with the trees "tree" (with links and modes) and "plain" (files alone),
 * the file "file" and its other version "other". */
void world_make(void);
void world_remove(void);

/* A setting of the server from the environment; without it the test ends as skipped. */
const char *world_setting(const char *name);
/* NAME below the directory; static storage that the next call but seven reuses. */
const char *world_path(const char *name);

/* Of kinds, names, contents, modes of files, and targets of links, in no order; 0: nothing there.
 * With a NAME that is a file, of its content and mode. */
uint64_t world_digest(const char *path);
/* Files, links and directories below PATH. */
size_t world_count(const char *path);
/* Whether anything below PATH has a name that begins with PREFIX. */
bool world_has(const char *path, const char *prefix);
void world_clear(const char *path);
void world_write(const char *path, const void *data, size_t size, unsigned mode);

/* Ends the process: a test's own needs failed. */
#define world_need(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            world_die(#condition);                                                                 \
        }                                                                                          \
    } while (0)
_Noreturn void world_die(const char *what);

#endif
