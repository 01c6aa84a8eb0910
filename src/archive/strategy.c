#include "archive/strategy.h"

#include <errno.h>
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
    if (strategy->level != ARTREPO_LEVEL_DEFAULT &&
        (strategy->level < lowest || strategy->level > highest)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "compression level %d: %s takes %d to %d, or -1 for its default",
                                 strategy->level, zstd ? "zstd" : "gzip", lowest, highest);
    }
    return ARTREPO_OK;
}

static artrepo_code parse_level(const char *text, const char *level, int *out,
                                artrepo_error *error) {
    char *end;
    errno = 0;
    long value = strtol(level, &end, 10);
    if (errno != 0 || end == level || *end != '\0' || value < -1 || value > 100) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "archive strategy '%s': the level must be a number", text);
    }
    *out = (int)value;
    return ARTREPO_OK;
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
        artrepo_code code = parse_level(text, text + length + 1, &strategy->level, error);
        return code == ARTREPO_OK ? artrepo_archive_strategy_check(strategy, error) : code;
    }
    return artrepo_error_set(error, ARTREPO_INVALID,
                             "archive strategy '%s': it must be tar, none, zip or zstd, tar and "
                             "zstd with an optional :LEVEL",
                             text);
}

const ar_codec *ar_archive_strategy_codec(const artrepo_archive_strategy *strategy) {
    switch (strategy->compression) {
    case ARTREPO_COMPRESSION_ZSTD:
        return &ar_codec_zstd;
    case ARTREPO_COMPRESSION_NONE:
        return &ar_codec_none;
    default:
        return &ar_codec_gzip;
    }
}
