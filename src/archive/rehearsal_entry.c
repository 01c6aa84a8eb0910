#include "archive/rehearsal_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_there(const ar_tree *tree, const char *name, size_t length) {
    struct stat status;
    char *copy = strndup(name, length);
    bool found = copy != NULL && ar_tree_look(tree, copy, &status);
    free(copy);
    return found;
}

void ar_rehearse_look(const ar_tree *tree, const char *name, ar_rehearsed_entry *entry) {
    const char *slash = strrchr(name, '/');
    entry->has_earlier = ar_tree_look(tree, name, &entry->earlier);
    entry->made_parent = slash != NULL && !is_there(tree, name, (size_t)(slash - name));
}

/* In earnest the parent is opened before anything else is looked at. */
static artrepo_code open_parent(ar_tree *tree, const char *name, artrepo_error *error) {
    ar_tree_directory *directory = NULL;
    artrepo_code code = ar_tree_open_parent(tree, name, &directory, error);
    ar_tree_release(directory);
    return code;
}

artrepo_code ar_rehearse_file(ar_tree *tree, const char *name, int64_t size, artrepo_error *error) {
    static const ar_tree_attributes attributes = {.mode = 0600};
    int descriptor = -1;
    artrepo_code code = ar_tree_create_file(tree, name, &descriptor, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    /* One hole of that size, for those who look at it; where it is too much, the size is lost. */
    bool sized = size <= 0 || ftruncate(descriptor, size) == 0;
    (void)sized;
    return ar_tree_finish_file(descriptor, name, &attributes, error);
}

artrepo_code ar_rehearse_directory(ar_tree *tree, const char *name, artrepo_error *error) {
    artrepo_code code = open_parent(tree, name, error);
    return code == ARTREPO_OK ? ar_tree_make_directory(tree, name, error) : code;
}

artrepo_code ar_rehearse_symbolic_link(ar_tree *tree, const char *name, const char *target,
                                       artrepo_error *error) {
    artrepo_code code = open_parent(tree, name, error);
    return code == ARTREPO_OK ? ar_tree_make_symbolic_link(tree, name, target, error) : code;
}

artrepo_code ar_rehearse_hard_link(ar_tree *tree, const char *name, const char *target,
                                   artrepo_error *error) {
    artrepo_code code = open_parent(tree, name, error);
    return code == ARTREPO_OK ? ar_tree_make_hard_link(tree, name, target, error) : code;
}

artrepo_code ar_rehearsal_report(ar_rehearsal *rehearsal, const ar_rehearsed_entry *entry,
                                 artrepo_error *error) {
    rehearsal->entries++;
    rehearsal->stopped = rehearsal->entries >= rehearsal->most_entries;
    return rehearsal->report(rehearsal->data, entry, error);
}

artrepo_code ar_rehearse_links(ar_tree *tree, ar_rehearsal *rehearsal, artrepo_error *error) {
    size_t position = 0;
    artrepo_code code = ARTREPO_OK;
    while (code == ARTREPO_OK) {
        ar_rehearsed_entry entry = {.kind = AR_REHEARSED_SYMBOLIC_LINK, .size = -1};
        if (ar_tree_check_links_from(tree, &position, &entry.refusal) == ARTREPO_OK) {
            return ARTREPO_OK;
        }
        code = rehearsal->report(rehearsal->data, &entry, error);
    }
    return code;
}
