#include "archive/unpack_rule.h"

#include "archive/decompress.h"
#include "archive/extract.h"
#include "archive/rehearsal.h"

ar_unpack_rule ar_unpack_rule_for(const artrepo_archive_strategy *strategy,
                                  const unsigned char *head, size_t size) {
    ar_unpack_rule rule = {.format = AR_STREAM_UNKNOWN};
    if (strategy->kind == ARTREPO_ARCHIVE_NONE) {
        rule.keep = true;
        return rule;
    }
    rule.format = ar_detect_format(head, size);
    rule.zip = strategy->kind == ARTREPO_ARCHIVE_ZIP;
    rule.keep = strategy->kind == ARTREPO_ARCHIVE_UNSET &&
                !ar_detect_compressed_tar(rule.format, head, size);
    return rule;
}

static artrepo_code extract(const ar_unpack_rule *rule, ar_block_reader *reader, int directory,
                            const artrepo_archive_limits *limits,
                            const _Atomic uint64_t *archive_bytes, ar_rehearsal *rehearsal,
                            artrepo_operation *operation, artrepo_error *error) {
    if (rehearsal != NULL) {
        return (rule->zip ? ar_rehearse_zip : ar_rehearse_tar)(rehearsal, reader, NULL, directory,
                                                               limits, operation, error);
    }
    return (rule->zip ? ar_extract_zip_stream : ar_extract_tar)(reader, directory, limits,
                                                                archive_bytes, operation, error);
}

artrepo_code ar_unpack_feed(const ar_unpack_rule *rule, ar_feed *feed, int directory,
                            const artrepo_archive_limits *limits, ar_rehearsal *rehearsal,
                            artrepo_operation *operation, artrepo_error *error) {
    ar_decompressor *decompressor;
    artrepo_code code = ar_decompressor_open(rule->zip ? AR_STREAM_ZIP : rule->format, feed,
                                             operation, &decompressor, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = extract(rule, ar_decompressor_reader(decompressor), directory, limits,
                   ar_feed_consumed(feed), rehearsal, operation, error);
    if (code != ARTREPO_OK || (rehearsal != NULL && rehearsal->stopped)) {
        /* The pipeline's producer may wait for bytes that nobody will write any more. */
        artrepo_error enough = ARTREPO_ERROR_INIT;
        artrepo_error_set(&enough, ARTREPO_CANCELLED, "enough was read");
        ar_feed_fail(feed, code == ARTREPO_OK ? &enough : error);
        ar_feed_abandon(feed);
    }
    ar_decompressor_close(decompressor);
    return code;
}
