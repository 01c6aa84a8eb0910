/* artctl bench archive: packing and unpacking, without any store. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench_scratch.h"

typedef struct archive_run {
    struct bench *bench;
    const bench_data_set *set;
    const bench_strategy *strategy;
    const char *archive; /* path in the scratch directory; NULL: in memory */
    const char *unpacked;
    int64_t stored_bytes;
    int64_t limit;   /* of an archive in memory */
    int descriptor;  /* of the archive that is unpacked */
    bool is_checked; /* what was unpacked first is complete */
} archive_run;

/* ---- pack ---- */

/* All of SOURCE into SINK, or nowhere when that is NULL. *BYTES is how much it was. */
static artrepo_code copy(struct bench *bench, artrepo_source *source, artrepo_sink *sink,
                         int64_t *bytes, artrepo_error *error) {
    size_t got = 0;
    *bytes = 0;
    for (;;) {
        artrepo_code code = artrepo_source_read(source, bench->buffer, BENCH_BUFFER, &got, error);
        if (code == ARTREPO_OK && got > 0 && sink != NULL) {
            code = artrepo_sink_write(sink, bench->buffer, got, error);
        }
        if (code != ARTREPO_OK || got == 0) {
            return code;
        }
        *bytes += (int64_t)got;
    }
}

static artrepo_code pack_into(archive_run *run, artrepo_sink *sink, artrepo_error *error) {
    artrepo_source *source = NULL;
    artrepo_code code = artrepo_archive_pack(run->set->path, NULL, &run->strategy->strategy,
                                             run->bench->context->operation, &source, error);
    if (code == ARTREPO_OK) {
        code = copy(run->bench, source, sink, &run->stored_bytes, error);
    }
    artrepo_source_close(source);
    return code;
}

static artrepo_code pack(void *data, artrepo_error *error) {
    archive_run *run = data;
    artrepo_sink *sink = NULL;
    if (run->archive == NULL) {
        return pack_into(run, NULL, error);
    }
    artrepo_code code = artrepo_sink_open_file(run->archive, 0600, &sink, error);
    if (code == ARTREPO_OK) {
        code = pack_into(run, sink, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    artrepo_sink_close(sink);
    return code;
}

static artrepo_code remove_archive(void *data, artrepo_error *error) {
    const archive_run *run = data;
    return run->archive != NULL ? bench_remove_tree(run->archive, error) : ARTREPO_OK;
}

/* ---- unpack ---- */

static artrepo_code unpack_stream(archive_run *run, artrepo_error *error) {
    artrepo_source *source = NULL;
    artrepo_sink *sink = NULL;
    int64_t bytes;
    artrepo_code code =
        artrepo_source_open_descriptor(run->descriptor, "the archive", &source, error);
    if (code == ARTREPO_OK) {
        code = artrepo_archive_unpack(run->unpacked, &run->strategy->strategy, NULL,
                                      run->bench->context->operation, &sink, error);
    }
    if (code == ARTREPO_OK) {
        code = copy(run->bench, source, sink, &bytes, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    artrepo_sink_close(sink);
    artrepo_source_close(source);
    return code;
}

static artrepo_code read_at(void *data, int64_t offset, void *buffer, size_t capacity, size_t *got,
                            artrepo_error *error) {
    const archive_run *run = data;
    ssize_t count;
    do {
        count = pread(run->descriptor, buffer, capacity, offset);
    } while (count < 0 && errno == EINTR);
    *got = count > 0 ? (size_t)count : 0;
    return count < 0 ? artrepo_error_set_errno(error, errno, "cannot read the archive")
                     : ARTREPO_OK;
}

static artrepo_code unpack(void *data, artrepo_error *error) {
    archive_run *run = data;
    if (run->strategy->strategy.kind != ARTREPO_ARCHIVE_ZIP) {
        return unpack_stream(run, error);
    }
    artrepo_random_access access = {run, run->stored_bytes, read_at};
    return artrepo_archive_unpack_random(run->unpacked, &run->strategy->strategy, &access, NULL,
                                         run->bench->context->operation, error);
}

static artrepo_code rewind_archive(void *data, artrepo_error *error) {
    const archive_run *run = data;
    return lseek(run->descriptor, 0, SEEK_SET) == 0
               ? ARTREPO_OK
               : artrepo_error_set_errno(error, errno, "cannot read the archive again");
}

static artrepo_code check_and_remove(void *data, artrepo_error *error) {
    archive_run *run = data;
    artrepo_code code = ARTREPO_OK;
    if (!run->is_checked) {
        code = bench_data_set_check(run->set, run->unpacked, error);
        run->is_checked = true;
    }
    return code == ARTREPO_OK ? bench_remove_tree(run->unpacked, error) : code;
}

/* ---- an archive in memory ---- */

/* What an archive in memory may take: half of what is free. */
static int64_t memory_limit(void) {
    char line[256];
    long long kibibytes = 2 << 20;
    FILE *file = fopen("/proc/meminfo", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "MemAvailable:", 13) == 0) {
            kibibytes = strtoll(line + 13, NULL, 10);
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    return (int64_t)kibibytes * 1024 / 2;
}

/* A file in memory, so that the archive does not count as memory of the process. */
static artrepo_code open_memory(archive_run *run, artrepo_error *error) {
    if (run->stored_bytes > run->limit) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "the archive of %s takes %lld MB, more than half of the free "
                                 "memory; measure it with --to file",
                                 run->set->name, (long long)run->stored_bytes / 1000000);
    }
    run->descriptor = memfd_create("artctl-bench", MFD_CLOEXEC);
    if (run->descriptor < 0) {
        return artrepo_error_set_errno(error, errno, "cannot hold an archive in memory");
    }
    artrepo_sink *sink = NULL;
    artrepo_code code =
        artrepo_sink_open_descriptor(run->descriptor, "the archive in memory", &sink, error);
    if (code == ARTREPO_OK) {
        code = pack_into(run, sink, error);
    }
    artrepo_sink_close(sink);
    return code;
}

/* The file is there: the last run of packing made it. */
static artrepo_code open_archive(archive_run *run, artrepo_error *error) {
    if (run->archive == NULL) {
        return open_memory(run, error);
    }
    run->descriptor = open(run->archive, O_RDONLY | O_CLOEXEC);
    return run->descriptor >= 0
               ? ARTREPO_OK
               : artrepo_error_set_errno(error, errno, "cannot open %s", run->archive);
}

/* ---- rows ---- */

static artrepo_code measure(archive_run *run, const char *work, bench_action *action) {
    char label[200];
    struct bench *bench = run->bench;
    const char *medium = run->archive != NULL ? "file" : "memory";
    snprintf(label, sizeof label, "%s %.100s as %s, %s", work, run->set->name, run->strategy->name,
             medium);
    bench_row row = {.benchmark = "archive",
                     .data = run->set->name,
                     .strategy = run->strategy->name,
                     .work = work,
                     .medium = medium,
                     .bytes = run->set->bytes,
                     .files = run->set->files};
    action->label = label;
    action->data = run;
    artrepo_code code = bench_repeat(bench, action, &row.summary);
    row.stored_bytes = run->stored_bytes;
    return code == ARTREPO_OK ? bench_report_add(&bench->report, bench->context, &row) : code;
}

static artrepo_code measure_medium(archive_run *run) {
    artrepo_error *error = &run->bench->context->error;
    bench_action packing = {.prepare = remove_archive, .run = pack};
    bench_action unpacking = {.prepare = rewind_archive, .run = unpack, .finish = check_and_remove};
    run->descriptor = -1;
    run->is_checked = false;
    artrepo_code code = measure(run, "pack", &packing);
    if (code == ARTREPO_OK) {
        code = open_archive(run, error);
    }
    if (code == ARTREPO_OK) {
        code = measure(run, "unpack", &unpacking);
    }
    if (run->descriptor >= 0) {
        close(run->descriptor);
    }
    return code == ARTREPO_OK ? remove_archive(run, error) : code;
}

static artrepo_code measure_set(struct bench *bench, const bench_data_set *set, const char *archive,
                                const char *unpacked) {
    artrepo_code code = ARTREPO_OK;
    archive_run run = {.bench = bench, .set = set, .unpacked = unpacked, .limit = memory_limit()};
    for (size_t i = 0; code == ARTREPO_OK && i < bench->strategies.count; i++) {
        run.strategy = &bench->strategies.items[i];
        if (run.strategy->strategy.kind == ARTREPO_ARCHIVE_NONE && set->is_directory) {
            continue;
        }
        run.archive = NULL;
        code = bench->to_memory ? measure_medium(&run) : ARTREPO_OK;
        run.archive = archive;
        if (code == ARTREPO_OK && bench->to_file) {
            code = measure_medium(&run);
        }
    }
    return code;
}

artrepo_code bench_archive(struct bench *bench, const char *path) {
    artrepo_error *error = &bench->context->error;
    bench_data_sets sets = {0};
    char *archive = NULL, *unpacked = NULL;
    artrepo_code code = bench_data_sets_open(bench, path, &sets);
    if (code == ARTREPO_OK) {
        code = bench_path_join(bench->scratch, "archive", &archive, error);
    }
    if (code == ARTREPO_OK) {
        code = bench_path_join(bench->scratch, "unpacked", &unpacked, error);
    }
    for (size_t i = 0; code == ARTREPO_OK && i < sets.count; i++) {
        code = measure_set(bench, &sets.items[i], archive, unpacked);
    }
    if (code == ARTREPO_OK && bench->report.count == 0) {
        code = context_usage(bench->context,
                             "the strategy none archives files only, and %s is a directory",
                             sets.items[0].name);
    }
    free(archive);
    free(unpacked);
    bench_data_sets_clear(&sets);
    return code;
}
