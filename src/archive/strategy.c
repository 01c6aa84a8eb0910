#include "archive/strategy.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MIN_GZIP_LEVEL = 0, MAX_GZIP_LEVEL = 9, MIN_ZSTD_LEVEL = 1, MAX_ZSTD_LEVEL = 19 };

static const struct {
    const char *name;
    artrepo_archive_kind kind;
    artrepo_compression compression;
} names[] = {
    {"tar", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP},
    {"zstd", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_ZSTD},
    {"none", ARTREPO_ARCHIVE_NONE, ARTREPO_COMPRESSION_NONE},
    {"zip", ARTREPO_ARCHIVE_ZIP, ARTREPO_COMPRESSION_NONE},
};

artrepo_code artrepo_archive_strategy_check(const artrepo_archive_strategy *strategy,
                                            artrepo_error *error) {
    bool zstd = strategy->compression == ARTREPO_COMPRESSION_ZSTD;
    int lowest = zstd ? MIN_ZSTD_LEVEL : MIN_GZIP_LEVEL;
    int highest = zstd ? MAX_ZSTD_LEVEL : MAX_GZIP_LEVEL;
    if (strategy->long_distance && !zstd) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "long-distance matching is zstd's; gzip cannot look further back "
                                 "than 32 KiB");
    }
    if (strategy->level != ARTREPO_LEVEL_DEFAULT &&
        (strategy->level < lowest || strategy->level > highest)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "compression level %d: %s takes %d to %d, or -1 for its default",
                                 strategy->level, zstd ? "zstd" : "gzip", lowest, highest);
    }
    return ARTREPO_OK;
}

/* "LEVEL", "long" or "LEVEL:long". */
static artrepo_code parse_options(const char *text, const char *options,
                                  artrepo_archive_strategy *strategy, artrepo_error *error) {
    char *end = (char *)options;
    if (strcmp(options, "long") != 0) {
        errno = 0;
        long level = strtol(options, &end, 10);
        bool number = errno == 0 && end != options && (*end == '\0' || *end == ':');
        if (!number || level < -1 || level > 100) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "archive strategy '%s': the level must be a number", text);
        }
        strategy->level = (int)level;
        options = *end == ':' ? end + 1 : NULL;
    }
    strategy->long_distance = options != NULL && strcmp(options, "long") == 0;
    if (options != NULL && !strategy->long_distance) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "archive strategy '%s': only 'long' can stand behind the level",
                                 text);
    }
    return artrepo_archive_strategy_check(strategy, error);
}

artrepo_code artrepo_archive_strategy_parse(const char *text, artrepo_archive_strategy *strategy,
                                            artrepo_error *error) {
    size_t length = strcspn(text, ":");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i].name) != length || strncmp(names[i].name, text, length) != 0) {
            continue;
        }
        *strategy = (artrepo_archive_strategy){names[i].kind, names[i].compression,
                                               ARTREPO_LEVEL_DEFAULT, false};
        if (text[length] == '\0') {
            return ARTREPO_OK;
        }
        if (names[i].kind != ARTREPO_ARCHIVE_TAR) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "archive strategy '%s': %s has no level", text, names[i].name);
        }
        return parse_options(text, text + length + 1, strategy, error);
    }
    return artrepo_error_set(error, ARTREPO_INVALID,
                             "archive strategy '%s': it must be tar, none, zip or zstd, tar and "
                             "zstd with an optional :LEVEL",
                             text);
}

const ar_codec *ar_archive_strategy_codec(const artrepo_archive_strategy *strategy) {
    switch (strategy->compression) {
    case ARTREPO_COMPRESSION_ZSTD:
        return strategy->long_distance ? &ar_codec_zstd_long : &ar_codec_zstd;
    case ARTREPO_COMPRESSION_NONE:
        return &ar_codec_none;
    default:
        return &ar_codec_gzip;
    }
}
