#include "fs/key_path.h"

#include <string.h>

#define RESERVED ".artrepo"
#define RESERVED_LENGTH (sizeof RESERVED - 1)
#define PREFIX_LENGTH (RESERVED_LENGTH + 1)

#define NAME_LIMIT ((size_t)255)
#define PART_LENGTH (NAME_LIMIT - PREFIX_LENGTH)

static bool needs_escape(const char *component, size_t length) {
    return length == 0 || (length == 1 && component[0] == '.') ||
           (length == 2 && component[0] == '.' && component[1] == '.') ||
           (length >= RESERVED_LENGTH && memcmp(component, RESERVED, RESERVED_LENGTH) == 0);
}

static bool append_component(const char *component, size_t length, bool aside, ar_buffer *path) {
    for (;;) {
        const char *prefix = "";
        if (aside) {
            prefix = RESERVED "+";
        } else if (needs_escape(component, length)) {
            prefix = RESERVED "=";
        }
        if (strlen(prefix) + length <= NAME_LIMIT) {
            return ar_buffer_append_text(path, prefix) && ar_buffer_append(path, component, length);
        }
        if (!ar_buffer_append_text(path, RESERVED "_") ||
            !ar_buffer_append(path, component, PART_LENGTH) || !ar_buffer_append_char(path, '/')) {
            return false;
        }
        component += PART_LENGTH;
        length -= PART_LENGTH;
    }
}

bool ar_fs_key_path(const char *key, size_t length, bool aside, ar_buffer *path) {
    const char *end = key + length;
    for (;;) {
        const char *slash = memchr(key, '/', (size_t)(end - key));
        const char *component_end = slash == NULL ? end : slash;
        if (!append_component(key, (size_t)(component_end - key), aside && slash == NULL, path)) {
            return false;
        }
        if (slash == NULL) {
            return true;
        }
        if (!ar_buffer_append_char(path, '/')) {
            return false;
        }
        key = slash + 1;
    }
}

static bool is_continued(const char *name) {
    return strncmp(name, RESERVED "_", PREFIX_LENGTH) == 0;
}

size_t ar_fs_key_length(const char *key, const char *path, size_t path_length) {
    const char *key_end = key;
    for (const char *name = path; name < path + path_length; name += strcspn(name, "/") + 1) {
        if (!is_continued(name)) {
            key_end += strcspn(key_end, "/") + 1;
        }
    }
    return key_end == key ? 0 : (size_t)(key_end - key) - 1;
}

bool ar_fs_name_is_temporary(const char *name) {
    return strncmp(name, RESERVED "-", PREFIX_LENGTH) == 0 && name[PREFIX_LENGTH] != '\0' &&
           name[PREFIX_LENGTH + strspn(name + PREFIX_LENGTH, "0123456789abcdef")] == '\0';
}

ar_fs_name_kind ar_fs_name_decode(const char *name, const char **decoded) {
    *decoded = name;
    if (strncmp(name, RESERVED, RESERVED_LENGTH) != 0) {
        return AR_FS_NAME_WHOLE;
    }
    char form = name[RESERVED_LENGTH];
    if (form == '\0') {
        return AR_FS_NAME_FOREIGN;
    }
    *decoded = name + PREFIX_LENGTH;
    size_t length = strlen(*decoded);
    if (form == '=' && needs_escape(*decoded, length)) {
        return AR_FS_NAME_WHOLE;
    }
    if (form == '+') {
        return AR_FS_NAME_ASIDE;
    }
    if (form == '_' && length == PART_LENGTH) {
        return AR_FS_NAME_CONTINUED;
    }
    return AR_FS_NAME_FOREIGN;
}
