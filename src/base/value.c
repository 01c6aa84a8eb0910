#include "base/value.h"

#include <stdlib.h>
#include <string.h>

ar_value *ar_value_new(ar_value_kind kind, const char *text) {
    ar_value *value = calloc(1, sizeof *value);
    if (value == NULL) {
        return NULL;
    }
    value->kind = kind;
    if (text != NULL && (value->text = strdup(text)) == NULL) {
        free(value);
        return NULL;
    }
    return value;
}

void ar_value_free(ar_value *value) {
    if (value == NULL) {
        return;
    }
    for (size_t i = 0; i < value->count; i++) {
        free(value->members[i].name);
        ar_value_free(value->members[i].value);
    }
    free(value->members);
    free(value->text);
    free(value);
}

ar_value *ar_value_copy(const ar_value *value) {
    ar_value *copy = ar_value_new(value->kind, value->text);
    if (copy == NULL) {
        return NULL;
    }
    copy->line = value->line;
    copy->column = value->column;
    for (size_t i = 0; i < value->count; i++) {
        if (!ar_value_put(copy, value->members[i].name, ar_value_copy(value->members[i].value))) {
            ar_value_free(copy);
            return NULL;
        }
    }
    return copy;
}

static ar_member *find_member(const ar_value *value, const char *name, size_t length) {
    if (value == NULL || value->kind != AR_VALUE_OBJECT) {
        return NULL;
    }
    for (size_t i = 0; i < value->count; i++) {
        const char *member = value->members[i].name;
        if (strncmp(member, name, length) == 0 && member[length] == '\0') {
            return &value->members[i];
        }
    }
    return NULL;
}

bool ar_value_put(ar_value *value, const char *name, ar_value *member) {
    if (member == NULL) {
        return false;
    }
    ar_member *old = name == NULL ? NULL : find_member(value, name, strlen(name));
    if (old != NULL) {
        ar_value_free(old->value);
        old->value = member;
        return true;
    }
    char *copy = name == NULL ? NULL : strdup(name);
    ar_member *members = value->members;
    bool grow = (value->count & (value->count - 1)) == 0; /* at 0 and the powers of two */
    if (grow) {
        size_t capacity = value->count == 0 ? 1 : value->count * 2;
        members = realloc(value->members, capacity * sizeof *members);
    }
    if (members != NULL) {
        value->members = members;
    }
    if (members == NULL || (name != NULL && copy == NULL)) {
        free(copy);
        ar_value_free(member);
        return false;
    }
    value->members[value->count++] = (ar_member){copy, member};
    return true;
}

bool ar_value_put_string(ar_value *value, const char *name, const char *text) {
    return ar_value_put(value, name, ar_value_new(AR_VALUE_STRING, text));
}

void ar_value_remove(ar_value *value, const char *name) {
    ar_member *member = find_member(value, name, strlen(name));
    if (member == NULL) {
        return;
    }
    free(member->name);
    ar_value_free(member->value);
    size_t index = (size_t)(member - value->members);
    value->count--;
    memmove(member, member + 1, (value->count - index) * sizeof *member);
}

const ar_value *ar_value_get(const ar_value *value, const char *name) {
    const ar_member *member = find_member(value, name, strlen(name));
    return member == NULL ? NULL : member->value;
}

const ar_value *ar_value_find(const ar_value *value, const char *path) {
    while (value != NULL) {
        size_t length = strcspn(path, ".");
        const ar_member *member = find_member(value, path, length);
        value = member == NULL ? NULL : member->value;
        if (path[length] == '\0') {
            break;
        }
        path += length + 1;
    }
    return value;
}

const char *ar_value_find_text(const ar_value *value, const char *path) {
    const ar_value *found = ar_value_find(value, path);
    return found == NULL ? NULL : found->text;
}
