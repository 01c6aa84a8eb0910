/* What becomes of a stream: the one place where strategy and content decide it. */
#ifndef AR_ARCHIVE_UNPACK_RULE_H
#define AR_ARCHIVE_UNPACK_RULE_H

#include <artrepo/archive.h>

#include "archive/detect.h"
#include "archive/feed.h"

typedef struct ar_unpack_rule {
    bool keep; /* as a file */
    bool zip;
    ar_stream_format format; /* of the stream, or AR_STREAM_UNKNOWN where nobody looks */
} ar_unpack_rule;

/* By the first bytes: AR_FEED_HEAD of them, or the whole stream when that is shorter. */
ar_unpack_rule ar_unpack_rule_for(const artrepo_archive_strategy *strategy,
                                  const unsigned char *head, size_t size);

struct ar_rehearsal;

/* The entries of the archive that FEED brings, below DIRECTORY; with REHEARSAL (may be NULL)
 * without their data. Whoever writes to FEED is released, however it ends. */
artrepo_code ar_unpack_feed(const ar_unpack_rule *rule, ar_feed *feed, int directory,
                            const artrepo_archive_limits *limits, struct ar_rehearsal *rehearsal,
                            artrepo_operation *operation, artrepo_error *error);

#endif
