/* The archive strategy of an artifact in a file. */
#include "repository/artifact.h"

#include <string.h>

#include "repository/document.h"
#include "repository/scalar.h"

static bool is_object(const ar_value *archive, const char *name) {
    const ar_value *value = ar_value_get(archive, name);
    return value != NULL && value->kind == AR_VALUE_OBJECT;
}

static artrepo_code read_compression(const ar_check *check, const ar_value *tar,
                                     artrepo_compression *compression) {
    static const struct {
        const char *name;
        artrepo_compression compression;
    } names[] = {{"gzip", ARTREPO_COMPRESSION_GZIP},
                 {"zstd", ARTREPO_COMPRESSION_ZSTD},
                 {"none", ARTREPO_COMPRESSION_NONE}};
    const ar_value *value = ar_value_get(tar, "compression");
    if (value == NULL || value->kind == AR_VALUE_NULL) {
        return ARTREPO_OK;
    }
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, value->text) == 0) {
            *compression = names[i].compression;
            return ARTREPO_OK;
        }
    }
    return ar_document_error(check->error, check->file_name, value,
                             "field 'archive.tar.compression' must be gzip, zstd or none, not '%s'",
                             value->text);
}

static artrepo_code read_level(const ar_check *check, const ar_value *tar,
                               artrepo_archive_strategy *strategy) {
    const ar_value *value = ar_value_get(tar, "compressionLevel");
    if (value == NULL || value->kind == AR_VALUE_NULL) {
        return ARTREPO_OK;
    }
    int64_t level = 0;
    ar_scalar_integer(value->text, &level);
    bool zstd = strategy->compression == ARTREPO_COMPRESSION_ZSTD;
    int64_t lowest = zstd ? 1 : 0;
    int64_t highest = zstd ? 19 : 9;
    if (level != ARTREPO_LEVEL_DEFAULT && (level < lowest || level > highest)) {
        return ar_document_error(check->error, check->file_name, value,
                                 "field 'archive.tar.compressionLevel' must be from %d to %d, or "
                                 "-1 for the default, not %s",
                                 (int)lowest, (int)highest, value->text);
    }
    strategy->level = (int)level;
    return ARTREPO_OK;
}

static artrepo_code read_long_distance(const ar_check *check, const ar_value *tar,
                                       artrepo_archive_strategy *strategy) {
    const ar_value *value = ar_value_get(tar, "longDistance");
    strategy->long_distance =
        value != NULL && value->kind == AR_VALUE_BOOL && strcmp(value->text, "true") == 0;
    if (strategy->long_distance && strategy->compression != ARTREPO_COMPRESSION_ZSTD) {
        return ar_document_error(check->error, check->file_name, value,
                                 "field 'archive.tar.longDistance' needs compression: zstd");
    }
    return ARTREPO_OK;
}

artrepo_code ar_artifact_read_strategy(const ar_check *check, const ar_value *archive,
                                       artrepo_archive_strategy *strategy) {
    *strategy = (artrepo_archive_strategy)ARTREPO_ARCHIVE_STRATEGY_INIT;
    if (is_object(archive, "none")) { /* the executor's order when several are set */
        strategy->kind = ARTREPO_ARCHIVE_NONE;
        return ARTREPO_OK;
    }
    if (is_object(archive, "zip")) {
        strategy->kind = ARTREPO_ARCHIVE_ZIP;
        return ARTREPO_OK;
    }
    if (!is_object(archive, "tar")) {
        return ARTREPO_OK;
    }
    strategy->kind = ARTREPO_ARCHIVE_TAR;
    const ar_value *tar = ar_value_get(archive, "tar");
    artrepo_code code = read_compression(check, tar, &strategy->compression);
    if (code == ARTREPO_OK) {
        code = read_level(check, tar, strategy);
    }
    return code == ARTREPO_OK ? read_long_distance(check, tar, strategy) : code;
}
