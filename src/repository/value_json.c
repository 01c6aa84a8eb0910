#include "repository/value_json.h"

#include "repository/scalar.h"

static json_t *number_to_json(const char *text) {
    int64_t integer;
    double real;
    if (ar_scalar_integer(text, &integer)) {
        return json_integer(integer);
    }
    return ar_scalar_real(text, &real) ? json_real(real) : NULL;
}

static json_t *array_to_json(const ar_value *value) {
    json_t *array = json_array();
    for (size_t i = 0; array != NULL && i < value->count; i++) {
        if (json_array_append_new(array, ar_value_to_json(value->members[i].value)) != 0) {
            json_decref(array);
            return NULL;
        }
    }
    return array;
}

static json_t *object_to_json(const ar_value *value) {
    json_t *object = json_object();
    for (size_t i = 0; object != NULL && i < value->count; i++) {
        const ar_member *member = &value->members[i];
        if (member->value->kind == AR_VALUE_NULL) { /* as if it were not there */
            continue;
        }
        if (json_object_set_new(object, member->name, ar_value_to_json(member->value)) != 0) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *ar_value_to_json(const ar_value *value) {
    switch (value->kind) {
    case AR_VALUE_NULL:
        return json_null();
    case AR_VALUE_BOOL:
        return json_boolean(value->text[0] == 't');
    case AR_VALUE_NUMBER:
        return number_to_json(value->text);
    case AR_VALUE_STRING:
        return json_string(value->text);
    case AR_VALUE_ARRAY:
        return array_to_json(value);
    case AR_VALUE_OBJECT:
        return object_to_json(value);
    }
    return NULL;
}
