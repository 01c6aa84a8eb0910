/* Where Argo's own executor would fail, or lose data, with what is loaded well here. Each case is
 * one of docs/argo-parity.md. */
#include "executor/explain.h"

static const char *const argo = "Argo's executor";

/* ---- the stream ---- */

void ar_reference_on_stream(artrepo_explanation *explanation,
                            const artrepo_archive_strategy *strategy, const ar_unpack_rule *rule) {
    bool detects = strategy->kind == ARTREPO_ARCHIVE_UNSET;
    if (rule->keep && detects && rule->format == AR_STREAM_ZIP) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_NOTE, "",
                              "a zip is never detected; to unzip it, give the artifact "
                              "'archive: {zip: {}}'");
    } else if (rule->keep && detects && rule->format == AR_STREAM_TAR) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_NOTE, "",
                              "a tar that is not compressed is never detected; to untar it, give "
                              "the artifact 'archive: {tar: {}}'");
    } else if (!rule->keep && !rule->zip && rule->format == AR_STREAM_ZSTD && detects) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_LOSES, "",
                              "%s does not know zstd: the compressed tar would be kept as a file",
                              argo);
    } else if (!rule->keep && !rule->zip && rule->format != AR_STREAM_GZIP) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_FAILS, "",
                              "%s takes nothing but gzip for the tar strategy ('gzip: invalid "
                              "header'); here the bytes say what they are",
                              argo);
    }
}

/* ---- entries ---- */

static void on_tar_entry(artrepo_explanation *explanation, const ar_rehearsed_entry *entry) {
    bool over_file = entry->has_earlier && S_ISREG(entry->earlier.st_mode);
    if (entry->kind == AR_REHEARSED_HARD_LINK) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_LOSES, entry->name,
                              "%s passes over hard links without a word: the file would be "
                              "missing",
                              argo);
    } else if (entry->kind == AR_REHEARSED_SYMBOLIC_LINK && entry->has_earlier) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_FAILS, entry->name,
                              "there is an entry of that name before it, which %s does not replace "
                              "by a symbolic link ('file exists')",
                              argo);
    } else if (entry->kind == AR_REHEARSED_FILE && entry->has_earlier &&
               S_ISLNK(entry->earlier.st_mode)) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_LOSES, entry->name,
                              "%s would write it through the symbolic link of that name before it, "
                              "over what that leads to",
                              argo);
    } else if (entry->kind == AR_REHEARSED_FILE && over_file &&
               entry->size < entry->earlier.st_size) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_LOSES, entry->name,
                              "there is a longer file of that name before it, whose end %s would "
                              "leave behind the content of this one",
                              argo);
    }
}

static void on_zip_entry(artrepo_explanation *explanation, const ar_rehearsed_entry *entry) {
    if (entry->kind == AR_REHEARSED_SYMBOLIC_LINK) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_LOSES, entry->name,
                              "%s would make a file of the symbolic link, with its target as text",
                              argo);
    } else if (entry->kind == AR_REHEARSED_FILE && entry->made_parent &&
               (entry->mode & 0100) == 0) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_LOSES, entry->name,
                              "%s would give its directory the file's mode, %04o, so that nobody "
                              "but root can enter it",
                              argo, (unsigned)entry->mode);
    }
}

void ar_reference_on_entry(artrepo_explanation *explanation, bool zip,
                           const ar_rehearsed_entry *entry) {
    if (entry->refusal.code != ARTREPO_OK) {
        if (entry->name == NULL) { /* a link that was judged at the end */
            ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_UNSAFE, "",
                                  "%s judges links by their letters alone, and would make that one",
                                  argo);
        }
    } else if (entry->clean[0] == '\0') {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_FAILS, entry->name,
                              "%s refuses an entry for the directory itself ('illegal file path')",
                              argo);
    } else if (entry->kind == AR_REHEARSED_OTHER) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_PASSED_OVER, entry->name,
                              "neither a file, nor a directory, nor a link");
    } else if (zip) {
        on_zip_entry(explanation, entry);
    } else {
        on_tar_entry(explanation, entry);
    }
}

/* ---- prefixes ---- */

void ar_reference_on_prefix(artrepo_explanation *explanation,
                            const artrepo_archive_strategy *strategy) {
    if (strategy->kind == ARTREPO_ARCHIVE_TAR || strategy->kind == ARTREPO_ARCHIVE_ZIP) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_FAILS, "",
                              "%s would try to open the downloaded directory as an archive; here a "
                              "prefix is a directory whatever the strategy is",
                              argo);
    }
    ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_LOSES, "",
                          "%s gives the files the mode 0600 and directories 0700, so that another "
                          "user in the pod cannot read them; here they get 0644 and 0755",
                          argo);
}

void ar_reference_on_listed_key(artrepo_explanation *explanation, const char *key) {
    ar_explanation_remark(explanation, ARTREPO_REMARK_REFERENCE_UNSAFE, key,
                          "%s would write it outside the destination", argo);
}
