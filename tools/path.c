#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In place; PATH begins with a slash. */
static void resolve(char *path) {
    char *end = path; /* of what is resolved; a slash is put before each part */
    const char *part = path;
    while (*part != '\0') {
        part += strspn(part, "/");
        size_t length = strcspn(part, "/");
        if (length == 2 && memcmp(part, "..", 2) == 0) {
            while (end > path && *--end != '/') {
            }
        } else if (length > 0 && !(length == 1 && part[0] == '.')) {
            *end++ = '/';
            memmove(end, part, length);
            end += length;
        }
        part += length;
    }
    if (end == path) {
        *end++ = '/';
    }
    *end = '\0';
}

artrepo_code path_absolute(const char *path, char **absolute, artrepo_error *error) {
    char *current = path[0] == '/' ? strdup("") : getcwd(NULL, 0);
    if (current == NULL) {
        return artrepo_error_set_errno(error, errno, "cannot tell the current directory");
    }
    int written = asprintf(absolute, "%s/%s", current, path);
    free(current);
    if (written < 0) {
        *absolute = NULL;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for path %s", path);
    }
    resolve(*absolute);
    return ARTREPO_OK;
}

const char *path_base(const char *absolute) {
    const char *slash = strrchr(absolute, '/');
    return slash != NULL ? slash + 1 : absolute;
}
