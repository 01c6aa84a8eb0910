#include "repository/document.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/buffer.h"
#include "repository/document_json.h"
#include "repository/document_merge.h"
#include "repository/scalar.h"

#define YAML_TAG "tag:yaml.org,2002:"

/* The value of an anchor, once it is complete. It belongs to the tree. */
typedef struct document_anchor {
    char *name;
    const ar_value *value; /* NULL while it is being read */
} document_anchor;

typedef struct document_reader {
    yaml_parser_t parser;
    const ar_origin *origin;
    size_t nodes, text; /* spent so far */
    document_anchor *anchors;
    size_t anchor_count;
    ar_value *attic; /* an array: values that are in no tree, but that anchors may name */
    artrepo_error *error;
} document_reader;

typedef struct text_place {
    int line, column;
} text_place;

static artrepo_code read_value(document_reader *reader, const yaml_event_t *event, int depth,
                               ar_value **value);

/* ---- errors ---- */

static text_place place_of(const document_reader *reader, const yaml_mark_t *mark) {
    const ar_origin *origin = reader->origin;
    if (origin->fixed) {
        return (text_place){origin->line, origin->column};
    }
    int line = mark->line < INT_MAX / 2 ? (int)mark->line + 1 : INT_MAX / 2;
    int column = mark->column < INT_MAX / 2 ? (int)mark->column + 1 : INT_MAX / 2;
    return (text_place){line + origin->line, column + origin->column};
}

static artrepo_code fail_at(const document_reader *reader, text_place at, const char *format, ...)
    ARTREPO_PRINTF(3, 4);

static artrepo_code fail_at(const document_reader *reader, text_place at, const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return artrepo_error_set(reader->error, ARTREPO_INVALID, "%s:%d:%d: %s",
                             reader->origin->file_name, at.line, at.column, text);
}

static artrepo_code no_memory(const document_reader *reader) {
    return artrepo_error_set(reader->error, ARTREPO_INTERNAL, "no memory to read %s",
                             reader->origin->file_name);
}

artrepo_code ar_document_error(artrepo_error *error, const char *file_name, const ar_value *value,
                               const char *format, ...) {
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (value == NULL || value->line == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID, "%s: %s", file_name, text);
    }
    return artrepo_error_set(error, ARTREPO_INVALID, "%s:%d:%d: %s", file_name, value->line,
                             value->column, text);
}

/* ---- limits ---- */

static artrepo_code spend(document_reader *reader, text_place at, size_t nodes, size_t text) {
    reader->nodes += nodes;
    reader->text += text;
    if (reader->nodes > AR_DOCUMENT_MAX_NODES) {
        return fail_at(reader, at, "more than %d values (aliases count as what they stand for)",
                       AR_DOCUMENT_MAX_NODES);
    }
    if (reader->text > AR_DOCUMENT_MAX_TEXT) {
        return fail_at(reader, at,
                       "more than %zu bytes of text (aliases count as what they stand "
                       "for)",
                       AR_DOCUMENT_MAX_TEXT);
    }
    return ARTREPO_OK;
}

static void measure(const ar_value *value, size_t *nodes, size_t *text, int *height) {
    int below = 0;
    *nodes += 1;
    *text += value->text == NULL ? 0 : strlen(value->text);
    for (size_t i = 0; i < value->count; i++) {
        int one = 0;
        *text += value->members[i].name == NULL ? 0 : strlen(value->members[i].name);
        measure(value->members[i].value, nodes, text, &one);
        below = one > below ? one : below;
    }
    *height = below + 1;
}

static artrepo_code check_depth(const document_reader *reader, text_place at, int depth) {
    return depth <= AR_DOCUMENT_MAX_DEPTH
               ? ARTREPO_OK
               : fail_at(reader, at, "nested more than %d levels deep", AR_DOCUMENT_MAX_DEPTH);
}

/* ---- events ---- */

static artrepo_code next_event(document_reader *reader, yaml_event_t *event) {
    if (yaml_parser_parse(&reader->parser, event)) {
        return ARTREPO_OK;
    }
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR) {
        return no_memory(reader);
    }
    const char *problem = parser->problem == NULL ? "not YAML" : parser->problem;
    if (parser->error == YAML_READER_ERROR) { /* it has an offset instead of a mark */
        return artrepo_error_set(reader->error, ARTREPO_INVALID, "%s: %s at byte %zu",
                                 reader->origin->file_name, problem, parser->problem_offset);
    }
    return fail_at(reader, place_of(reader, &parser->problem_mark), "%s%s%s", problem,
                   parser->context == NULL ? "" : " ",
                   parser->context == NULL ? "" : parser->context);
}

/* ---- anchors and aliases ---- */

static document_anchor *find_anchor(const document_reader *reader, const char *name) {
    for (size_t i = reader->anchor_count; i-- > 0;) { /* the last of that name counts */
        if (strcmp(reader->anchors[i].name, name) == 0) {
            return &reader->anchors[i];
        }
    }
    return NULL;
}

/* *INDEX of the anchor NAME; SIZE_MAX when there is no NAME. */
static artrepo_code add_anchor(document_reader *reader, const yaml_char_t *name, text_place at,
                               size_t *index) {
    *index = SIZE_MAX;
    if (name == NULL) {
        return ARTREPO_OK;
    }
    if (reader->anchor_count >= AR_DOCUMENT_MAX_MEMBERS) {
        return fail_at(reader, at, "more than %d anchors", AR_DOCUMENT_MAX_MEMBERS);
    }
    document_anchor *anchors =
        realloc(reader->anchors, (reader->anchor_count + 1) * sizeof *reader->anchors);
    if (anchors == NULL) {
        return no_memory(reader);
    }
    reader->anchors = anchors;
    char *copy = strdup((const char *)name);
    if (copy == NULL) {
        return no_memory(reader);
    }
    *index = reader->anchor_count++;
    anchors[*index] = (document_anchor){copy, NULL};
    return ARTREPO_OK;
}

static artrepo_code read_alias(document_reader *reader, const yaml_event_t *event, int depth,
                               text_place at, ar_value **value) {
    const char *name = (const char *)event->data.alias.anchor;
    const document_anchor *target = find_anchor(reader, name);
    if (target == NULL || target->value == NULL) {
        return fail_at(reader, at,
                       target == NULL ? "alias '*%s' has no anchor '&%s' before it"
                                      : "alias '*%s' is inside its own anchor '&%s'",
                       name, name);
    }
    size_t nodes = 0, text = 0;
    int height = 0;
    measure(target->value, &nodes, &text, &height);
    artrepo_code code = spend(reader, at, nodes, text);
    if (code == ARTREPO_OK) {
        code = check_depth(reader, at, depth - 1 + height);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    *value = ar_value_copy(target->value);
    return *value == NULL ? no_memory(reader) : ARTREPO_OK;
}

/* ---- scalars ---- */

static artrepo_code kind_of_scalar(document_reader *reader, const yaml_event_t *event,
                                   text_place at, ar_value_kind *kind, const char **text) {
    const char *tag = (const char *)event->data.scalar.tag;
    const char *written = (const char *)event->data.scalar.value;
    *text = written;
    *kind = AR_VALUE_STRING;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    if (tag == NULL) {
        if (plain) {
            *kind = ar_scalar_kind(written, text);
        }
        return ARTREPO_OK;
    }
    static const struct {
        const char *tag;
        ar_value_kind kind;
    } tags[] = {{"!", AR_VALUE_STRING},
                {YAML_TAG "str", AR_VALUE_STRING},
                {YAML_TAG "bool", AR_VALUE_BOOL},
                {YAML_TAG "int", AR_VALUE_NUMBER},
                {YAML_TAG "float", AR_VALUE_NUMBER},
                {YAML_TAG "null", AR_VALUE_NULL}};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        if (strcmp(tag, tags[i].tag) != 0) {
            continue;
        }
        *kind = tags[i].kind;
        if (*kind != AR_VALUE_STRING && ar_scalar_kind(written, text) != *kind) {
            return fail_at(reader, at, "'%s' is not what its tag '%s' says", written, tag);
        }
        return ARTREPO_OK;
    }
    return fail_at(reader, at, "tag '%s' is not supported", tag);
}

static artrepo_code read_scalar(document_reader *reader, const yaml_event_t *event, text_place at,
                                ar_value **value) {
    size_t length = event->data.scalar.length;
    if (memchr(event->data.scalar.value, '\0', length) != NULL) {
        return fail_at(reader, at, "a text holds a NUL character");
    }
    ar_value_kind kind;
    const char *text;
    artrepo_code code = kind_of_scalar(reader, event, at, &kind, &text);
    if (code == ARTREPO_OK) {
        code = spend(reader, at, 1, length);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    *value = ar_value_new(kind, kind == AR_VALUE_NULL ? NULL : text);
    return *value == NULL ? no_memory(reader) : ARTREPO_OK;
}

/* ---- containers ---- */

static artrepo_code check_tag(const document_reader *reader, const yaml_char_t *tag,
                              const char *wanted, text_place at) {
    if (tag == NULL || strcmp((const char *)tag, wanted) == 0 ||
        strcmp((const char *)tag, "!") == 0) {
        return ARTREPO_OK;
    }
    return fail_at(reader, at, "tag '%s' is not supported", (const char *)tag);
}

static artrepo_code read_members_of_array(document_reader *reader, int depth, ar_value *array) {
    for (;;) {
        yaml_event_t event;
        artrepo_code code = next_event(reader, &event);
        if (code != ARTREPO_OK) {
            return code;
        }
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            return ARTREPO_OK;
        }
        ar_value *member = NULL;
        code = read_value(reader, &event, depth + 1, &member);
        yaml_event_delete(&event);
        if (code == ARTREPO_OK && !ar_value_put(array, NULL, member)) {
            code = no_memory(reader);
        }
        if (code != ARTREPO_OK) {
            return code;
        }
    }
}

typedef struct object_name {
    char *text;
    text_place at;
    bool merge; /* YAML's "<<" */
} object_name;

static artrepo_code read_name(document_reader *reader, const yaml_event_t *event,
                              object_name *name) {
    name->at = place_of(reader, &event->start_mark);
    if (event->type != YAML_SCALAR_EVENT) {
        return fail_at(reader, name->at, "the name of a field must be a text");
    }
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    if (strlen(text) != length) {
        return fail_at(reader, name->at, "a name holds a NUL character");
    }
    artrepo_code code = spend(reader, name->at, 0, length);
    if (code != ARTREPO_OK) {
        return code;
    }
    name->merge = strcmp(text, "<<") == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    name->text = strdup(text);
    return name->text == NULL ? no_memory(reader) : ARTREPO_OK;
}

static artrepo_code too_many_members(const document_reader *reader, text_place at) {
    return fail_at(reader, at, "more than %d fields in one object", AR_DOCUMENT_MAX_MEMBERS);
}

/* Takes FROM over. It counts once more, since its members are copied. */
static artrepo_code add_merge(document_reader *reader, ar_merges *merges, ar_value *from,
                              text_place at, size_t before) {
    size_t nodes = 0, text = 0;
    int height = 0;
    measure(from, &nodes, &text, &height);
    if (!ar_value_put(reader->attic, NULL, from) || !ar_merges_add(merges, from, before)) {
        return no_memory(reader);
    }
    return spend(reader, at, nodes, text);
}

static artrepo_code apply_merges(document_reader *reader, const ar_merges *merges, text_place at,
                                 ar_value *object) {
    switch (ar_merges_apply(merges, object, AR_DOCUMENT_MAX_MEMBERS, reader->attic)) {
    case AR_MERGE_NO_OBJECT:
        return fail_at(reader, at, "'<<' must name an object or a list of objects");
    case AR_MERGE_TOO_MANY:
        return too_many_members(reader, at);
    case AR_MERGE_NO_MEMORY:
        return no_memory(reader);
    default:
        return ARTREPO_OK;
    }
}

static artrepo_code put_member(document_reader *reader, ar_value *object, const object_name *name,
                               ar_value *member) {
    const ar_value *first = ar_value_get(object, name->text);
    artrepo_code code = ARTREPO_OK;
    if (first != NULL) {
        code = fail_at(reader, name->at, "field '%s' is there twice; the first is on line %d",
                       name->text, first->line);
    } else if (object->count >= AR_DOCUMENT_MAX_MEMBERS) {
        code = too_many_members(reader, name->at);
    }
    if (code != ARTREPO_OK) {
        ar_value_free(member);
        return code;
    }
    if (member->kind == AR_VALUE_OBJECT || member->kind == AR_VALUE_ARRAY) {
        member->line = name->at.line;
        member->column = name->at.column;
    }
    return ar_value_put(object, name->text, member) ? ARTREPO_OK : no_memory(reader);
}

static artrepo_code read_member(document_reader *reader, const yaml_event_t *name_event, int depth,
                                ar_value *object, ar_merges *merges) {
    object_name name = {NULL, {0, 0}, false};
    artrepo_code code = read_name(reader, name_event, &name);
    if (code != ARTREPO_OK) {
        return code;
    }
    yaml_event_t event;
    code = next_event(reader, &event);
    if (code != ARTREPO_OK) {
        free(name.text);
        return code;
    }
    ar_value *member = NULL;
    code = read_value(reader, &event, depth + 1, &member);
    yaml_event_delete(&event);
    if (code == ARTREPO_OK && name.merge) {
        code = add_merge(reader, merges, member, name.at, object->count);
    } else if (code == ARTREPO_OK) {
        code = put_member(reader, object, &name, member);
    }
    free(name.text);
    return code;
}

static artrepo_code read_members_of_object(document_reader *reader, int depth, text_place at,
                                           ar_value *object) {
    ar_merges merges = {NULL, 0};
    artrepo_code code = ARTREPO_OK;
    for (;;) {
        yaml_event_t event;
        code = next_event(reader, &event);
        if (code != ARTREPO_OK) {
            break;
        }
        bool end = event.type == YAML_MAPPING_END_EVENT;
        if (!end) {
            code = read_member(reader, &event, depth, object, &merges);
        }
        yaml_event_delete(&event);
        if (end || code != ARTREPO_OK) {
            break;
        }
    }
    if (code == ARTREPO_OK) {
        code = apply_merges(reader, &merges, at, object);
    }
    ar_merges_free(&merges);
    return code;
}

static artrepo_code read_container(document_reader *reader, const yaml_event_t *event, int depth,
                                   text_place at, ar_value **value) {
    bool object = event->type == YAML_MAPPING_START_EVENT;
    artrepo_code code = object
                            ? check_tag(reader, event->data.mapping_start.tag, YAML_TAG "map", at)
                            : check_tag(reader, event->data.sequence_start.tag, YAML_TAG "seq", at);
    if (code == ARTREPO_OK) {
        code = spend(reader, at, 1, 0);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    *value = ar_value_new(object ? AR_VALUE_OBJECT : AR_VALUE_ARRAY, NULL);
    if (*value == NULL) {
        return no_memory(reader);
    }
    code = object ? read_members_of_object(reader, depth, at, *value)
                  : read_members_of_array(reader, depth, *value);
    if (code != ARTREPO_OK) {
        ar_value_free(*value);
        *value = NULL;
    }
    return code;
}

static const yaml_char_t *anchor_of(const yaml_event_t *event) {
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return event->data.mapping_start.anchor;
    default:
        return NULL;
    }
}

static artrepo_code read_value(document_reader *reader, const yaml_event_t *event, int depth,
                               ar_value **value) {
    text_place at = place_of(reader, &event->start_mark);
    size_t index;
    artrepo_code code = check_depth(reader, at, depth);
    if (code == ARTREPO_OK) {
        code = add_anchor(reader, anchor_of(event), at, &index);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        code = read_alias(reader, event, depth, at, value);
        break;
    case YAML_SCALAR_EVENT:
        code = read_scalar(reader, event, at, value);
        break;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        code = read_container(reader, event, depth, at, value);
        break;
    default:
        code = fail_at(reader, at, "a value is missing");
        break;
    }
    if (code != ARTREPO_OK || *value == NULL) {
        return code;
    }
    (*value)->line = at.line;
    (*value)->column = at.column;
    if (index != SIZE_MAX) {
        reader->anchors[index].value = *value;
    }
    return ARTREPO_OK;
}

/* ---- the document ---- */

static artrepo_code read_document(document_reader *reader, ar_value **root) {
    bool started = false;
    for (;;) {
        yaml_event_t event;
        artrepo_code code = next_event(reader, &event);
        if (code != ARTREPO_OK) {
            return code;
        }
        yaml_event_type_t type = event.type;
        bool is_value = type != YAML_STREAM_START_EVENT && type != YAML_STREAM_END_EVENT &&
                        type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT;
        if (type == YAML_DOCUMENT_START_EVENT && started) {
            code = fail_at(reader, place_of(reader, &event.start_mark),
                           "a second document begins here; only one is expected");
        } else if (type == YAML_DOCUMENT_START_EVENT) {
            started = true;
        } else if (is_value) {
            code = read_value(reader, &event, 1, root);
        }
        yaml_event_delete(&event);
        if (code != ARTREPO_OK || type == YAML_STREAM_END_EVENT) {
            return code;
        }
    }
}

static artrepo_code parse_yaml(const char *text, size_t size, const ar_origin *origin,
                               ar_value **root, artrepo_error *error) {
    document_reader reader = {.origin = origin, .error = error};
    reader.attic = ar_value_new(AR_VALUE_ARRAY, NULL);
    if (reader.attic == NULL || !yaml_parser_initialize(&reader.parser)) {
        ar_value_free(reader.attic);
        return no_memory(&reader);
    }
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, size);
    artrepo_code code = read_document(&reader, root);
    yaml_parser_delete(&reader.parser);
    for (size_t i = 0; i < reader.anchor_count; i++) {
        free(reader.anchors[i].name);
    }
    free(reader.anchors);
    ar_value_free(reader.attic);
    if (code != ARTREPO_OK) {
        ar_value_free(*root);
        *root = NULL;
    }
    return code;
}

artrepo_code ar_document_parse(const char *text, size_t size, const ar_origin *origin,
                               ar_value **root, artrepo_error *error) {
    *root = NULL;
    if (size > AR_DOCUMENT_MAX_SIZE) {
        return artrepo_error_set(error, ARTREPO_INVALID, "%s: larger than %zu bytes",
                                 origin->file_name, AR_DOCUMENT_MAX_SIZE);
    }
    ar_buffer plain = AR_BUFFER_INIT;
    bool found;
    artrepo_code code;
    if (!ar_json_for_yaml(text, size, &plain, &found)) {
        code =
            artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read %s", origin->file_name);
    } else if (found) {
        code = parse_yaml(plain.data, plain.size, origin, root, error);
    } else {
        code = parse_yaml(text, size, origin, root, error);
    }
    ar_buffer_free(&plain);
    if (code == ARTREPO_OK && *root != NULL && (*root)->kind == AR_VALUE_NULL) {
        ar_value_free(*root);
        *root = NULL;
    }
    return code;
}
