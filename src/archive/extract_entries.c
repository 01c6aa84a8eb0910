#include "archive/extract_entries.h"

#include <archive_entry.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "archive/extract_writer.h"
#include "archive/rehearsal_internal.h"
#include "archive/tree.h"
#include "archive/tree_name.h"
#include "base/clock.h"
#include "base/operation.h"

/* What is open while entries are made. */
typedef struct extraction {
    ar_extract_job *job;
    ar_tree *tree;
    ar_extract_writer *writer; /* NULL in a rehearsal */
    ar_rehearsed_entry seen;   /* in a rehearsal */
} extraction;

static bool is_fine(int result) {
    return result == ARCHIVE_OK || result == ARCHIVE_WARN;
}

/* libarchive goes on from that with what is left: an entry of another name or size. */
static bool has_lost_header(int result, struct archive *archive) {
    static const char *const losses[] = {"Ignoring malformed pax", "Invalid pax", "Rejecting pax"};
    const char *text = result == ARCHIVE_WARN ? archive_error_string(archive) : NULL;
    for (size_t i = 0; text != NULL && i < sizeof losses / sizeof losses[0]; i++) {
        if (strncmp(text, losses[i], strlen(losses[i])) == 0) {
            return true;
        }
    }
    return false;
}

static artrepo_code archive_failure(const extraction *all, artrepo_error *error) {
    return ar_extract_input_failure(&all->job->input, all->job->archive, all->job->format, error);
}

/* ---- files ---- */

static ar_tree_attributes attributes_of(struct archive_entry *entry) {
    mode_t mode = archive_entry_perm(entry);
    return (ar_tree_attributes){
        .mode = mode,
        .has_access_time = archive_entry_atime_is_set(entry) != 0,
        .access_time = {archive_entry_atime(entry), archive_entry_atime_nsec(entry)},
        .has_modification_time = archive_entry_mtime_is_set(entry) != 0,
        .modification_time = {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)}};
}

static artrepo_code copy_data(extraction *all, bool size_known, artrepo_error *error) {
    for (;;) {
        const void *data;
        size_t size;
        la_int64_t offset;
        int result = archive_read_data_block(all->job->archive, &data, &size, &offset);
        if (result == ARCHIVE_EOF) {
            return ARTREPO_OK;
        }
        if (result != ARCHIVE_OK) {
            return archive_failure(all, error);
        }
        artrepo_code code = ar_extract_limits_add_data(&all->job->limits, size, !size_known, error);
        if (code == ARTREPO_OK && size > 0) {
            code = ar_extract_writer_data(all->writer, data, size, offset, error);
        }
        if (code != ARTREPO_OK) {
            return code;
        }
    }
}

static artrepo_code make_file(extraction *all, struct archive_entry *entry, const char *name,
                              artrepo_error *error) {
    ar_tree_attributes attributes = attributes_of(entry);
    bool size_known = archive_entry_size_is_set(entry) != 0;
    int64_t size = size_known ? archive_entry_size(entry) : -1;
    if (size_known && size < 0) {
        return artrepo_error_set(error, ARTREPO_IO, "damaged %s archive: %s has a negative size",
                                 all->job->format, name);
    }
    artrepo_code code = ARTREPO_OK;
    if (size_known) {
        code = ar_extract_limits_add_file(&all->job->limits, (uint64_t)size, error);
    }
    if (code == ARTREPO_OK && all->job->rehearsal != NULL) {
        return ar_rehearse_file(all->tree, name, size, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_extract_writer_begin_file(all->writer, name, size, &attributes, error);
    }
    if (code == ARTREPO_OK) {
        code = copy_data(all, size_known, error);
    }
    return code == ARTREPO_OK ? ar_extract_writer_end_file(all->writer, error) : code;
}

/* ---- the other kinds ---- */

static artrepo_code make_hard_link(extraction *all, const char *name, const char *target,
                                   artrepo_error *error) {
    char *clean = NULL;
    artrepo_code code = ar_tree_name_clean(target, &clean, error);
    if (code == ARTREPO_OK) {
        code = all->job->rehearsal != NULL
                   ? ar_rehearse_hard_link(all->tree, name, clean, error)
                   : ar_extract_writer_hard_link(all->writer, name, clean, error);
    } else if (code == ARTREPO_REFUSED_UNSAFE) {
        code =
            artrepo_error_set(error, code, "illegal hard link target: %s -> %.256s", name, target);
    }
    free(clean);
    return code;
}

static artrepo_code make_symbolic_link(extraction *all, struct archive_entry *entry,
                                       const char *name, artrepo_error *error) {
    const char *target = archive_entry_symlink(entry);
    if (target == NULL) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "damaged %s archive: the symbolic link %s has no target",
                                 all->job->format, name);
    }
    return all->job->rehearsal != NULL
               ? ar_rehearse_symbolic_link(all->tree, name, target, error)
               : ar_extract_writer_symbolic_link(all->writer, name, target, error);
}

static artrepo_code make_directory(extraction *all, const char *name, artrepo_error *error) {
    return all->job->rehearsal != NULL ? ar_rehearse_directory(all->tree, name, error)
                                       : ar_extract_writer_directory(all->writer, name, error);
}

static artrepo_code make_entry(extraction *all, struct archive_entry *entry, const char *name,
                               artrepo_error *error) {
    const char *hard_link = archive_entry_hardlink(entry);
    if (hard_link != NULL) {
        return make_hard_link(all, name, hard_link, error);
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return make_file(all, entry, name, error);
    case AE_IFDIR:
        return make_directory(all, name, error);
    case AE_IFLNK:
        return make_symbolic_link(all, entry, name, error);
    case 0: /* what libarchive makes of it */
        return artrepo_error_set(error, ARTREPO_IO,
                                 "damaged %s archive: the hard link %s has no target",
                                 all->job->format, name);
    default:
        if (all->job->rehearsal == NULL) {
            ar_log(all->job->operation, ARTREPO_LOG_WARNING,
                   "passing over an entry that is no file, directory or link", "name", name, NULL);
        }
        return ARTREPO_OK;
    }
}

/* The name of ENTRY, which is the one counted last; an entry without one is not made. */
static artrepo_code find_name(extraction *all, struct archive_entry *entry, const char **name,
                              artrepo_error *error) {
    const char *found =
        ar_zip_directory_amend(all->job->zip_directory, all->job->limits.entries - 1, entry);
    *name = found == NULL ? archive_entry_pathname(entry) : found;
    if (*name == NULL || (*name)[0] == '\0') {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "damaged %s archive: entry %llu has no name that can be read",
                                 all->job->format, (unsigned long long)all->job->limits.entries);
    }
    if (archive_entry_is_encrypted(entry)) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "%s is encrypted, which is not supported: make the %s archive "
                                 "without a password",
                                 *name, all->job->format);
    }
    return ARTREPO_OK;
}

/* CLEAN is the caller's to free, also when the entry is not made. */
static artrepo_code make_named(extraction *all, struct archive_entry *entry, char **clean,
                               artrepo_error *error) {
    const char *name = NULL;
    artrepo_code code = find_name(all, entry, &name, error);
    if (code == ARTREPO_OK) {
        code = ar_tree_name_clean(name, clean, error);
    }
    if (code == ARTREPO_OK && all->job->rehearsal != NULL) {
        ar_rehearse_look(all->tree, *clean, &all->seen);
    }
    return code == ARTREPO_OK ? make_entry(all, entry, *clean, error) : code;
}

static ar_rehearsed_kind kind_of(struct archive_entry *entry) {
    if (archive_entry_hardlink(entry) != NULL) {
        return AR_REHEARSED_HARD_LINK;
    }
    switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
        return AR_REHEARSED_FILE;
    case AE_IFDIR:
        return AR_REHEARSED_DIRECTORY;
    case AE_IFLNK:
        return AR_REHEARSED_SYMBOLIC_LINK;
    default:
        return AR_REHEARSED_OTHER;
    }
}

/* Reports what became of the entry instead of failing with it. */
static artrepo_code rehearse_entry(extraction *all, struct archive_entry *entry,
                                   artrepo_error *error) {
    ar_rehearsal *rehearsal = all->job->rehearsal;
    char *clean = NULL;
    all->seen = (ar_rehearsed_entry){.size = -1, .refusal = ARTREPO_ERROR_INIT};
    artrepo_code code = make_named(all, entry, &clean, &all->seen.refusal);
    if (code == ARTREPO_CANCELLED || code == ARTREPO_INTERNAL) {
        *error = all->seen.refusal;
    } else {
        ar_rehearsed_kind kind = kind_of(entry);
        all->seen.name = archive_entry_pathname(entry);
        all->seen.clean = clean;
        all->seen.kind = kind;
        all->seen.target = kind == AR_REHEARSED_HARD_LINK       ? archive_entry_hardlink(entry)
                           : kind == AR_REHEARSED_SYMBOLIC_LINK ? archive_entry_symlink(entry)
                                                                : NULL;
        all->seen.size = archive_entry_size_is_set(entry) ? archive_entry_size(entry) : -1;
        all->seen.mode = archive_entry_perm(entry);
        code = ar_rehearsal_report(rehearsal, &all->seen, error);
    }
    free(clean);
    return code;
}

static artrepo_code take_entry(extraction *all, struct archive_entry *entry, artrepo_error *error) {
    artrepo_code code = ar_extract_limits_add_entry(&all->job->limits, error);
    if (code == ARTREPO_OK) {
        code = artrepo_operation_check(all->job->operation, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    if (all->job->rehearsal != NULL) {
        return rehearse_entry(all, entry, error);
    }
    char *clean = NULL;
    code = make_named(all, entry, &clean, error);
    free(clean);
    return code;
}

static bool is_stopped(const extraction *all) {
    return all->job->rehearsal != NULL && all->job->rehearsal->stopped;
}

static artrepo_code take_all_entries(extraction *all, artrepo_error *error) {
    struct archive_entry *entry = archive_entry_new2(all->job->archive);
    if (entry == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read an archive");
    }
    artrepo_code code = ARTREPO_OK;
    while (code == ARTREPO_OK && !is_stopped(all)) {
        int result = archive_read_next_header2(all->job->archive, entry);
        if (result == ARCHIVE_EOF) {
            break;
        }
        bool fine = is_fine(result) && !has_lost_header(result, all->job->archive);
        code = fine ? take_entry(all, entry, error) : archive_failure(all, error);
    }
    archive_entry_free(entry);
    return code;
}

/* ---- the whole ---- */

static void add_to_profile(const extraction *all, int64_t begin) {
    ar_stage *stage = ar_operation_stage(all->job->operation, "extract");
    int64_t input = all->job->input.wait_ns;
    int64_t output = ar_extract_writer_wait_ns(all->writer);
    ar_stage_add_busy(stage, ar_clock_now_ns() - begin - input - output,
                      (int64_t)all->job->limits.written);
    ar_stage_add_input_wait(stage, input);
    ar_stage_add_output_wait(stage, output);
}

/* All entries, and what is behind them. */
static artrepo_code read_archive(extraction *all, artrepo_error *error) {
    artrepo_code code = take_all_entries(all, error);
    if (code == ARTREPO_OK && all->job->input.blocks != NULL && !is_stopped(all)) {
        code = ar_extract_input_drain(&all->job->input, error);
    }
    return code;
}

static artrepo_code write_archive(extraction *all, artrepo_error *error) {
    int64_t begin = ar_clock_now_ns();
    artrepo_code code = ar_extract_writer_open(all->tree, all->job->operation, &all->writer, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = read_archive(all, error);
    add_to_profile(all, begin);
    artrepo_error failure = *error;
    code = ar_extract_writer_close(all->writer, code == ARTREPO_OK ? NULL : &failure, error);
    return code == ARTREPO_OK ? ar_tree_check_links(all->tree, error) : code;
}

/* Links are judged however reading ended, since each is a reason of its own. */
static artrepo_code rehearse_archive(extraction *all, artrepo_error *error) {
    artrepo_code code = read_archive(all, error);
    artrepo_code judged =
        ar_rehearse_links(all->tree, all->job->rehearsal, code == ARTREPO_OK ? error : NULL);
    return code == ARTREPO_OK ? judged : code;
}

struct archive *ar_extract_new_archive(int (*format)(struct archive *)) {
    struct archive *archive = archive_read_new();
    if (archive != NULL && format(archive) != ARCHIVE_OK) {
        archive_read_free(archive);
        return NULL;
    }
    return archive;
}

/* ERROR is not NULL here, since it goes from thread to thread. */
static artrepo_code extract(ar_extract_job *job, artrepo_error *error) {
    extraction all = {.job = job};
    artrepo_code code = ar_extract_input_open(&job->input, job->archive, job->format, error);
    if (code == ARTREPO_OK) {
        code = ar_tree_open(job->directory, &all.tree, error);
    }
    if (code == ARTREPO_OK) {
        code = job->rehearsal != NULL ? rehearse_archive(&all, error) : write_archive(&all, error);
    }
    ar_tree_close(all.tree);
    return code;
}

artrepo_code ar_extract_entries(ar_extract_job *job, artrepo_error *error) {
    artrepo_error own = ARTREPO_ERROR_INIT;
    artrepo_error *reason = error != NULL ? error : &own;
    artrepo_code code;
    /* libarchive converts names to the character set of the thread's locale. */
    locale_t locale = newlocale(LC_CTYPE_MASK, job->character_set, (locale_t)0);
    if (job->archive == NULL) {
        code = artrepo_error_set(reason, ARTREPO_INTERNAL, "no memory to read a %s archive",
                                 job->format);
    } else if (locale == (locale_t)0) {
        code = artrepo_error_set(reason, ARTREPO_INTERNAL,
                                 "cannot read a %s archive: no memory for the locale %s, or there "
                                 "is none",
                                 job->format, job->character_set);
    } else {
        locale_t before = uselocale(locale);
        code = extract(job, reason);
        archive_read_free(job->archive);
        job->archive = NULL;
        uselocale(before);
    }
    if (locale != (locale_t)0) {
        freelocale(locale);
    }
    if (job->archive != NULL) {
        archive_read_free(job->archive);
    }
    ar_extract_input_close(&job->input);
    return code;
}

void ar_extract_job_set_limits(ar_extract_job *job, const artrepo_archive_limits *limits,
                               const _Atomic uint64_t *archive_bytes) {
    if (limits != NULL) {
        job->limits.limits = *limits;
    }
    job->limits.archive_bytes = archive_bytes;
}
