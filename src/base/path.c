#include "base/path.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* The next component of *REST, of *LENGTH bytes; NULL at the end. Doubled slashes are skipped. */
static const char *next_component(const char **rest, size_t *length) {
    const char *begin = *rest + strspn(*rest, "/");
    if (*begin == '\0') {
        return NULL;
    }
    *length = strcspn(begin, "/");
    *rest = begin + *length;
    return begin;
}

static bool is_dot(const char *component, size_t length) {
    return length == 1 && component[0] == '.';
}

static bool is_dot_dot(const char *component, size_t length) {
    return length == 2 && component[0] == '.' && component[1] == '.';
}

/* Takes the last component of OUT away; false when there is none that could go. */
static bool drop_last(char *out, size_t *size, size_t root, size_t floor) {
    if (*size <= floor) {
        return false;
    }
    size_t end = *size;
    while (end > floor && out[end - 1] != '/') {
        end--;
    }
    if (end > floor && end > root) {
        end--; /* the slash before it */
    }
    *size = end;
    return true;
}

char *ar_path_clean(const char *path) {
    size_t capacity = strlen(path) + 2;
    char *out = malloc(capacity);
    if (out == NULL) {
        return NULL;
    }
    size_t root = path[0] == '/' ? 1 : 0;
    size_t size = 0;
    if (root > 0) {
        out[size++] = '/';
    }
    size_t floor = size; /* what is before it are ".." that must stay */
    const char *rest = path;
    const char *component;
    size_t length;
    while ((component = next_component(&rest, &length)) != NULL) {
        if (is_dot(component, length)) {
            continue;
        }
        bool up = is_dot_dot(component, length);
        if (up && (drop_last(out, &size, root, floor) || root > 0)) {
            continue;
        }
        if (size > root) {
            out[size++] = '/';
        }
        memcpy(out + size, component, length);
        size += length;
        if (up) {
            floor = size;
        }
    }
    if (size == 0) {
        out[size++] = '.';
    }
    out[size] = '\0';
    return out;
}

char *ar_path_concatenate(const char *first, const char *second) {
    ar_buffer joined = AR_BUFFER_INIT;
    size_t length = strlen(first);
    bool slash = length == 0 || first[length - 1] != '/';
    if (!ar_buffer_append(&joined, first, length) ||
        (slash && !ar_buffer_append_char(&joined, '/')) ||
        !ar_buffer_append_text(&joined, second)) {
        ar_buffer_free(&joined);
        return NULL;
    }
    return ar_buffer_steal(&joined);
}

char *ar_path_join(const char *first, const char *second) {
    if (first[0] == '\0' && second[0] == '\0') {
        return calloc(1, 1);
    }
    if (first[0] == '\0' || second[0] == '\0') {
        return ar_path_clean(first[0] == '\0' ? second : first);
    }
    char *joined = ar_path_concatenate(first, second);
    char *clean = joined == NULL ? NULL : ar_path_clean(joined);
    free(joined);
    return clean;
}

char *ar_path_base(const char *path) {
    size_t end = strlen(path);
    if (end == 0) {
        return strdup(".");
    }
    while (end > 0 && path[end - 1] == '/') {
        end--;
    }
    if (end == 0) {
        return strdup("/");
    }
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') {
        begin--;
    }
    return strndup(path + begin, end - begin);
}

char *ar_path_directory(const char *path) {
    const char *slash = strrchr(path, '/');
    char *parent = strndup(path, slash == NULL ? 0 : (size_t)(slash - path) + 1);
    char *clean = parent == NULL ? NULL : ar_path_clean(parent);
    free(parent);
    return clean;
}

bool ar_path_is_inside(const char *name) {
    if (name[0] == '\0' || name[0] == '/') {
        return false;
    }
    int depth = 0;
    const char *rest = name;
    const char *component;
    size_t length;
    while ((component = next_component(&rest, &length)) != NULL) {
        if (is_dot_dot(component, length)) {
            if (--depth < 0) {
                return false;
            }
        } else if (!is_dot(component, length)) {
            depth++;
        }
    }
    return true;
}

bool ar_path_has_dot_dot(const char *name) {
    const char *rest = name;
    const char *component;
    size_t length;
    while ((component = next_component(&rest, &length)) != NULL) {
        if (is_dot_dot(component, length)) {
            return true;
        }
    }
    return false;
}
