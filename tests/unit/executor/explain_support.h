/* An explanation beside a load of the same object: they must agree. */
#ifndef TESTS_UNIT_EXECUTOR_EXPLAIN_SUPPORT_H
#define TESTS_UNIT_EXECUTOR_EXPLAIN_SUPPORT_H

#include "unit/executor/memory_store.h"

static artrepo_explain_form form_at(const char *path) {
    struct stat status;
    if (lstat(path, &status) != 0) {
        return ARTREPO_FORM_NONE;
    }
    return S_ISDIR(status.st_mode)   ? ARTREPO_FORM_DIRECTORY
           : S_ISLNK(status.st_mode) ? ARTREPO_FORM_SYMBOLIC_LINK
                                     : ARTREPO_FORM_FILE;
}

/* Nothing of the work may be left in the scratch directory. */
static void assert_empty_directory(const char *path) {
    char command[200];
    snprintf(command, sizeof command, "test -z \"$(ls -A '%s')\"", path);
    assert_int_equal(system(command), 0);
}

/*
 * Loads KEY and explains it, and fails the test where they differ: in the code, in the message, and
 * in what the path becomes. The explanation is the caller's. SAME_MESSAGE false: load finds several
 * reasons at once, and may name another one.
 */
static artrepo_explanation *explain_like_load(artrepo_repository *repository, const char *key,
                                              const char *strategy,
                                              const artrepo_archive_limits *limits,
                                              bool same_message) {
    char root[100], path[120], scratch[120];
    strcpy(root, scratch_directory());
    snprintf(path, sizeof path, "%s/out", root);
    snprintf(scratch, sizeof scratch, "%s/scratch", root);
    assert_int_equal(mkdir(scratch, 0700), 0);
    artrepo_load_options load_options = {.limits = {0, 0, 0}};
    artrepo_explain_options explain_options = {.scratch_directory = scratch};
    if (limits != NULL) {
        load_options.limits = *limits;
        explain_options.limits = *limits;
    }
    artrepo_artifact *artifact = new_artifact(strategy);
    artrepo_explanation *explanation = NULL;
    assert_ok(artrepo_artifact_explain(repository, key, artifact, &explain_options, NULL,
                                       &explanation, error));
    assert_empty_directory(scratch);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code =
        artrepo_artifact_load(repository, key, artifact, path, &load_options, NULL, NULL, &error);
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    if (verdict->code != code || verdict->form != form_at(path) ||
        (code != ARTREPO_OK && same_message && strcmp(verdict->message, error.message) != 0)) {
        fail_msg("explained: %s, form %d, \"%s\"; loaded: %s, form %d, \"%s\"",
                 artrepo_code_name(verdict->code), verdict->form, verdict->message,
                 artrepo_code_name(code), form_at(path), error.message);
    }
    assert_true(code == ARTREPO_OK ||
                artrepo_explanation_count(explanation, ARTREPO_REMARK_REFUSED) > 0);
    artrepo_artifact_free(artifact);
    remove_scratch(root);
    return explanation;
}

static inline bool has_remark(const artrepo_explanation *explanation, artrepo_remark_kind kind,
                              const char *subject, const char *text) {
    const artrepo_remark *remark;
    for (size_t i = 0; (remark = artrepo_explanation_remark(explanation, kind, i)) != NULL; i++) {
        if (strcmp(remark->subject, subject) == 0 && strstr(remark->text, text) != NULL) {
            return true;
        }
    }
    return false;
}

#define assert_remark(explanation, kind, subject, text)                                            \
    assert_true(has_remark((explanation), ARTREPO_REMARK_##kind, (subject), (text)))

#endif
