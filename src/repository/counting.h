/* Streams around an application's, which tell how far a driver came: what retries stand on. */
#ifndef AR_REPOSITORY_COUNTING_H
#define AR_REPOSITORY_COUNTING_H

#include <stdbool.h>

#include <artrepo/driver.h>
#include <artrepo/stream.h>

/* ---- source ---- */

typedef struct ar_counting_source {
    artrepo_source base; /* what the driver gets */
    artrepo_source *inner;
    artrepo_operation *operation; /* its progress counts what is read for the first time; or NULL */
    int64_t position;             /* since the last rewind */
    int64_t furthest;
    bool failed; /* the last error came from the source, not from the store */
} ar_counting_source;

void ar_counting_source_init(ar_counting_source *source, artrepo_source *inner,
                             artrepo_operation *operation);

/* ---- sink ---- */

typedef struct ar_counting_sink {
    artrepo_sink base; /* what the driver gets */
    artrepo_sink *inner;
    artrepo_operation *operation; /* its progress counts what is written; or NULL */
    int64_t delivered;            /* written to INNER in all attempts */
    int64_t skip;                 /* of this attempt's bytes, those that were delivered before */
    bool failed;                  /* the last error came from the sink, not from the store */

    /* The object of the first attempt that delivered something, and where the driver puts that of
     * this attempt: the same object must go on. */
    artrepo_object first;
    const artrepo_object *current;
} ar_counting_sink;

void ar_counting_sink_init(ar_counting_sink *sink, artrepo_sink *inner,
                           artrepo_operation *operation);

#endif
