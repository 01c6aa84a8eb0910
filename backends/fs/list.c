/* Listing: one directory of keys at a time is read and sorted, so that memory depends on the
 * largest directory and not on the whole tree. */
#include "fs/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/key_path.h"

typedef struct key_entry {
    char *name; /* the component; with "/" at its end for a directory, so that names sort as keys */
    bool aside;
    bool is_directory;
    ino_t inode;
    off_t size;
    struct timespec modified;
} key_entry;

typedef struct key_entries {
    key_entry *items;
    size_t count, capacity;
} key_entries;

typedef struct key_lister {
    const ar_fs_store *store;
    const char *prefix;
    artrepo_list_callback *callback;
    void *data;
    artrepo_operation *operation;
    ar_buffer key; /* of the directory that is listed, with "/" at the end */
} key_lister;

/* ---- one directory of keys ---- */

static void free_entries(key_entries *entries) {
    for (size_t i = 0; i < entries->count; i++) {
        free(entries->items[i].name);
    }
    free(entries->items);
    *entries = (key_entries){NULL, 0, 0};
}

/* Takes NAME over. */
static bool add_entry(key_entries *entries, char *name, bool aside, const struct stat *status) {
    if (name != NULL && entries->count == entries->capacity) {
        size_t capacity = entries->capacity == 0 ? 64 : entries->capacity * 2;
        key_entry *items = realloc(entries->items, capacity * sizeof *items);
        if (items == NULL) {
            free(name);
            return false;
        }
        entries->items = items;
        entries->capacity = capacity;
    }
    if (name == NULL) {
        return false;
    }
    entries->items[entries->count++] = (key_entry){
        name, aside, S_ISDIR(status->st_mode), status->st_ino, status->st_size, status->st_mtim};
    return true;
}

/* By the bytes of the keys; the object of the plain name before an older one aside. */
static int compare_entries(const void *left, const void *right) {
    const key_entry *a = left;
    const key_entry *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (int)a->aside - (int)b->aside;
}

/* Whether keys that begin with TEXT, or TEXT itself, can begin with PREFIX. */
static bool may_match(const char *text, const char *prefix) {
    size_t i = 0;
    while (text[i] != '\0' && text[i] == prefix[i]) {
        i++;
    }
    return text[i] == '\0' || prefix[i] == '\0';
}

static bool matches(const char *name, bool is_directory, const char *prefix) {
    return is_directory ? may_match(name, prefix) : strncmp(name, prefix, strlen(prefix)) == 0;
}

/* No key gets a continued name where one name would do. */
static bool is_only_way(const char *component, bool aside, const char *path) {
    ar_buffer canonical = AR_BUFFER_INIT;
    bool is = ar_fs_key_path(component, strlen(component), aside, &canonical) &&
              strcmp(canonical.data, path) == 0;
    ar_buffer_free(&canonical);
    return is;
}

static artrepo_code no_memory(const key_lister *lister, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to list '%s' in %s",
                             lister->prefix, lister->store->root);
}

static artrepo_code read_directory(key_lister *lister, int directory, const char *path,
                                   const char *component, const char *prefix, key_entries *entries,
                                   artrepo_error *error);

/* A long component goes on in a directory of its own, which is read here and now. */
static artrepo_code read_continued(key_lister *lister, int directory, const char *name,
                                   const char *path, const char *component, const char *prefix,
                                   key_entries *entries, artrepo_error *error) {
    if (strlen(component) > AR_FS_KEY_LIMIT) {
        return ARTREPO_OK;
    }
    int below = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below < 0) {
        return errno == ENOENT || errno == ENOTDIR
                   ? ARTREPO_OK
                   : ar_fs_error(lister->store, "list", component, errno, error);
    }
    return read_directory(lister, below, path, component, prefix, entries, error);
}

static artrepo_code read_entry(key_lister *lister, int directory, const char *name,
                               const char *path, const char *component, const char *prefix,
                               key_entries *entries, artrepo_error *error) {
    const char *decoded = name;
    ar_fs_name_kind kind = AR_FS_NAME_WHOLE;
    if (!lister->store->is_file_system) {
        kind = ar_fs_name_decode(name, &decoded);
    } else if (ar_fs_name_is_temporary(name)) {
        kind = AR_FS_NAME_FOREIGN;
    }
    if (kind == AR_FS_NAME_FOREIGN) {
        return ARTREPO_OK;
    }
    artrepo_code code = ARTREPO_OK;
    struct stat status;
    ar_buffer whole = AR_BUFFER_INIT;
    ar_buffer whole_path = AR_BUFFER_INIT;
    if (!ar_buffer_append_text(&whole, component) || !ar_buffer_append_text(&whole, decoded) ||
        !ar_buffer_append_text(&whole_path, path) || !ar_buffer_append_text(&whole_path, name)) {
        code = no_memory(lister, error);
        goto done;
    }
    if (!may_match(whole.data, prefix)) {
        goto done;
    }
    if (kind == AR_FS_NAME_CONTINUED) {
        code = ar_buffer_append_char(&whole_path, '/')
                   ? read_continued(lister, directory, name, whole_path.data, whole.data, prefix,
                                    entries, error)
                   : no_memory(lister, error);
        goto done;
    }
    bool aside = kind == AR_FS_NAME_ASIDE;
    if (component[0] != '\0' && !is_only_way(whole.data, aside, whole_path.data)) {
        goto done;
    }
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) { /* or else it is gone in the meantime */
            code = ar_fs_error(lister->store, "list", whole.data, errno, error);
        }
        goto done;
    }
    if (S_ISLNK(status.st_mode) && lister->store->is_file_system &&
        fstatat(directory, name, &status, 0) == 0 && S_ISDIR(status.st_mode)) {
        goto done; /* links to directories may go in circles */
    }
    bool is_directory = S_ISDIR(status.st_mode) && !aside;
    if (!is_directory && (!S_ISREG(status.st_mode) || ar_fs_is_placeholder(&status))) {
        goto done;
    }
    if ((is_directory && !ar_buffer_append_char(&whole, '/')) ||
        (matches(whole.data, is_directory, prefix) &&
         !add_entry(entries, ar_buffer_steal(&whole), aside, &status))) {
        code = no_memory(lister, error);
    }
done:
    ar_buffer_free(&whole);
    ar_buffer_free(&whole_path);
    return code;
}

/* Closes DIRECTORY. COMPONENT and PATH are what the names in it are to be put behind. */
static artrepo_code read_directory(key_lister *lister, int directory, const char *path,
                                   const char *component, const char *prefix, key_entries *entries,
                                   artrepo_error *error) {
    DIR *stream = fdopendir(directory);
    if (stream == NULL) {
        int errnum = errno == EBADF ? EACCES : errno; /* it was only opened for going through */
        close(directory);
        return ar_fs_error(lister->store, "list", lister->prefix, errnum, error);
    }
    artrepo_code code = artrepo_operation_check(lister->operation, error);
    const struct dirent *found;
    while (code == ARTREPO_OK && (errno = 0, found = readdir(stream)) != NULL) {
        if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0) {
            code = read_entry(lister, directory, found->d_name, path, component, prefix, entries,
                              error);
        }
    }
    if (code == ARTREPO_OK && errno != 0) {
        code = ar_fs_error(lister->store, "list", lister->prefix, errno, error);
    }
    closedir(stream);
    return code;
}

/* ---- the tree ---- */

static artrepo_code report(key_lister *lister, const key_entry *entry, artrepo_error *error) {
    size_t length = lister->key.size;
    if (!ar_buffer_append_text(&lister->key, entry->name)) {
        return no_memory(lister, error);
    }
    artrepo_code code = artrepo_operation_check(lister->operation, error);
    if (code == ARTREPO_OK && lister->key.size <= AR_FS_KEY_LIMIT) {
        artrepo_object object;
        struct stat status = {
            .st_ino = entry->inode, .st_size = entry->size, .st_mtim = entry->modified};
        ar_fs_describe(lister->key.data, &status, &object);
        code = lister->callback(lister->data, &object, error);
    }
    lister->key.size = length;
    lister->key.data[length] = '\0';
    return code;
}

/* Lists what is below lister->key and goes on with PREFIX there. */
static artrepo_code list_directory(key_lister *lister, const char *prefix, artrepo_error *error);

static artrepo_code descend(key_lister *lister, const key_entry *entry, const char *prefix,
                            artrepo_error *error) {
    size_t length = lister->key.size;
    size_t name_length = strlen(entry->name);
    if (length + name_length > AR_FS_KEY_LIMIT) {
        return ARTREPO_OK;
    }
    if (!ar_buffer_append(&lister->key, entry->name, name_length)) {
        return no_memory(lister, error);
    }
    bool past_prefix = strlen(prefix) <= name_length;
    artrepo_code code = list_directory(lister, past_prefix ? "" : prefix + name_length, error);
    lister->key.size = length;
    lister->key.data[length] = '\0';
    return code;
}

static artrepo_code list_directory(key_lister *lister, const char *prefix, artrepo_error *error) {
    ar_buffer path = AR_BUFFER_INIT;
    key_entries entries = {NULL, 0, 0};
    artrepo_code code =
        ar_fs_directory_path(lister->store, lister->key.data, lister->key.size, &path, error);
    if (code == ARTREPO_OK) {
        int directory = ar_fs_open_directory(lister->store, path.data, path.size);
        if (directory >= 0) {
            code = read_directory(lister, directory, "", "", prefix, &entries, error);
        } else if (errno != ENOENT && errno != ENOTDIR) {
            code = ar_fs_error(lister->store, "list", lister->prefix, errno, error);
        }
    }
    ar_buffer_free(&path);
    if (entries.count > 1) {
        qsort(entries.items, entries.count, sizeof *entries.items, compare_entries);
    }
    for (size_t i = 0; code == ARTREPO_OK && i < entries.count; i++) {
        const key_entry *entry = &entries.items[i];
        if (i > 0 && strcmp(entry[-1].name, entry->name) == 0) {
            continue;
        }
        code = entry->is_directory ? descend(lister, entry, prefix, error)
                                   : report(lister, entry, error);
    }
    free_entries(&entries);
    return code;
}

artrepo_code ar_fs_list(void *state, const char *prefix, artrepo_list_callback *callback,
                        void *data, artrepo_operation *operation, artrepo_error *error) {
    key_lister lister = {state, prefix, callback, data, operation, AR_BUFFER_INIT};
    /* Whole components of the prefix are a directory to start from. */
    const char *slash = strrchr(prefix, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - prefix) + 1;
    artrepo_code code = ARTREPO_OK;
    if (strlen(prefix) > AR_FS_KEY_LIMIT) {
        return ARTREPO_OK; /* no key is that long */
    }
    if (!ar_buffer_append(&lister.key, prefix, length)) {
        code = no_memory(&lister, error);
    } else {
        code = list_directory(&lister, prefix + length, error);
    }
    ar_buffer_free(&lister.key);
    return code;
}
