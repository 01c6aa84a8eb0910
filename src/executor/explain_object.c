/* An object: what its first bytes make of it, and its entries where it is an archive. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "executor/explain.h"
#include "executor/random_object.h"

enum { LEAST_WINDOW = 4 << 10 };

/* ---- where the bytes come from ---- */

typedef struct object_reader {
    const ar_explain *explain;
    ar_random_object random;
    int64_t poured;
    bool failed; /* the store, not the archive */
} object_reader;

static artrepo_code read_at(void *data, int64_t offset, void *buffer, size_t capacity, size_t *got,
                            artrepo_error *error) {
    object_reader *reader = data;
    artrepo_code code =
        ar_random_object_read(&reader->random, offset, buffer, capacity, got, error);
    reader->failed = reader->failed || code != ARTREPO_OK;
    return code;
}

typedef struct counting_sink {
    artrepo_sink base;
    artrepo_sink *target;
    int64_t *count;
    bool full; /* the target takes no more */
} counting_sink;

static artrepo_code write_counted(artrepo_sink *base, const void *data, size_t size,
                                  artrepo_error *error) {
    counting_sink *sink = (counting_sink *)base;
    *sink->count += (int64_t)size;
    artrepo_code code = artrepo_sink_write(sink->target, data, size, error);
    sink->full = code != ARTREPO_OK;
    return code;
}

/* For stores that do not give ranges. */
static artrepo_code pour(void *data, artrepo_sink *target, artrepo_error *error) {
    static const artrepo_sink_functions functions = {.write = write_counted};
    object_reader *reader = data;
    const ar_explain *explain = reader->explain;
    counting_sink sink = {{&functions, -1}, target, &reader->poured, false};
    artrepo_code code = artrepo_repository_get(explain->repository, explain->key, NULL, &sink.base,
                                               NULL, explain->operation, error);
    reader->failed = code != ARTREPO_OK && !sink.full;
    return code;
}

/* ---- entries ---- */

typedef struct entry_context {
    const ar_explain *explain;
    bool zip;
} entry_context;

static void count_entry(artrepo_verdict *verdict, const ar_rehearsed_entry *entry) {
    verdict->entries++;
    switch (entry->kind) {
    case AR_REHEARSED_FILE:
        verdict->files++;
        verdict->bytes += entry->size > 0 ? (uint64_t)entry->size : 0;
        break;
    case AR_REHEARSED_DIRECTORY:
        verdict->directories++;
        break;
    case AR_REHEARSED_SYMBOLIC_LINK:
        verdict->symbolic_links++;
        break;
    case AR_REHEARSED_HARD_LINK:
        verdict->hard_links++;
        break;
    case AR_REHEARSED_OTHER:
        verdict->others++;
        break;
    }
}

bool ar_explain_is_our_failure(const artrepo_error *failure) {
    switch (failure->system_errno) {
    case ENOSPC:
    case EDQUOT:
    case EROFS:
    case EACCES:
    case EPERM:
    case EMFILE:
    case ENFILE:
    case EIO:
        return true;
    default:
        return failure->code == ARTREPO_INTERNAL || failure->code == ARTREPO_CANCELLED;
    }
}

artrepo_code ar_explain_scratch_failure(const ar_explain *explain, const artrepo_error *failure,
                                        artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO, "cannot work in the scratch directory %s: %s",
                             explain->scratch, failure->message);
}

static artrepo_code take_entry(void *data, const ar_rehearsed_entry *entry, artrepo_error *error) {
    const entry_context *context = data;
    artrepo_explanation *explanation = context->explain->explanation;
    if (ar_explain_is_our_failure(&entry->refusal)) {
        if (error != NULL) {
            *error = entry->refusal;
        }
        return entry->refusal.code;
    }
    const char *name = entry->name == NULL ? "" : entry->name;
    if (entry->name != NULL) {
        count_entry(&explanation->verdict, entry);
    }
    if (entry->refusal.code != ARTREPO_OK) {
        ar_explanation_refuse(explanation, name, &entry->refusal);
    } else if (name[0] == '/') {
        ar_explanation_remark(explanation, ARTREPO_REMARK_NOTE, name,
                              "an absolute name, which is put below the destination");
    }
    ar_reference_on_entry(explanation, context->zip, entry);
    return ARTREPO_OK;
}

/* ---- words ---- */

static const char *format_name(ar_stream_format format) {
    switch (format) {
    case AR_STREAM_GZIP:
        return "gzip";
    case AR_STREAM_ZSTD:
        return "zstd";
    case AR_STREAM_ZIP:
        return "zip";
    case AR_STREAM_TAR:
        return "tar, not compressed";
    case AR_STREAM_UNKNOWN:
        break;
    }
    return "no archive that is known";
}

static void describe_format(artrepo_explanation *explanation, const ar_rehearsal_outcome *outcome) {
    char text[128];
    size_t shown = outcome->head_size < 4 ? outcome->head_size : 4;
    int used = snprintf(text, sizeof text, "%s (", format_name(outcome->rule.format));
    for (size_t i = 0; i < shown; i++) {
        used += snprintf(text + used, sizeof text - (size_t)used, "%s%02x", i == 0 ? "" : " ",
                         outcome->head[i]);
    }
    snprintf(text + used, sizeof text - (size_t)used, "%s)", shown == 0 ? "empty" : "");
    ar_explanation_set_text(explanation, &explanation->verdict.format, text);
}

static void describe_detection(artrepo_explanation *explanation, const ar_unpack_rule *rule) {
    bool compressed = rule->format == AR_STREAM_GZIP || rule->format == AR_STREAM_ZSTD;
    ar_explanation_add_rule(explanation, "no strategy is given, so the first bytes decide: %s",
                            explanation->verdict.format);
    if (compressed) {
        ar_explanation_add_rule(explanation, rule->keep
                                                 ? "its first block is no tar header: kept as it is"
                                                 : "its first block is a tar header: untarred");
    } else {
        ar_explanation_add_rule(explanation, "not a compressed tar: kept as it is");
    }
}

static void describe_rule(const ar_explain *explain, const ar_rehearsal_outcome *outcome) {
    artrepo_explanation *explanation = explain->explanation;
    switch (explain->strategy.kind) {
    case ARTREPO_ARCHIVE_NONE:
        ar_explanation_add_rule(explanation, "the artifact's strategy is none: kept as it is");
        return;
    case ARTREPO_ARCHIVE_TAR:
        describe_format(explanation, outcome);
        ar_explanation_add_rule(explanation, "the artifact's strategy is tar: untarred");
        return;
    case ARTREPO_ARCHIVE_ZIP:
        describe_format(explanation, outcome);
        ar_explanation_add_rule(explanation, "the artifact's strategy is zip: unzipped");
        return;
    default:
        describe_format(explanation, outcome);
        describe_detection(explanation, &outcome->rule);
    }
}

/* What becomes of the path, now that the entries are known. */
static void describe_form(artrepo_explanation *explanation, const ar_rehearsal_outcome *outcome) {
    artrepo_verdict *verdict = &explanation->verdict;
    if (verdict->code != ARTREPO_OK) {
        return;
    }
    if (outcome->top_entries == 1 && verdict->complete) {
        ar_explanation_set_text(explanation, &verdict->only_top_entry, outcome->top_name);
        ar_explanation_add_rule(explanation, "one top entry, '%s': it becomes the path",
                                outcome->top_name);
        verdict->form = S_ISDIR(outcome->top_type)   ? ARTREPO_FORM_DIRECTORY
                        : S_ISLNK(outcome->top_type) ? ARTREPO_FORM_SYMBOLIC_LINK
                                                     : ARTREPO_FORM_FILE;
    } else if (outcome->top_entries == 1) {
        ar_explanation_add_rule(explanation, "one top entry so far, '%s'", outcome->top_name);
    } else {
        ar_explanation_add_rule(explanation, outcome->top_entries == 0
                                                 ? "no entries: the path becomes an empty directory"
                                                 : "several top entries: the path becomes a "
                                                   "directory of them");
        verdict->form = ARTREPO_FORM_DIRECTORY;
    }
}

static void describe_kept(const ar_explain *explain, int64_t size) {
    artrepo_explanation *explanation = explain->explanation;
    uint64_t limit = explain->limits.bytes;
    explanation->verdict.form = ARTREPO_FORM_FILE;
    if (limit > 0 && size > 0 && (uint64_t)size > limit) {
        artrepo_error refusal = ARTREPO_ERROR_INIT;
        artrepo_error_set(&refusal, ARTREPO_REFUSED_UNSAFE,
                          "%s is larger than the %llu bytes that are allowed", explain->key,
                          (unsigned long long)limit);
        ar_explanation_refuse(explanation, "", &refusal);
    }
}

/* ---- the whole ---- */

static artrepo_code rehearse(const ar_explain *explain, object_reader *reader, int64_t size,
                             ar_rehearsal_outcome *outcome, artrepo_error *error) {
    bool ranges = artrepo_repository_capabilities(explain->repository) & ARTREPO_CAN_RANGE;
    entry_context context = {explain, explain->strategy.kind == ARTREPO_ARCHIVE_ZIP};
    ar_rehearsal rehearsal = {
        .most_entries = explain->most_entries, .report = take_entry, .data = &context};
    ar_rehearsal_source source = {.pour = pour, .data = reader};
    if (ranges && size >= 0) {
        source.random = (artrepo_random_access){reader, size, read_at};
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_rehearse(&rehearsal, &explain->strategy, &source, &explain->limits,
                                    explain->scratch, outcome, explain->operation, &failure);
    artrepo_explanation *explanation = explain->explanation;
    explanation->verdict.complete = !rehearsal.stopped && code == ARTREPO_OK;
    if (code != ARTREPO_OK && !reader->failed && !outcome->began) {
        return ar_explain_scratch_failure(explain, &failure, error);
    }
    if (code != ARTREPO_OK && (reader->failed || ar_explain_is_our_failure(&failure))) {
        if (error != NULL) {
            *error = failure;
        }
        return code;
    }
    if (code != ARTREPO_OK) {
        ar_explanation_refuse(explanation, "", &failure);
    }
    return ARTREPO_OK;
}

artrepo_code ar_explain_object(const ar_explain *explain, const artrepo_object *object,
                               artrepo_error *error) {
    artrepo_explanation *explanation = explain->explanation;
    artrepo_verdict *verdict = &explanation->verdict;
    verdict->object_size = object->size;
    ar_explanation_add_rule(explanation, "there is an object %s", explain->key);
    object_reader reader = {.explain = explain};
    ar_random_object_open(&reader.random, explain->repository, explain->key, object,
                          explain->operation);
    reader.random.least_window = LEAST_WINDOW;
    ar_rehearsal_outcome outcome;
    artrepo_code code = rehearse(explain, &reader, object->size, &outcome, error);
    ar_random_object_close(&reader.random);
    if (code != ARTREPO_OK) {
        return code;
    }
    verdict->bytes_read = reader.random.bytes_read + reader.poured;
    verdict->requests = reader.random.requests + (reader.poured > 0 ? 1 : 0);
    verdict->action = outcome.rule.keep  ? ARTREPO_EXPLAIN_KEEP
                      : outcome.rule.zip ? ARTREPO_EXPLAIN_UNZIP
                                         : ARTREPO_EXPLAIN_UNTAR;
    describe_rule(explain, &outcome);
    if (outcome.rule.keep) {
        describe_kept(explain, object->size);
    } else {
        describe_form(explanation, &outcome);
    }
    if (verdict->code == ARTREPO_OK) {
        ar_reference_on_stream(explanation, &explain->strategy, &outcome.rule);
    }
    return ARTREPO_OK;
}
