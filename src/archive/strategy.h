/* What a strategy means, once its kind and levels are checked. */
#ifndef AR_ARCHIVE_STRATEGY_H
#define AR_ARCHIVE_STRATEGY_H

#include <artrepo/archive.h>

#include "archive/codec.h"

/* How a tar stream is compressed under STRATEGY. */
const ar_codec *ar_archive_strategy_codec(const artrepo_archive_strategy *strategy);

#endif
