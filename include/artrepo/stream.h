/*
 * Streams: sources are pulled, sinks are pushed into.
 *
 * Both are small objects with a table of functions, so that an application can pass its own. A
 * stream is used by one thread at a time, and belongs to who made it: the library never closes a
 * stream that it was handed.
 */
#ifndef ARTREPO_STREAM_H
#define ARTREPO_STREAM_H

#include <stddef.h>
#include <stdint.h>

#include <artrepo/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- source ---- */

typedef struct artrepo_source artrepo_source;

typedef struct artrepo_source_functions {
    /* Up to CAPACITY bytes into BUFFER; *GOT is 0 only at the end of the data. */
    artrepo_code (*read)(artrepo_source *source, void *buffer, size_t capacity, size_t *got,
                         artrepo_error *error);
    /* Starts over from the first byte. NULL: the source can be read once only. */
    artrepo_code (*rewind)(artrepo_source *source, artrepo_error *error);
    void (*close)(artrepo_source *source);
} artrepo_source_functions;

struct artrepo_source {
    const artrepo_source_functions *functions;
    int64_t size;   /* bytes in all; -1 when not known before the end */
    int descriptor; /* of a regular file that holds just these bytes from offset 0; -1 otherwise.
                       Drivers may use pread and copy_file_range on it instead of read(). */
};

ARTREPO_API artrepo_code artrepo_source_read(artrepo_source *source, void *buffer, size_t capacity,
                                             size_t *got, artrepo_error *error);
/* Reads until BUFFER is full or the data ends. */
ARTREPO_API artrepo_code artrepo_source_read_full(artrepo_source *source, void *buffer,
                                                  size_t capacity, size_t *got,
                                                  artrepo_error *error);
/* ARTREPO_UNSUPPORTED when the source can be read once only. */
ARTREPO_API artrepo_code artrepo_source_rewind(artrepo_source *source, artrepo_error *error);
/* NULL is allowed. */
ARTREPO_API void artrepo_source_close(artrepo_source *source);

/* A regular file, a pipe or a device. "-" is not special. Close it with artrepo_source_close(). */
ARTREPO_API artrepo_code artrepo_source_open_file(const char *path, artrepo_source **source,
                                                  artrepo_error *error);
/* An open descriptor, which stays the caller's; NAME stands in messages. */
ARTREPO_API artrepo_code artrepo_source_open_descriptor(int descriptor, const char *name,
                                                        artrepo_source **source,
                                                        artrepo_error *error);
/* SIZE bytes at DATA, which must outlive the source. */
ARTREPO_API artrepo_code artrepo_source_open_memory(const void *data, size_t size,
                                                    artrepo_source **source, artrepo_error *error);

/* ---- sink ---- */

typedef struct artrepo_sink artrepo_sink;

typedef struct artrepo_sink_functions {
    artrepo_code (*write)(artrepo_sink *sink, const void *data, size_t size, artrepo_error *error);
    /* All was written: make it last. Called once at the most. */
    artrepo_code (*commit)(artrepo_sink *sink, artrepo_error *error);
    /* Releases the sink. Without a successful commit before it, nothing of the data stays behind.
     */
    void (*close)(artrepo_sink *sink);
} artrepo_sink_functions;

struct artrepo_sink {
    const artrepo_sink_functions *functions;
    int descriptor; /* of a regular file whose content is what is written, from offset 0; -1
                       otherwise. Drivers may pwrite to it in any order instead of write(). */
};

ARTREPO_API artrepo_code artrepo_sink_write(artrepo_sink *sink, const void *data, size_t size,
                                            artrepo_error *error);
ARTREPO_API artrepo_code artrepo_sink_commit(artrepo_sink *sink, artrepo_error *error);
/* NULL is allowed. */
ARTREPO_API void artrepo_sink_close(artrepo_sink *sink);

/* A file that appears whole at PATH on commit: written as a temporary sibling, then renamed over
 * what is there. MODE is subject to the umask. */
ARTREPO_API artrepo_code artrepo_sink_open_file(const char *path, unsigned mode,
                                                artrepo_sink **sink, artrepo_error *error);
/* An open descriptor, which stays the caller's. Written bytes cannot be taken back on close. */
ARTREPO_API artrepo_code artrepo_sink_open_descriptor(int descriptor, const char *name,
                                                      artrepo_sink **sink, artrepo_error *error);
/* Grows up to LIMIT bytes, past which writing is ARTREPO_REFUSED_UNSAFE. */
ARTREPO_API artrepo_code artrepo_sink_open_memory(size_t limit, artrepo_sink **sink,
                                                  artrepo_error *error);
/* What was written to a memory sink so far; valid until the next write or the close. */
ARTREPO_API const void *artrepo_sink_memory(const artrepo_sink *sink, size_t *size);

#ifdef __cplusplus
}
#endif

#endif
