#include "repository/secret_files.h"

#include <stdbool.h>
#include <string.h>

#include "base/buffer.h"
#include "base/secret.h"

/* Certificates are selected like secrets, and everybody may see them. */
static bool is_secret(const char *name) {
    static const char end[] = "Secret";
    size_t length = strlen(name);
    return length >= sizeof end - 1 && strcmp(name + length - (sizeof end - 1), end) == 0 &&
           strcmp(name, "caSecret") != 0 && strcmp(name, "clientCertSecret") != 0;
}

static void check_file(const char *directory, const char *name, const char *key,
                       const artrepo_operation *operation) {
    ar_buffer path = AR_BUFFER_INIT;
    if (ar_buffer_printf(&path, "%s/%s/%s", directory, name, key)) {
        ar_secret_warn_readable(path.data, operation);
    }
    ar_buffer_free(&path);
}

/* Settings are nested as deep as a document may be. */
static void check_members(const ar_value *value, const char *directory,
                          const artrepo_operation *operation) {
    for (size_t i = 0; i < value->count; i++) {
        const ar_member *member = &value->members[i];
        const char *name = ar_value_find_text(member->value, "name");
        const char *key = ar_value_find_text(member->value, "key");
        if (member->name != NULL && is_secret(member->name) && name != NULL && key != NULL) {
            check_file(directory, name, key, operation);
        } else {
            check_members(member->value, directory, operation);
        }
    }
}

void ar_secret_files_check(const artrepo_driver_settings *settings,
                           const artrepo_operation *operation) {
    check_members(settings->root, settings->secrets_directory, operation);
}
