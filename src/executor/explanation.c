#include "executor/explanation.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[ARTREPO_REMARK_KINDS] = {
    [ARTREPO_REMARK_REFUSED] = "refused",
    [ARTREPO_REMARK_PASSED_OVER] = "passed-over",
    [ARTREPO_REMARK_REFERENCE_FAILS] = "reference-fails",
    [ARTREPO_REMARK_REFERENCE_LOSES] = "reference-loses",
    [ARTREPO_REMARK_REFERENCE_UNSAFE] = "reference-unsafe",
    [ARTREPO_REMARK_NOTE] = "note",
};

static bool is_kind(artrepo_remark_kind kind) {
    return (unsigned)kind < ARTREPO_REMARK_KINDS;
}

const char *artrepo_remark_kind_name(artrepo_remark_kind kind) {
    return is_kind(kind) ? kind_names[kind] : "unknown";
}

/* ---- making ---- */

artrepo_explanation *ar_explanation_new(size_t most_remarks) {
    artrepo_explanation *explanation = calloc(1, sizeof *explanation);
    if (explanation != NULL) {
        explanation->most_remarks = most_remarks;
        explanation->verdict.object_size = -1;
        explanation->verdict.complete = true;
    }
    return explanation;
}

static void keep(artrepo_explanation *explanation, ar_remarks *remarks, const char *subject,
                 char *text) {
    artrepo_remark *kept =
        realloc(remarks->kept, (remarks->kept_count + 1) * sizeof remarks->kept[0]);
    char *copy = strdup(subject);
    if (kept != NULL) {
        remarks->kept = kept;
    }
    if (kept == NULL || copy == NULL) {
        explanation->out_of_memory = true;
        free(copy);
        free(text);
        return;
    }
    kept[remarks->kept_count++] = (artrepo_remark){copy, text};
}

void ar_explanation_remark(artrepo_explanation *explanation, artrepo_remark_kind kind,
                           const char *subject, const char *format, ...) {
    ar_remarks *remarks = &explanation->remarks[kind];
    remarks->count++;
    if (remarks->kept_count >= explanation->most_remarks) {
        return;
    }
    char text[sizeof((artrepo_error *)NULL)->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char *copy = strdup(text);
    if (copy == NULL) {
        explanation->out_of_memory = true;
        return;
    }
    keep(explanation, remarks, subject, copy);
}

void ar_explanation_add_rule(artrepo_explanation *explanation, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!ar_buffer_append_text(&explanation->rule, explanation->rule.size == 0 ? "" : "; ") ||
        !ar_buffer_append_text(&explanation->rule, text)) {
        explanation->out_of_memory = true;
    }
}

void ar_explanation_set_text(artrepo_explanation *explanation, const char **text,
                             const char *value) {
    char *copy = strdup(value);
    explanation->out_of_memory = explanation->out_of_memory || copy == NULL;
    free((char *)*text);
    *text = copy;
}

void ar_explanation_fail(artrepo_explanation *explanation, const artrepo_error *failure) {
    if (explanation->verdict.code == ARTREPO_OK) {
        explanation->verdict.code = failure->code;
        ar_explanation_set_text(explanation, &explanation->verdict.message, failure->message);
    }
}

void ar_explanation_refuse(artrepo_explanation *explanation, const char *subject,
                           const artrepo_error *refusal) {
    ar_explanation_fail(explanation, refusal);
    ar_explanation_remark(explanation, ARTREPO_REMARK_REFUSED, subject, "%s", refusal->message);
}

static void fill_empty(artrepo_explanation *explanation, const char **text) {
    if (*text == NULL) {
        ar_explanation_set_text(explanation, text, "");
    }
}

artrepo_code ar_explanation_finish(artrepo_explanation *explanation, artrepo_error *error) {
    artrepo_verdict *verdict = &explanation->verdict;
    verdict->rule = ar_buffer_steal(&explanation->rule);
    fill_empty(explanation, &verdict->message);
    fill_empty(explanation, &verdict->format);
    fill_empty(explanation, &verdict->only_top_entry);
    if (explanation->out_of_memory || verdict->rule == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an explanation");
    }
    if (verdict->code != ARTREPO_OK) {
        verdict->form = ARTREPO_FORM_NONE;
    }
    return ARTREPO_OK;
}

/* ---- reading ---- */

void artrepo_explanation_free(artrepo_explanation *explanation) {
    if (explanation == NULL) {
        return;
    }
    for (size_t kind = 0; kind < ARTREPO_REMARK_KINDS; kind++) {
        ar_remarks *remarks = &explanation->remarks[kind];
        for (size_t i = 0; i < remarks->kept_count; i++) {
            free((char *)remarks->kept[i].subject);
            free((char *)remarks->kept[i].text);
        }
        free(remarks->kept);
    }
    free((char *)explanation->verdict.message);
    free((char *)explanation->verdict.rule);
    free((char *)explanation->verdict.format);
    free((char *)explanation->verdict.only_top_entry);
    ar_buffer_free(&explanation->rule);
    free(explanation);
}

const artrepo_verdict *artrepo_explanation_verdict(const artrepo_explanation *explanation) {
    return &explanation->verdict;
}

uint64_t artrepo_explanation_count(const artrepo_explanation *explanation,
                                   artrepo_remark_kind kind) {
    return is_kind(kind) ? explanation->remarks[kind].count : 0;
}

const artrepo_remark *artrepo_explanation_remark(const artrepo_explanation *explanation,
                                                 artrepo_remark_kind kind, size_t index) {
    if (!is_kind(kind) || index >= explanation->remarks[kind].kept_count) {
        return NULL;
    }
    return &explanation->remarks[kind].kept[index];
}
