#include "explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "output.h"

static const char *const titles[ARTREPO_REMARK_KINDS] = {
    [ARTREPO_REMARK_REFUSED] = "refused",
    [ARTREPO_REMARK_PASSED_OVER] = "passed over",
    [ARTREPO_REMARK_REFERENCE_FAILS] = "where Argo's executor would fail",
    [ARTREPO_REMARK_REFERENCE_LOSES] = "where Argo's executor would lose or change something",
    [ARTREPO_REMARK_REFERENCE_UNSAFE] = "where Argo's executor would not be safe",
    [ARTREPO_REMARK_NOTE] = "notes",
};

/* Lines are collected, and then written one by one: names may hold anything. */
typedef struct printer {
    artrepo_error *error;
    artrepo_code code;
} printer;

static void line(printer *to, const char *format, ...) ARTREPO_PRINTF(2, 3);

static void line(printer *to, const char *format, ...) {
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int size = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (size < 0) {
        to->code = artrepo_error_set(to->error, ARTREPO_INTERNAL, "no memory to print");
    } else if (to->code == ARTREPO_OK) {
        to->code = output_line(text, to->error);
    }
    if (size >= 0) {
        free(text);
    }
}

static void print_rule(printer *to, const char *rule) {
    const char *label = "rule";
    while (*rule != '\0') {
        const char *end = strstr(rule, "; ");
        int length = (int)(end == NULL ? strlen(rule) : (size_t)(end - rule));
        line(to, "%-10s%.*s", label, length, rule);
        label = "";
        rule += length + (end == NULL ? 0 : 2);
    }
}

static void print_outcome(printer *to, const char *path, const artrepo_verdict *verdict) {
    static const char *const forms[] = {
        [ARTREPO_FORM_FILE] = "a file",
        [ARTREPO_FORM_DIRECTORY] = "a directory",
        [ARTREPO_FORM_SYMBOLIC_LINK] = "a symbolic link",
    };
    if (verdict->code != ARTREPO_OK) {
        line(to, "%-10s%s: %s", "fails", artrepo_code_name(verdict->code), verdict->message);
    } else if (verdict->form != ARTREPO_FORM_NONE) {
        line(to, "%-10s%s is %s", "result", path, forms[verdict->form]);
    } else if (verdict->action == ARTREPO_EXPLAIN_SKIP) {
        line(to, "%-10s%s is not made", "result", path);
    } else {
        line(to, "%-10s%s", "result", "not known, since not all entries were looked at");
    }
}

static void print_content(printer *to, const artrepo_verdict *verdict) {
    if (verdict->action == ARTREPO_EXPLAIN_KEEP || verdict->action == ARTREPO_EXPLAIN_SKIP) {
        return;
    }
    line(to,
         "%-10s%s%" PRIu64 " entries (files %" PRIu64 " of %s, directories %" PRIu64
         ", symbolic links %" PRIu64 ", hard links %" PRIu64 ", others %" PRIu64 ")",
         "content", verdict->complete ? "" : "at least ", verdict->entries, verdict->files,
         format_bytes((int64_t)verdict->bytes).text, verdict->directories, verdict->symbolic_links,
         verdict->hard_links, verdict->others);
}

static void print_reading(printer *to, const artrepo_verdict *verdict) {
    if (verdict->object_size >= 0) {
        format_text size = format_bytes(verdict->object_size);
        format_text read = format_bytes(verdict->bytes_read);
        line(to, "%-10s%s of %s (requests: %lld)%s", "read", read.text, size.text,
             (long long)verdict->requests,
             verdict->complete || verdict->code != ARTREPO_OK ? "" : "; there may be more entries");
    }
}

static void print_remarks(printer *to, const artrepo_explanation *explanation,
                          artrepo_remark_kind kind) {
    uint64_t count = artrepo_explanation_count(explanation, kind);
    if (count == 0) {
        return;
    }
    line(to, "%s:", titles[kind]);
    const artrepo_remark *remark;
    size_t shown = 0;
    for (; (remark = artrepo_explanation_remark(explanation, kind, shown)) != NULL; shown++) {
        line(to, "  %s%s%s", remark->subject, remark->subject[0] == '\0' ? "" : ": ", remark->text);
    }
    if (shown < count) {
        line(to, "  and %" PRIu64 " more", count - shown);
    }
}

artrepo_code explain_print_text(const char *key, const char *path,
                                const artrepo_explanation *explanation, artrepo_error *error) {
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    printer to = {error, ARTREPO_OK};
    line(&to, "%-10s%s", "key", key);
    print_rule(&to, verdict->rule);
    print_outcome(&to, path, verdict);
    print_content(&to, verdict);
    print_reading(&to, verdict);
    for (int kind = 0; kind < ARTREPO_REMARK_KINDS; kind++) {
        print_remarks(&to, explanation, (artrepo_remark_kind)kind);
    }
    return to.code;
}
