#include "explain.h"

#include "output.h"

static const char *action_name(artrepo_explain_action action) {
    switch (action) {
    case ARTREPO_EXPLAIN_KEEP:
        return "keep";
    case ARTREPO_EXPLAIN_UNTAR:
        return "untar";
    case ARTREPO_EXPLAIN_UNZIP:
        return "unzip";
    case ARTREPO_EXPLAIN_DIRECTORY:
        return "directory";
    case ARTREPO_EXPLAIN_SKIP:
        return "skip";
    }
    return "unknown";
}

static json_t *form_name(artrepo_explain_form form) {
    switch (form) {
    case ARTREPO_FORM_FILE:
        return json_string("file");
    case ARTREPO_FORM_DIRECTORY:
        return json_string("directory");
    case ARTREPO_FORM_SYMBOLIC_LINK:
        return json_string("symbolic-link");
    case ARTREPO_FORM_NONE:
        break;
    }
    return json_null();
}

static json_t *number(uint64_t value) {
    return json_integer((json_int_t)value);
}

static void add_text(json_t *json, const char *name, const char *text) {
    if (text[0] != '\0') {
        json_object_set_new(json, name, output_text(text));
    }
}

/* {"count": 21, "first": [{"subject", "text"}, ...]} */
static json_t *remarks_of(const artrepo_explanation *explanation, artrepo_remark_kind kind) {
    json_t *json = json_object();
    json_t *first = json_array();
    const artrepo_remark *remark;
    for (size_t i = 0; (remark = artrepo_explanation_remark(explanation, kind, i)) != NULL; i++) {
        json_t *one = json_object();
        add_text(one, "subject", remark->subject);
        add_text(one, "text", remark->text);
        json_array_append_new(first, one);
    }
    json_object_set_new(json, "count", number(artrepo_explanation_count(explanation, kind)));
    json_object_set_new(json, "first", first);
    return json;
}

static json_t *all_remarks(const artrepo_explanation *explanation) {
    json_t *json = json_object();
    for (int kind = 0; kind < ARTREPO_REMARK_KINDS; kind++) {
        if (artrepo_explanation_count(explanation, (artrepo_remark_kind)kind) > 0) {
            json_object_set_new(json, artrepo_remark_kind_name((artrepo_remark_kind)kind),
                                remarks_of(explanation, (artrepo_remark_kind)kind));
        }
    }
    return json;
}

static json_t *content_of(const artrepo_verdict *verdict) {
    json_t *json = json_object();
    json_object_set_new(json, "complete", json_boolean(verdict->complete));
    json_object_set_new(json, "entries", number(verdict->entries));
    json_object_set_new(json, "files", number(verdict->files));
    json_object_set_new(json, "directories", number(verdict->directories));
    json_object_set_new(json, "symbolicLinks", number(verdict->symbolic_links));
    json_object_set_new(json, "hardLinks", number(verdict->hard_links));
    json_object_set_new(json, "others", number(verdict->others));
    json_object_set_new(json, "bytes", number(verdict->bytes));
    return json;
}

artrepo_code explain_print_json(const char *key, const char *path,
                                const artrepo_explanation *explanation, artrepo_error *error) {
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    json_t *json = json_object();
    json_object_set_new(json, "key", output_text(key));
    json_object_set_new(json, "path", output_text(path));
    json_object_set_new(json, "action", json_string(action_name(verdict->action)));
    json_object_set_new(json, "becomes", form_name(verdict->form));
    json_object_set_new(json, "rule", output_text(verdict->rule));
    add_text(json, "format", verdict->format);
    add_text(json, "onlyTopEntry", verdict->only_top_entry);
    json_object_set_new(json, "code", json_string(artrepo_code_name(verdict->code)));
    add_text(json, "message", verdict->message);
    if (verdict->object_size >= 0) {
        json_object_set_new(json, "size", json_integer(verdict->object_size));
    }
    json_object_set_new(json, "bytesRead", json_integer(verdict->bytes_read));
    json_object_set_new(json, "requests", json_integer(verdict->requests));
    json_object_set_new(json, "content", content_of(verdict));
    json_object_set_new(json, "remarks", all_remarks(explanation));
    return output_json(json, error);
}
