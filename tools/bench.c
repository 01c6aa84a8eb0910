/* artctl bench: how fast archives and the repository are on this machine. */
#include "bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench_data.h"
#include "bench_page.h"
#include "bench_scratch.h"
#include "command.h"

#define DEFAULT_DATA (UINT64_C(64) << 20)
#define DEFAULT_LARGE (UINT64_C(64) << 20)
#define DEFAULT_SMALL (UINT64_C(4) << 10)
#define DEFAULT_COUNT 1000
#define DEFAULT_RUNS 5
#define DEFAULT_WARMUP 1
#define MOST_OBJECTS 1000000

static const option_spec own_options[] = {
    {"strategies", 0, OPTION_TEXT, OPTION_FIELD(strategies), "LIST",
     "archive strategies, as in tar:1,zstd (default: nine)", 0, 0},
    {"to", 0, OPTION_TEXT, OPTION_FIELD(medium), "MEDIUM",
     "archives in memory, in a file, or both (default)", 0, 0},
    {"runs", 0, OPTION_NUMBER, OPTION_FIELD(runs), "N", "measured runs (default 5)", 1,
     BENCH_MOST_RUNS},
    {"warmup", 0, OPTION_SIGNED, OPTION_FIELD(warmup), "N", "runs before them (default 1)", 0,
     BENCH_MOST_RUNS},
    {"scratch", 0, OPTION_TEXT, OPTION_FIELD(scratch), "DIR",
     "where files come and go (default $TMPDIR or /tmp)", 0, 0},
    {"size", 0, OPTION_SIZE, OPTION_FIELD(data_size), "SIZE", "of all generated data (default 64M)",
     0, 0},
    {"seed", 0, OPTION_NUMBER, OPTION_FIELD(seed), "N", "of generated data (default 1)", 1,
     UINT32_MAX},
    {"large", 0, OPTION_SIZE, OPTION_FIELD(large_size), "SIZE", "of the large object (default 64M)",
     0, 0},
    {"count", 0, OPTION_NUMBER, OPTION_FIELD(small_count), "N", "small objects (default 1000)", 1,
     MOST_OBJECTS},
    {"small", 0, OPTION_SIZE, OPTION_FIELD(small_size), "SIZE", "of each of them (default 4K)", 0,
     0},
    {"prefix", 0, OPTION_TEXT, OPTION_FIELD(prefix), "KEY",
     "where objects are put, then removed (default artctl-bench)", 0, 0},
    {"html", 0, OPTION_TEXT, OPTION_FIELD(html), "FILE", "write a page with charts, too", 0, 0},
    {0}};

static const option_spec *const tables[] = {own_options, NULL};

/* ---- what to measure ---- */

enum { ARCHIVE = 1, END_TO_END = 2, STORE = 4, DATA = 8 };

static const struct subject {
    const char *name;
    unsigned bit;
    bool path_allowed, path_needed;
} subjects[] = {{"archive", ARCHIVE, true, false},
                {"end-to-end", END_TO_END, true, false},
                {"store", STORE, false, false},
                {"data", DATA, true, true}};

static const struct subject *find_subject(const char *name) {
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        if (strcmp(subjects[i].name, name) == 0) {
            return &subjects[i];
        }
    }
    return NULL;
}

/* An option that would be passed over without a word misleads. */
static artrepo_code check_options(struct context *context, const struct subject *subject,
                                  const char *path) {
    const struct options *options = &context->options;
    unsigned generated = path == NULL || subject->bit == DATA ? subject->bit : 0;
    const struct {
        const char *name;
        bool given;
        bool fits;
    } all[] = {
        {"strategies", options->strategies != NULL, subject->bit & (ARCHIVE | END_TO_END)},
        {"to", options->medium != NULL, subject->bit & ARCHIVE},
        {"runs", options->runs != 0, subject->bit != DATA},
        {"warmup", options->warmup >= 0, subject->bit != DATA},
        {"scratch", options->scratch != NULL, subject->bit & (ARCHIVE | END_TO_END)},
        {"size", options->data_size != 0, generated & (ARCHIVE | END_TO_END | DATA)},
        {"seed", options->seed != 0, generated & (ARCHIVE | END_TO_END | DATA)},
        {"large", options->large_size != 0, subject->bit & STORE},
        {"count", options->small_count != 0, subject->bit & STORE},
        {"small", options->small_size != 0, subject->bit & STORE},
        {"prefix", options->prefix != NULL, subject->bit & (STORE | END_TO_END)},
        {"html", options->html != NULL, subject->bit != DATA},
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].given && !all[i].fits) {
            return context_usage(context, "--%s has no meaning with bench %s%s", all[i].name,
                                 subject->name, path != NULL ? " PATH" : "");
        }
    }
    if (options->data_size != 0 && options->data_size < BENCH_LEAST_DATA) {
        return context_usage(context, "--size must be at least 64K");
    }
    return ARTREPO_OK;
}

static artrepo_code check_operands(struct context *context, const struct subject *subject,
                                   const char *name, const char *path) {
    if (subject == NULL) {
        return context_usage(context,
                             "'%s' is no benchmark; there are archive, store, end-to-end "
                             "and data",
                             name);
    }
    if (path != NULL && !subject->path_allowed) {
        return context_usage(context, "operand '%s' is one too many for bench %s", path, name);
    }
    if (path == NULL && subject->path_needed) {
        return context_usage(context, "bench %s needs a directory to make", name);
    }
    return check_options(context, subject, path);
}

/* ---- settings ---- */

static void set_defaults(struct options *options) {
    options->strategies =
        options->strategies != NULL ? options->strategies : BENCH_DEFAULT_STRATEGIES;
    options->medium = options->medium != NULL ? options->medium : "both";
    options->runs = options->runs != 0 ? options->runs : DEFAULT_RUNS;
    options->warmup = options->warmup >= 0 ? options->warmup : DEFAULT_WARMUP;
    options->data_size = options->data_size != 0 ? options->data_size : DEFAULT_DATA;
    options->seed = options->seed != 0 ? options->seed : 1;
    options->large_size = options->large_size != 0 ? options->large_size : DEFAULT_LARGE;
    options->small_count = options->small_count != 0 ? options->small_count : DEFAULT_COUNT;
    options->small_size = options->small_size != 0 ? options->small_size : DEFAULT_SMALL;
}

static artrepo_code set_medium(struct bench *bench) {
    const char *medium = bench->context->options.medium;
    bool both = strcmp(medium, "both") == 0;
    bench->to_memory = both || strcmp(medium, "memory") == 0;
    bench->to_file = both || strcmp(medium, "file") == 0;
    if (!bench->to_memory && !bench->to_file) {
        return context_usage(bench->context, "--to is '%s'; it must be memory, file or both",
                             medium);
    }
    return ARTREPO_OK;
}

static artrepo_code set_up(struct bench *bench, struct context *context) {
    const struct options *options = &context->options;
    *bench = (struct bench){
        .context = context, .runs = (unsigned)options->runs, .warmup = (unsigned)options->warmup};
    bench->report.runs = bench->runs;
    bench->report.warmup = bench->warmup;
    bench->report.threads = artrepo_operation_threads(context->operation);
    bench->report.transfers = artrepo_operation_transfers(context->operation);
    /* The line of progress tells of runs instead of bytes. */
    artrepo_operation_set_progress(context->operation, NULL, NULL);
    artrepo_code code = set_medium(bench);
    if (code == ARTREPO_OK) {
        code = bench_strategies_parse(options->strategies, &bench->strategies, &context->error);
        context->usage = code != ARTREPO_OK;
    }
    if (code == ARTREPO_OK) {
        bench->buffer = malloc(BENCH_BUFFER);
        code = bench->buffer != NULL
                   ? ARTREPO_OK
                   : artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory to start");
    }
    return code;
}

/* What failed first is what counts. */
static artrepo_code clean_up(struct bench *bench, artrepo_code code) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (bench->scratch != NULL && bench_remove_tree(bench->scratch, &error) != ARTREPO_OK &&
        code == ARTREPO_OK) {
        bench->context->error = error;
        code = error.code;
    }
    free(bench->scratch);
    free(bench->buffer);
    bench_report_clear(&bench->report);
    return code;
}

/* ---- the benchmarks ---- */

static artrepo_code measure(struct bench *bench, unsigned subject, const char *path) {
    switch (subject) {
    case ARCHIVE:
        return bench_archive(bench, path);
    case END_TO_END:
        return bench_end_to_end(bench, path);
    default:
        return bench_store(bench);
    }
}

/* The page's file is opened first: better to hear of a wrong name before the work than after. */
static artrepo_code measure_and_report(struct bench *bench, unsigned subject, const char *path) {
    struct context *context = bench->context;
    const char *html = context->options.html;
    artrepo_sink *page = NULL;
    artrepo_code code = ARTREPO_OK;
    if (html != NULL) {
        code = artrepo_sink_open_file(html, 0644, &page, &context->error);
    }
    if (code == ARTREPO_OK) {
        code = measure(bench, subject, path);
    }
    if (code == ARTREPO_OK) {
        code = bench_report_finish(&bench->report, context);
    }
    if (code == ARTREPO_OK && page != NULL) {
        code = bench_page_write(&bench->report, bench->scratch, page, &context->error);
    }
    artrepo_sink_close(page);
    return code;
}

static artrepo_code make_data(struct context *context, const char *directory) {
    const struct options *options = &context->options;
    if (mkdir(directory, 0777) != 0) {
        return artrepo_error_set_errno(&context->error, errno, "cannot make the directory %s",
                                       directory);
    }
    artrepo_code code = bench_data_make(directory, options->data_size, options->seed,
                                        context->operation, &context->error);
    if (code != ARTREPO_OK) {
        bench_remove_tree(directory, NULL);
    }
    return code;
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    const struct subject *subject = find_subject(operands[0]);
    const char *path = count > 1 ? operands[1] : NULL;
    struct bench bench;
    artrepo_code code = check_operands(context, subject, operands[0], path);
    if (code != ARTREPO_OK) {
        return code;
    }
    set_defaults(&context->options);
    if (subject->bit == DATA) {
        return make_data(context, path);
    }
    bench_measure_begin();
    code = set_up(&bench, context);
    if (code == ARTREPO_OK) {
        code = measure_and_report(&bench, subject->bit, path);
    }
    return clean_up(&bench, code);
}

const struct command bench_command = {
    .name = "bench",
    .operands = "archive|end-to-end|store|data [PATH]",
    .summary = "measure archives and the repository",
    .description =
        "archive packs and unpacks PATH under each strategy; end-to-end puts it into the\n"
        "repository and gets it again; store puts and gets one large object and many small\n"
        "ones. Without PATH, generated data serves: text, binary records, random bytes, and\n"
        "many small files. data writes that data to a new directory PATH, for other programs.\n"
        "What is put into the repository or the scratch directory is removed again.",
    .example = "artctl bench archive --size 4M --runs 3 --strategies tar:1,tar,zstd\n"
               "artctl bench store --large 8M --count 100 --runs 3",
    .least_operands = 1,
    .most_operands = 2,
    .options = tables,
    .run = run,
};
