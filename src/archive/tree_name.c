#include "archive/tree_name.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"

enum { MAX_NAME = 4096, MAX_COMPONENT = 255 };

static size_t longest_component(const char *name) {
    size_t longest = 0;
    while (*name != '\0') {
        size_t length = strcspn(name, "/");
        if (length > longest) {
            longest = length;
        }
        name += length;
        name += strspn(name, "/");
    }
    return longest;
}

static artrepo_code check_length(const char *name, artrepo_error *error) {
    size_t length = strlen(name);
    if (length > MAX_NAME) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "illegal file path: a name of %zu bytes, at most %d are possible: "
                                 "%.64s...",
                                 length, MAX_NAME, name);
    }
    size_t component = longest_component(name);
    if (component > MAX_COMPONENT) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "illegal file path: a component of %zu bytes, at most %d are "
                                 "possible: %.64s...",
                                 component, MAX_COMPONENT, name);
    }
    return ARTREPO_OK;
}

artrepo_code ar_tree_name_clean(const char *name, char **clean, artrepo_error *error) {
    artrepo_code code = check_length(name, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    char *cleaned = ar_path_clean(name);
    if (cleaned == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the name %s", name);
    }
    /* A clean relative path holds ".." at its beginning or not at all, an absolute one never. */
    if (strcmp(cleaned, "..") == 0 || strncmp(cleaned, "../", 3) == 0) {
        free(cleaned);
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE, "illegal file path: %s", name);
    }
    if (strcmp(cleaned, ".") == 0) {
        cleaned[0] = '\0';
    } else if (cleaned[0] == '/') {
        memmove(cleaned, cleaned + 1, strlen(cleaned));
    }
    *clean = cleaned;
    return ARTREPO_OK;
}

const char *ar_tree_name_base(const char *clean) {
    const char *slash = strrchr(clean, '/');
    return slash == NULL ? clean : slash + 1;
}

static size_t depth_of_parent(const char *clean) {
    size_t depth = 0;
    for (; *clean != '\0'; clean++) {
        depth += *clean == '/';
    }
    return depth;
}

ar_tree_link_target ar_tree_name_judge_link(const char *clean, const char *target) {
    if (target[0] == '/' || target[0] == '\0') {
        return AR_TREE_LINK_OUTSIDE;
    }
    size_t depth = depth_of_parent(clean);
    bool descended = false;
    bool doubtful = false;
    for (const char *rest = target; *rest != '\0'; rest += strspn(rest, "/")) {
        size_t length = strcspn(rest, "/");
        if (length == 2 && rest[0] == '.' && rest[1] == '.') {
            if (depth == 0) {
                return AR_TREE_LINK_OUTSIDE;
            }
            depth--;
            doubtful = doubtful || descended;
        } else if (length != 1 || rest[0] != '.') {
            depth++;
            descended = true;
        }
        rest += length;
    }
    if (depth == 0) {
        return AR_TREE_LINK_OUTSIDE;
    }
    return doubtful ? AR_TREE_LINK_DOUBTFUL : AR_TREE_LINK_INSIDE;
}
